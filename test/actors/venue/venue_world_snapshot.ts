/**
 * What the small world's venue answers to questions about all that it has.
 */
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import type { ReconcileOptions } from "../../../actors/venue/reconcile_options.ts";
import type {
  PartContent,
  SnapshotOrder,
  SnapshotQuestion,
} from "../../../actors/venue/venue_snapshot.ts";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import { btc } from "./venue_requests.ts";

/** What the venue of the world holds and has traded. */
export interface WorldRecord {
  readonly records: ReadonlyMap<
    string,
    {
      readonly clOrdId: LegClOrdId;
      readonly venueOrderId: string;
      readonly status: string;
      readonly cum: number;
    }
  >;
  readonly trades: readonly { readonly lastQty_lots?: number }[];
}

/** The world's venue answers every part, and what it has beyond its reports is taken. */
export const worldReconcile: ReconcileOptions = {
  ...reconcileOptions_default,
  reconcileEvery_ms: 400,
  partTimeout_ms: 2_000,
  retry_ms: 20,
  positionGrace_ms: 50,
  externalAccount: AccountId.make("EXT"),
};

/** A part of the venue's record as it is now. All of its orders buy. */
export const snapshotOf = (world: WorldRecord, { part }: SnapshotQuestion): PartContent => {
  switch (part) {
    case "open_orders": {
      const open = [...new Set(world.records.values())].filter(({ status }) => status === "new");
      const orders = open.map(({ clOrdId, venueOrderId, cum }): SnapshotOrder => ({
        ...{ clOrdId, venueOrderId, ordStatus: "new", cumQty_lots: cum },
        ...{ orderQty_lots: 1_000, instrument: btc, side: "buy" },
      }));
      return { part, orders };
    }
    case "executions":
      // What it has told under its present numbering is told again at a logon.
      return { part, executions: [] };
    case "positions": {
      const net_lots = world.trades.reduce((sum, { lastQty_lots = 0 }) => sum + lastQty_lots, 0);
      return { part, positions: net_lots === 0 ? [] : [{ instrument: btc, net_lots }] };
    }
    default:
      return part satisfies never;
  }
};
