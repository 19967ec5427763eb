/**
 * Asks a simulated venue for its own record: every order and execution that it knows of.
 *
 * Owns: one control connection for the length of a dump.
 */
import type { SimDumpExecution } from "../../protocols/sim_wire.ts";
import { VenueControl } from "../simulator/control_client.ts";

/** A venue's record. */
export interface VenueRecord {
  readonly executions: readonly SimDumpExecution[];
  /** Orders that it still holds open. */
  readonly open: number;
  readonly orders: number;
}

const openStatuses: ReadonlySet<string> = new Set(["new", "partially_filled"]);

/** Gets a venue's record; rejects when the venue does not answer in 30 s or breaks off. */
export const fetchVenueRecord = async (port: number): Promise<VenueRecord> => {
  const control = await VenueControl.open(port);
  try {
    const { orders, executions } = await control.dump();
    const open = orders.filter(({ order }) => openStatuses.has(order.ordStatus)).length;
    return { executions, open, orders: orders.length };
  } finally {
    control.close();
  }
};
