/**
 * A live order at the venue that is none of ours: canceled or adopted, as it is configured.
 *
 * Owns: the policy. Never: both, or neither in silence.
 */
import { legClOrdIdOf } from "../../protocols/kernel/ids.ts";
import type { AccountId, InstrumentId } from "../../protocols/kernel/ids.ts";
import type { Grid } from "../../protocols/kernel/grid.ts";
import { accountShard, accountShardIndex } from "../../protocols/kernel/shard.ts";
import type { CancelLeg } from "../../protocols/venue.ts";
import { externalOrderId } from "./foreign_order.ts";
import { checkOrder } from "./venue_check.ts";
import { unknownInstrument } from "./venue_identity.ts";
import type { VenueOrderView } from "./venue_link.ts";
import type { SnapshotOrder } from "./venue_snapshot.ts";
import { publishIncident } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Acts on an unknown order that is alive. */
export const applyPolicy = (turn: VenueTurn, order: SnapshotOrder): void => {
  const { unknownOrders, externalAccount } = turn.options.reconcile;
  const isWhole = !("unreadable" in order) && canBeAdopted(order);
  if (unknownOrders === "adopt" && externalAccount !== undefined && isWhole) {
    adopt(turn, order, externalAccount);
  } else {
    cancel(turn, order);
  }
};

type Adoptable = VenueOrderView &
  Required<Pick<VenueOrderView, "instrument" | "side" | "ordType" | "timeInForce">>;

const canBeAdopted = (order: VenueOrderView): order is Adoptable =>
  order.instrument !== undefined &&
  order.side !== undefined &&
  order.ordType !== undefined &&
  order.timeInForce !== undefined;

const adopt = (turn: VenueTurn, order: Adoptable, account: AccountId): void => {
  const { options, now: at } = turn;
  const { clOrdId, venueOrderId, instrument, side, ordType, timeInForce } = order;
  const orderId = externalOrderId(turn, clOrdId, venueOrderId, "adopted");
  take(turn, order, "adopted");
  turn.send(accountShard(accountShardIndex(account, options.accountShards)), {
    kind: "adopt_order",
    venue: options.venue,
    orderId,
    ...{ clOrdId, venueOrderId, instrument, side, ordType, timeInForce },
    ...(order.postOnly === undefined ? {} : { postOnly: order.postOnly }),
    orderQty_lots: order.orderQty_lots,
    ...(order.price_ticks === undefined ? {} : { price_ticks: order.price_ticks }),
    at,
  });
  publishIncident(turn, "unknown_order_adopted", "alive at the venue, and none of ours", {
    clOrdId,
    venueOrderId,
    orderId,
  });
  // What it has executed before is told to it under its own ids.
  checkOrder(turn, clOrdId, { afterSeq: 0, known_lots: 0, executionsWanted: true });
};

/** A cancel names no price and no quantity. */
const noGrid: Grid = {
  tick: { text: "1", scale: 0, units: 1 },
  lot: { text: "1", scale: 0, units: 1 },
};

const cancel = (turn: VenueTurn, order: SnapshotOrder): void => {
  const { options, now } = turn;
  const { clOrdId: origClOrdId, venueOrderId } = order;
  const orderId = externalOrderId(turn, origClOrdId, venueOrderId, "unknown");
  take(turn, order, "unknown");
  const { externalAccount } = options.reconcile;
  const { accountShards } = options;
  const index =
    externalAccount === undefined ? 0 : accountShardIndex(externalAccount, accountShards);
  const command: CancelLeg = {
    kind: "cancel",
    orderId,
    // Of its time: each attempt has an id of its own.
    clOrdId: legClOrdIdOf(index, orderId, `cancel:${now}`),
    origClOrdId,
    instrument: instrumentOf(order),
    grid: noGrid,
  };
  // It leaves as every cancel does: as soon as the link and the budget allow.
  turn.emit({ type: "cancel_waiting", command, at: now });
  const why = "unreadable" in order ? `: ${order.unreadable}` : "";
  publishIncident(turn, "unknown_order_canceled", `alive at the venue, and none of ours${why}`, {
    clOrdId: origClOrdId,
    venueOrderId,
  });
};

const instrumentOf = (order: SnapshotOrder): InstrumentId =>
  (("instrument" in order ? order.instrument : undefined) ?? unknownInstrument) as InstrumentId;

/**
 * From here on its reports find it. Executions that were reported are counted with the order that
 * they made known. Those of an order of which nothing was heard are no report's any more: one that
 * is adopted is told them from the venue's record, and they count then; of another one they stay a
 * difference of positions.
 */
const take = (turn: VenueTurn, order: SnapshotOrder, as: "unknown" | "adopted"): void => {
  const { now: at } = turn;
  const { clOrdId: root, venueOrderId } = order;
  const cumQty_lots = "unreadable" in order ? 0 : order.cumQty_lots;
  const side = "side" in order && order.side !== undefined ? { side: order.side } : {};
  turn.emit({
    type: "order_external",
    root: turn.space.get("id", root) ?? root,
    orderId: externalOrderId(turn, root, venueOrderId, as),
    instrument: instrumentOf(order),
    ...side,
    as,
    cumQty_lots,
    told_lots: as === "adopted" ? 0 : cumQty_lots,
    at,
  });
};
