/**
 * What a venue's reconciliation asks of an account: to adopt an order that nobody placed, to take a
 * difference of positions, to give one back because an execution explains it.
 *
 * All of it is in the external bucket (an adopted order: under the strategy `_external`), so that
 * no strategy's own position moves by it.
 *
 * Owns: what becomes of these messages. A difference goes through zero as a close and an open.
 */
import { digestOf } from "../protocols/digest.ts";
import type { Price_ticks } from "../protocols/kernel/grid.ts";
import type { Instrument } from "../protocols/instrument.ts";
import type { OrderEvent, OrderTerms } from "../protocols/order.ts";
import type { Leg } from "../protocols/order_leg.ts";
import type {
  AdoptOrder,
  DifferenceExplained,
  PositionDifference,
} from "../protocols/venue_reconcile.ts";
import { adjustPositions } from "./account_adjust.ts";
import { holdingKey } from "./account_kinds.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { carryOut, raise } from "./account_outcome.ts";
import { freshMark } from "./account_position_view.ts";
import { headNow } from "./order/order_decision.ts";
import { decideReport } from "./order/order_report.ts";

/** Makes an order of ours of one that works at a venue. A repeat changes nothing. */
export const adoptOrder = (turn: AccountTurn, world: AccountWorld, message: AdoptOrder): void => {
  const { orderId, venue, clOrdId, venueOrderId, at } = message;
  const { now } = turn;
  if (turn.space.get("order", orderId) !== undefined) return;
  const instrument = world.reference.instruments.get(message.instrument);
  if (instrument === undefined) {
    const text = `${venueOrderId} at ${venue}: instrument=${message.instrument} is unknown`;
    raise(turn, orderId, { what: "order_unknown", text });
    return;
  }
  const { orderQty_lots, price_ticks } = message;
  const leg: Leg = {
    no: 0,
    venue,
    clOrdId,
    state: "pending",
    orderQty_lots,
    ...(price_ticks === undefined ? {} : { price_ticks }),
    cumQty_lots: 0,
  };
  const commandId = `reconcile:${venue}:${venueOrderId}`;
  const opened: OrderEvent = {
    ...headNow(orderId, commandId, now),
    execType: "pending_new",
    digest: digestOf([venue, venueOrderId]),
    terms: termsOf(message, instrument),
    legs: [leg],
    home: world.shardIndex,
  };
  carryOut(turn, world, orderId, { events: [opened], requests: [], incidents: [] });
  const works = decideReport(
    turn.space.get("order", orderId),
    {
      kind: "report",
      execType: "new",
      ...{ venue, orderId, clOrdId, venueOrderId },
      execId: `adopted-${venueOrderId}`,
      cumQty_lots: 0,
      tsEvent: at,
    },
    { now, deadline: now },
  );
  carryOut(turn, world, orderId, works);
};

const termsOf = (message: AdoptOrder, { grid, quote }: Instrument): OrderTerms => {
  const { venue, instrument, side, ordType, timeInForce, postOnly } = message;
  const { orderQty_lots, price_ticks } = message;
  return {
    ...{ instrument, side, ordType, timeInForce, orderQty_lots },
    ...(price_ticks === undefined ? {} : { price_ticks }),
    execInst: postOnly === true ? ["post_only"] : [],
    route: { policy: "direct", venue },
    grid,
    currency: quote,
    text: "adopted",
  };
};

/** Takes a difference: valued at the market, else at the last trade, else at what is held. */
export const takeDifference = (
  turn: AccountTurn,
  world: AccountWorld,
  message: PositionDifference,
): void => {
  const { venue, account, instrument, adjustmentId, difference_lots, lastPx_ticks, at } = message;
  if (isBooked(turn, message)) return;
  const position = turn.space.get("position", holdingKey(account, instrument));
  const held = position?.netQty_lots ?? 0;
  const price = freshMark(turn, world, instrument) ?? lastPx_ticks ?? heldAt(turn, message);
  const reason = `reconciliation of ${venue}${price === undefined ? ", no price known" : ""}`;
  adjustPositions(turn, world, {
    kind: "adjust_position",
    ...{ account, instrument, adjustmentId, reason, at },
    request: { kind: "net", netQty_lots: held + difference_lots, price_ticks: price ?? 0 },
    remembersPrice: true,
  });
};

const isBooked = (
  { space }: AccountTurn,
  { account, adjustmentId }: Pick<PositionDifference, "account" | "adjustmentId">,
): boolean => space.get("adjustment", holdingKey(account, adjustmentId)) !== undefined;

/** The average price of what is held, to the tick below. */
const heldAt = (
  { space }: AccountTurn,
  { account, instrument }: PositionDifference,
): Price_ticks | undefined => {
  const position = space.get("position", holdingKey(account, instrument));
  if (position === undefined || position.netQty_lots === 0) return undefined;
  return Number(position.cost / BigInt(position.netQty_lots));
};

/** Gives a part of a difference back, at the price at which it was taken. */
export const giveBackDifference = (
  turn: AccountTurn,
  world: AccountWorld,
  message: DifferenceExplained,
): void => {
  const { account, instrument, adjustmentId, explained_lots, execId, venue, at } = message;
  const note = turn.space.get("adjustment", holdingKey(account, adjustmentId));
  const position = turn.space.get("position", holdingKey(account, instrument));
  const giveBackId = `rec-${digestOf([adjustmentId, execId])}`;
  if (isBooked(turn, { account, adjustmentId: giveBackId })) return;
  adjustPositions(turn, world, {
    kind: "adjust_position",
    ...{ account, instrument, at },
    adjustmentId: giveBackId,
    reason: `execution at ${venue} explains ${adjustmentId}`.slice(0, 64),
    request: {
      kind: "net",
      netQty_lots: (position?.netQty_lots ?? 0) - explained_lots,
      price_ticks: note?.price_ticks ?? 0,
    },
  });
};
