/**
 * Asks a simulated venue for its own record: every order and execution that it knows of.
 *
 * Owns: one control connection for the length of a dump.
 */
import { connect } from "node:net";
import { SimLineDecoder, decodeSimVenueLine, encodeSimLine } from "../../protocols/sim_wire.ts";
import type { SimDumpExecution, SimVenueMessage } from "../../protocols/sim_wire.ts";

/** A venue's record. */
export interface VenueRecord {
  readonly executions: readonly SimDumpExecution[];
  /** Orders that it still holds open. */
  readonly open: number;
  readonly orders: number;
}

const dump_ms_max = 30_000;
const openStatuses: ReadonlySet<string> = new Set(["new", "partially_filled"]);

/** Gets a venue's record; rejects when the venue does not answer in 30 s or breaks off. */
export const fetchVenueRecord = (port: number): Promise<VenueRecord> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const decoder = new SimLineDecoder(decodeSimVenueLine);
    const executions: SimDumpExecution[] = [];
    let orders = 0;
    let open = 0;
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new Error(`the venue on port ${port}: ${reason}`));
    };
    const take = (message: SimVenueMessage): void => {
      if (message.type === "control_ack")
        socket.write(encodeSimLine({ type: "dump", requestId: "d1" }));
      if (message.type === "error") fail(message.text);
      if (message.type === "dump_execution") executions.push(message);
      if (message.type === "dump_order") {
        orders += 1;
        if (openStatuses.has(message.order.ordStatus)) open += 1;
      }
      if (message.type !== "dump_done") return;
      if (message.executions !== executions.length || message.orders !== orders) {
        return fail("the dump is incomplete");
      }
      socket.destroy();
      resolve({ executions, open, orders });
    };
    socket.setTimeout(dump_ms_max, () => fail("no answer in time"));
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("it broke off"));
    socket.on("data", (chunk) => {
      for (const item of decoder.push(chunk)) {
        if (item.kind === "message") take(item.message);
        else fail(item.text);
      }
    });
    socket.write(encodeSimLine({ type: "control" }));
  });
