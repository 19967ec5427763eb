/**
 * An order that waits with us: what for, and how far it has come.
 *
 * Derived from the order's own events and the prices that were observed: it comes to be with an
 * order that is kept back and goes with the first leg that is placed, or with the order's end. It
 * comes back with the proof that such a leg never left.
 *
 * Owns: what a waiting order remembers of the market. Never: decides that it is sent.
 */
import { isHeld, isOver } from "../../protocols/ord_status.ts";
import { isKeptBack } from "../../protocols/held_terms.ts";
import type { AccountId, OrderId } from "../../protocols/kernel/ids.ts";
import { fromNanos, milliseconds } from "../../protocols/kernel/instant.ts";
import type { Instant_ns, Nanos } from "../../protocols/kernel/instant.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import type { PricePoint, TriggerState, TriggerTerms } from "../../protocols/trigger.ts";
import type { Side } from "../../protocols/venue.ts";
import type { Market } from "./market_watch.ts";
import { observeAll, openTrigger } from "./trigger_model.ts";

/** A waiting order. Immutable. */
export interface HeldState {
  readonly orderId: OrderId;
  readonly account: AccountId;
  /** What it looks at: all venues, or the one that it is to go to. */
  readonly market: Market;
  readonly side: Side;
  /**
   * - `parent`: its parent has executed nothing (any more), and so nothing of it is in force.
   * - `trigger`, `auction`: it waits for that.
   * - `fired`: its trigger was met, nobody has been told yet.
   * - `send`: it is to be sent as soon as it can be.
   */
  readonly stage: "parent" | "trigger" | "auction" | "fired" | "send";
  readonly terms?: TriggerTerms;
  readonly trigger: TriggerState;
  /** Another order's trigger may end it, and the other way round: the one that is met first. */
  readonly isRacing?: true;
  /** Where it is racing and was met: the place in the path of the price that met it. */
  readonly firedAt?: number;
  /** It waits for its parent, and its trigger was met: it is sent as soon as that goes on. */
  readonly isTriggered?: true;
  /** It was sent and never left: how often, and when that was known. */
  readonly sentBack?: { readonly times: number; readonly at: Nanos };
}

/** When an order is to be sent (again): longer and longer after each time that it never left. */
export const sendableAt_ns = ({ sentBack }: HeldState): Instant_ns => {
  if (sentBack === undefined) return 0n;
  const doublings = Math.min(sentBack.times - 1, doublings_max);
  return fromNanos(sentBack.at) + milliseconds(sendAgain_ms * 2 ** doublings);
};

const sendAgain_ms = 1_000;
const doublings_max = 6;

/** What an order's event makes of its waiting; undefined where it waits no more, or never did. */
export const heldAfter = (
  before: HeldState | undefined,
  event: OrderEvent,
  order: OrderState,
): HeldState | undefined => {
  if (event.execType === "pending_new") return heldOf(order);
  if (event.execType === "leg_ended" && isHeld(order)) return sentBack(order, event.tsInit);
  if (before === undefined || isOver(order) || !isHeld(order)) return undefined;
  if (event.execType === "triggered") return { ...before, stage: "send" };
  if (waitsForParent(order) !== (before.stage === "parent")) return turned(before, event, order);
  if (event.execType !== "replaced" || event.leg !== undefined) return before;
  const { stopPx_ticks } = event;
  if (stopPx_ticks === undefined || before.terms === undefined) return before;
  return {
    ...before,
    terms: { ...before.terms, stopPx_ticks },
    trigger: { ...before.trigger, stopPx_ticks },
  };
};

/** Its parent goes on, or has executed nothing any more. A trigger is met once. */
const turned = (
  { isTriggered }: HeldState,
  event: OrderEvent,
  order: OrderState,
): HeldState | undefined => {
  const held = heldOf(order);
  if (held === undefined) return undefined;
  if (isTriggered === true) return toSend(held);
  const isMet = event.execType === "restated" && event.leg === undefined && event.isTriggered;
  return isMet === true ? { ...held, isTriggered: true } : held;
};

const toSend = ({ terms: _met, ...held }: HeldState): HeldState => ({
  ...held,
  stage: "send",
  trigger: {},
});

const sentBack = (order: OrderState, at: Nanos): HeldState | undefined => {
  const held = heldOf(order);
  if (held === undefined) return undefined;
  return { ...toSend(held), sentBack: { times: order.legs.length, at } };
};

const heldOf = (order: OrderState): HeldState | undefined => {
  const { orderId, account, terms } = order;
  if (terms === undefined || isOver(order) || !isKeptBack(terms.held)) return undefined;
  const { instrument, route, side, trigger, held } = terms;
  const market = route.policy === "direct" ? { instrument, venue: route.venue } : { instrument };
  const racing = terms.bond?.onFill === undefined ? {} : ({ isRacing: true } as const);
  const state = { orderId, account, market, side, ...racing };
  if (waitsForParent(order)) return { ...state, stage: "parent", trigger: {} };
  if (held?.trigger !== undefined && trigger !== undefined) {
    return { ...state, stage: "trigger", terms: trigger, trigger: openTrigger(trigger) };
  }
  const isSendable = held?.parent !== undefined && held.release === undefined;
  return { ...state, stage: isSendable ? "send" : "auction", trigger: {} };
};

const waitsForParent = ({ terms }: OrderState): boolean =>
  terms?.held?.parent !== undefined && terms.orderQty_lots === 0;

/** Whether two waiting orders look at the same market. */
export const isSameMarket = (a: Market, b: Market): boolean =>
  a.instrument === b.instrument && a.venue === b.venue;

/** A waiting order after a path of prices of its market; the same one where nothing changed. */
export const heldAfterPath = (held: HeldState, path: readonly PricePoint[]): HeldState => {
  const { terms, side, trigger, stage } = held;
  if (stage !== "trigger" || terms === undefined) return held;
  const step = observeAll(terms, side, trigger, path);
  if (step.fired) {
    const firedAt = held.isRacing === true ? { firedAt: placeOf(held, terms, path) } : {};
    return { ...held, stage: "fired", trigger: step.state, ...firedAt };
  }
  return step.state === trigger ? held : { ...held, trigger: step.state };
};

/** The place of the first price of a path that meets a trigger; one of them does. */
const placeOf = (
  { side, trigger }: HeldState,
  terms: TriggerTerms,
  path: readonly PricePoint[],
): number =>
  path.findIndex((_, place) => observeAll(terms, side, trigger, path.slice(0, place + 1)).fired);
