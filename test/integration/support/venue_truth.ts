/**
 * What a simulated venue itself knows: its orders, its executions, every report that it ever made.
 *
 * Owns: short-lived control and order connections to a venue.
 */
import { connect } from "node:net";
import { VenueControl } from "../../../deploy/simulator/control_client.ts";
import { SimLineDecoder, decodeSimVenueLine, encodeSimLine } from "../../../protocols/sim_wire.ts";
import type {
  SimClientMessage,
  SimDumpExecution,
  SimOrderView,
  SimReport,
  SimVenueMessage,
} from "../../../protocols/sim_wire.ts";

/** The venue's record. */
export interface VenueTruth {
  readonly venue: string;
  readonly orders: readonly SimOrderView[];
  readonly executions: readonly SimDumpExecution[];
}

const answer_ms_max = 20_000;
const openStatuses: ReadonlySet<string> = new Set(["new", "partially_filled"]);

type Take = (message: SimVenueMessage, say: (message: SimClientMessage) => void) => boolean;

/** Talks to a venue until `take` says that it has heard enough. */
const dialogue = (port: number, first: SimClientMessage, take: Take): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const decoder = new SimLineDecoder(decodeSimVenueLine);
    const say = (message: SimClientMessage): void => {
      socket.write(encodeSimLine(message));
    };
    const timer = setTimeout(() => fail("no answer in time"), answer_ms_max);
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Error(`the venue on port ${port}: ${reason}`));
    };
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("it broke off"));
    socket.on("data", (chunk) => {
      for (const item of decoder.push(chunk)) {
        if (item.kind === "fault") return fail(item.text);
        if (item.message.type === "error") return fail(item.message.text);
        if (!take(item.message, say)) continue;
        clearTimeout(timer);
        resolve();
        socket.destroy();
        return;
      }
    });
    say(first);
  });

/** The venue's dump of everything. */
export const dumpVenue = async (venue: string, port: number): Promise<VenueTruth> => {
  const { orders, executions } = await withControl(port, (control) => control.dump());
  return { venue, orders: orders.map(({ order }) => order), executions };
};

/** How many reports a venue has made to the OMS's session so far. */
export const reportsMadeBy = async (port: number): Promise<number> => {
  const { sessions } = await withControl(port, (control) => control.stats());
  return sessions.find(({ session }) => session === "natoms")?.lastSeq ?? 0;
};

const withControl = async <A>(
  port: number,
  ask: (control: VenueControl) => Promise<A>,
): Promise<A> => {
  const control = await VenueControl.open(port);
  try {
    return await ask(control);
  } finally {
    control.close();
  }
};

/** Orders of a dump that are still open. */
export const openOrdersOf = (truth: VenueTruth): readonly SimOrderView[] =>
  truth.orders.filter(({ ordStatus }) => openStatuses.has(ordStatus));

/**
 * Every report of the OMS's session from the first, by taking the session over; only for when no
 * node uses it any more.
 */
export const reportsOf = async (port: number): Promise<readonly SimReport[]> => {
  const reports: SimReport[] = [];
  let last = 0;
  const logon: SimClientMessage = {
    type: "logon",
    session: "natoms",
    lastSeqReceived: 0,
    cancelOnDisconnect: false,
  };
  await dialogue(port, logon, (message) => {
    if (message.type === "logon_ack") {
      if (message.firstSeqAvailable > 1) throw new Error("the venue forgot reports");
      last = message.lastSeqSent;
    }
    if (message.type === "report") reports.push(message);
    return message.type === "logon_ack" ? last === 0 : reports.length >= last && last > 0;
  });
  return reports;
};
