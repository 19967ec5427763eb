/**
 * Booking what a venue counts and has not told for too long, under an id of ours.
 *
 * The venue's count is a fact: the position is there, and to go on without it would be wrong by
 * more with every hour. What is not known is what it cost. The price is the first of these that is
 * known, and the trade says which: what the venue's average price leaves when all that is booked is
 * taken out of it (rounded half to even, and not beyond the limit); the leg's limit; the price of
 * the order's last execution; what its reservation was valued at. No fee.
 *
 * The id is a hash of order, leg, venue and the stretch of the count that is booked, so that the
 * same is booked under the same id wherever and however often it is decided. The execution itself,
 * when it comes, takes its place (`order_missing.ts`).
 *
 * Owns: what is booked provisionally, and when the venue is asked again.
 */
import { digestOfOrdered } from "../../protocols/digest.ts";
import { divideHalfEven } from "../../protocols/kernel/decimal.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import { fromNanos, milliseconds } from "../../protocols/kernel/instant.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { OrderState, ProvisionalPrice } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import { bookedOn, provisionalKeyOf } from "./exec_key.ts";
import { Course } from "./order_course.ts";
import { endBefore, headNow, nothing } from "./order_decision.ts";
import type { DecisionTime, EventOf, OrderDecision } from "./order_decision.ts";
import { book } from "./order_fill.ts";
import { counted_lots } from "./order_missing.ts";
import { queryLeg } from "./leg_request.ts";
import { closeIfDead } from "./order_refusal.ts";

/** How long what is missing is waited for unless the reference data says otherwise. */
export const provisionalFill_ms_default = 5_000;

/** The cause of what is booked provisionally, and its timer's first word. */
export const provisionalCommand = "timer:provisional";

/** Longest time between two questions for what is missing. */
const askAgain_ms_max = 3_600_000;
/** After so long nobody asks any more: it is a person's. */
const ask_ms_max = 86_400_000;

/** Whether something of a leg is owed whose count was heard, or booked provisionally. */
const isMissing = ({ missing, owedQty_lots, provisionalQty_lots }: Leg): boolean =>
  missing !== undefined && (owedQty_lots !== undefined || provisionalQty_lots !== undefined);

const dueOf = ({ missing }: Leg, grace_ms: number): Instant_ns =>
  (missing === undefined ? 0n : fromNanos(missing.since)) + milliseconds(grace_ms);

/** When an order is to be looked at next for what is missing; undefined: not any more. */
export const nextLook = (
  { legs }: OrderState,
  grace_ms: number,
  now_ns: Instant_ns,
): Instant_ns | undefined => {
  let next: Instant_ns | undefined;
  for (const leg of legs.filter(isMissing)) {
    const due_ns = dueOf(leg, grace_ms);
    const passed_ns = now_ns - (due_ns - milliseconds(grace_ms));
    if (passed_ns > milliseconds(ask_ms_max)) continue;
    const longest_ns = milliseconds(askAgain_ms_max);
    // Each wait is as long as all before it together.
    const wait_ns = passed_ns < longest_ns ? passed_ns : longest_ns;
    const at_ns = due_ns > now_ns ? due_ns : now_ns + wait_ns;
    if (next === undefined || at_ns < next) next = at_ns;
  }
  return next;
};

/**
 * Books what is missing for long enough, and asks for all that is still missing.
 *
 * @param grace_ms how long it is waited for
 */
export const decideProvisional = (
  state: OrderState,
  grace_ms: number,
  time: DecisionTime,
): OrderDecision => {
  const now_ns = fromNanos(time.now);
  const due = state.legs.filter((leg) => isMissing(leg) && dueOf(leg, grace_ms) <= now_ns);
  if (due.length === 0) return nothing;
  const course = new Course(state);
  for (const leg of due) {
    if (leg.owedQty_lots !== undefined) bookOwed(course, leg, leg.owedQty_lots, time);
    course.send(queryLeg(state, leg));
  }
  closeIfDead(course, headNow(state.orderId, provisionalCommand, time.now));
  return course.decision;
};

const bookOwed = (course: Course, leg: Leg, owed_lots: Qty_lots, time: DecisionTime): void => {
  const { state } = course;
  const id = `order=${state.orderId} leg=${leg.no}`;
  const price = priceOf(state, leg, owed_lots);
  if (price === undefined) {
    const text = `${id} ${owed_lots} lots are missing, and no price is known for them`;
    course.raise({ what: "fills_unpriced", text });
    return;
  }
  const event = tradeOf(state, leg, owed_lots, price, time);
  const numbers = `${owed_lots}@${price.ticks} (${price.from})`;
  const text = `${id} execId=${event.execId} ${numbers}, counted by ${leg.venue} and not told`;
  course.follow(book(state, event, [{ what: "fills_provisional", text }], time));
};

interface Price {
  readonly ticks: Price_ticks;
  readonly from: ProvisionalPrice;
}

const tradeOf = (
  state: OrderState,
  leg: Leg,
  owed_lots: Qty_lots,
  price: Price,
  { now }: DecisionTime,
): EventOf<"trade"> => {
  const { orderId, openedAt, execKeys } = state;
  const { no, venue } = leg;
  const cumQty_lots = counted_lots(leg);
  const stretch = [leg.cumQty_lots, cumQty_lots];
  // After a bust another one may cover the same stretch.
  const earlier = bookedOn(execKeys, [], venue, no).filter((one) => one.isProvisional).length;
  const digest = digestOfOrdered([orderId, openedAt, no, venue, ...stretch, earlier]);
  const execId = `prov-${digest}`;
  const execution = { venue, leg: no, execId, cumQty_lots };
  const numbers = { lastQty_lots: owed_lots, lastPx_ticks: price.ticks };
  return {
    ...headNow(orderId, provisionalCommand, now),
    execType: "trade",
    leg: no,
    venue,
    execId,
    execKey: provisionalKeyOf({ ...execution, ...numbers }),
    ...numbers,
    provisional: true,
    pricedBy: price.from,
    text: `provisional, priced by ${price.from}`,
    ...endBefore(state),
  };
};

/** The price of so many lots that are missing of a leg. */
const priceOf = (state: OrderState, leg: Leg, owed_lots: Qty_lots): Price | undefined => {
  const { terms, riskPrice_ticks, execKeys, amends = [], legs } = state;
  const limit = leg.price_ticks ?? terms?.price_ticks;
  const average = averageLeft(state, leg, owed_lots);
  if (average !== undefined && isWithin(average, limit, terms?.side === "buy")) {
    return { ticks: average, from: "venue_average" };
  }
  if (limit !== undefined) return { ticks: limit, from: "limit" };
  const last = [leg, ...legs.toReversed()]
    .flatMap(({ venue, no }) => bookedOn(execKeys, amends, venue, no).slice(-1))
    .find(({ lastQty_lots }) => lastQty_lots > 0);
  if (last !== undefined) return { ticks: last.lastPx_ticks, from: "last_fill" };
  return riskPrice_ticks === undefined ? undefined : { ticks: riskPrice_ticks, from: "risk_price" };
};

/** Arithmetic on a rounded average may leave nonsense: beyond the limit, or nothing at all. */
const isWithin = (ticks: Price_ticks, limit: Price_ticks | undefined, isBuy: boolean): boolean => {
  if (limit === undefined) return ticks > 0;
  if (ticks <= 0 && limit > 0) return false;
  return isBuy ? ticks <= limit : ticks >= limit;
};

const million = 1_000_000n;

/** What the missing lots cost each by the venue's average price of all that it counts. */
const averageLeft = (
  { execKeys, amends = [] }: OrderState,
  leg: Leg,
  owed_lots: Qty_lots,
): Price_ticks | undefined => {
  const { missing, venue, no } = leg;
  const counted = counted_lots(leg);
  if (missing?.avgPx === undefined || missing.counted_lots !== counted) return undefined;
  const { ticks, millionths } = missing.avgPx;
  let value = (BigInt(ticks) * million + BigInt(millionths)) * BigInt(counted);
  for (const { lastQty_lots, lastPx_ticks } of bookedOn(execKeys, amends, venue, no)) {
    value -= BigInt(lastQty_lots) * BigInt(lastPx_ticks) * million;
  }
  return Number(divideHalfEven(value, BigInt(owed_lots) * million));
};
