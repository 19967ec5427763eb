/**
 * Order entry: what a strategy asks, through reading, risk and routing, to a decision of the order.
 *
 * Each stage may refuse, in this order: unreadable → repeat or conflict → stale → reference data →
 * risk → route. What passes all of them is reserved and on its way when the turn's frame commits.
 */
import { Result } from "effect";
import { fromNanos, milliseconds, toNanos } from "../protocols/kernel/instant.ts";
import type { Nanos } from "../protocols/kernel/instant.ts";
import { refuse } from "../protocols/kernel/reject_code.ts";
import type { Refusal } from "../protocols/kernel/reject_code.ts";
import type { Instrument, ReferenceData, VenueProfile } from "../protocols/instrument.ts";
import { startsWithUs } from "../protocols/held_terms.ts";
import { readCancel, readReplace } from "../protocols/command.ts";
import type { ReplaceCommand, SubmitCommand } from "../protocols/command.ts";
import type { OrderState, OrderTerms } from "../protocols/order.ts";
import { askedQtyOf } from "../protocols/bound_order.ts";
import type { OrderBond } from "../protocols/order_bond.ts";
import { holdingKey } from "./account_kinds.ts";
import type { AccountInput, AccountTurn, AccountWorld } from "./account_kinds.ts";
import { withAlgo } from "./account_algo.ts";
import { leftByGroup_lots } from "./account_group_state.ts";
import { honourOrder, toldTimeInForce } from "./account_honour.ts";
import type { HonouredOrder, OwnPart } from "./account_honour.ts";
import { reduceOnlyRefusal } from "./account_reduce.ts";
import { tradingStateOf } from "./account_rules.ts";
import { judgedPrice } from "./account_reference.ts";
import { routeAmong } from "./account_route.ts";
import { decideCancel } from "./order/order_cancel.ts";
import type { OrderDecision, OrderIds } from "./order/order_decision.ts";
import { acceptReplace, refuseReplace, screenReplace } from "./order/order_replace.ts";
import { worstOpen_lots } from "./order/order_reservation.ts";
import type { ReplaceTerms } from "./order/order_reservation.ts";
import { acceptSubmit } from "./order/order_accept.ts";
import { acceptCanceled, denySubmit, screenSubmit } from "./order/order_submit.ts";
import { isRefusal, termsOf } from "./order/order_terms.ts";
import { denyUnreadable } from "./order/order_unreadable.ts";
import { newAccountState } from "./risk/account_state.ts";
import { riskPriceOf } from "./risk/order_value.ts";
import type { ReferencePrice } from "./risk/reference_price.ts";
import { checkOrder } from "./risk/risk_checks.ts";
import type { OrderSize } from "./risk/risk_input.ts";
import { isRoute } from "./router/route.ts";

/** A command as it was taken from the mailbox. */
export type CommandInput = Extract<AccountInput, { type: "command" }>;

/** A command about one order, and what is known of it. */
export interface Entry {
  readonly turn: AccountTurn;
  readonly world: AccountWorld;
  readonly input: CommandInput;
  readonly ids: OrderIds;
  readonly state: OrderState | undefined;
}

/** Decides on a `submit` of one order. */
export const decideSubmitEntry = (entry: Entry, command: SubmitCommand): OrderDecision => {
  const { ids, state, turn } = entry;
  const { now } = turn;
  const screening = screenSubmit(state, command, now);
  if (screening.kind === "answered") return screening.decision;
  const stale = staleness(entry) ?? overtaken(entry);
  const judged = stale === undefined ? judgeSubmit(entry, command) : { refusal: stale };
  if (!("refusal" in judged)) return judged;
  return denySubmit({ ids, state, command, ...judged, now });
};

/** A submit that a check refused, with its terms where they were good. */
export interface SubmitRefused {
  readonly refusal: Refusal;
  readonly terms?: OrderTerms;
}

/** An order's part in a group, and what of it is ours. */
export type BoundPart = OwnPart & Pick<OrderTerms, "bond">;

/**
 * Judges a submit that is the first of its id: reference data, then, unless its cancel came first,
 * risk and route.
 *
 * @param part where it comes in a group
 */
export const judgeSubmit = (
  entry: Entry,
  command: SubmitCommand,
  part?: BoundPart,
): OrderDecision | SubmitRefused => {
  const { turn, world, state } = entry;
  const instrument = world.reference.instruments.get(command.instrument);
  if (instrument === undefined) {
    return { refusal: refuse("INSTRUMENT_UNKNOWN", { instrument: command.instrument }) };
  }
  const plain = termsOf(command, instrument, turn.now);
  if (isRefusal(plain)) return { refusal: plain };
  const asked = withAlgo(command, plain, instrument, turn.now_ns, part?.bond !== undefined);
  if (isRefusal(asked)) return { refusal: asked };
  const honoured = honourOrder(asked, instrument, world.reference, turn.now_ns, part);
  if (isRefusal(honoured)) return { refusal: honoured };
  const order = part?.bond === undefined ? honoured : bind(honoured, part.bond);
  if (state?.earlyCancel !== undefined) {
    return acceptCanceled(state, command, order.terms, turn.now);
  }
  return admit(entry, command, order);
};

/** What follows its parent begins with nothing in force. */
const bind = ({ terms, venues }: HonouredOrder, bond: OrderBond): HonouredOrder => {
  const askedQty_lots = terms.orderQty_lots;
  const bound = { ...terms, bond: hasOwnTotal(bond) ? bond : { ...bond, askedQty_lots } };
  const waits = terms.held?.parent !== undefined;
  return { terms: waits ? { ...bound, orderQty_lots: 0 } : bound, venues };
};

const hasOwnTotal = ({ role, onFill }: OrderBond): boolean =>
  role === "parent" || (role === "peer" && onFill === "cancel");

/** Risk and route of an order that can be honoured; one that waits with us is routed later. */
const admit = (
  entry: Entry,
  command: SubmitCommand,
  { terms, venues }: HonouredOrder,
): OrderDecision | SubmitRefused => {
  const { turn, world, ids } = entry;
  const deny = (refusal: Refusal): SubmitRefused => ({ refusal, terms });
  const regrid = gridChange(entry, terms);
  if (regrid !== undefined) return deny(regrid);
  const price = priceFor(entry, terms);
  const size: OrderSize = {
    orderQty_lots: terms.bond?.askedQty_lots ?? terms.orderQty_lots,
    leavesQty_lots: terms.orderQty_lots,
    price_ticks: terms.price_ticks,
  };
  const breach =
    checkRisk(entry, terms, size, undefined, price) ??
    reduceOnlyRefusal(turn.space, ids.account, terms, terms.orderQty_lots);
  if (breach !== undefined) return deny(breach);
  const route = startsWithUs(terms) ? waitFor(terms, world) : routeNow(entry, terms, venues);
  if (isRefusal(route)) return deny(route);
  const riskPrice_ticks = riskPrice(entry, terms, price);
  return acceptSubmit({
    ids,
    command,
    terms,
    ...route,
    ...(riskPrice_ticks === undefined ? {} : { riskPrice_ticks }),
    shardIndex: world.shardIndex,
    deadline: deadlineOf(entry),
    now: turn.now,
  });
};

type Plan = Pick<Parameters<typeof acceptSubmit>[0], "plan" | "routedBy">;

const routeNow = (
  { turn, world }: Entry,
  terms: OrderTerms,
  venues: ReferenceData["venues"],
): Plan | Refusal => {
  const route = routeAmong(turn, world, terms, venues);
  if (!isRoute(route)) return route;
  const { venue, why: routedBy } = route;
  const told = toldTimeInForce(terms, venue, world.reference);
  return { plan: [{ venue, ...(told === undefined ? {} : { timeInForce: told }) }], routedBy };
};

/** An order that waits must have somewhere to go later. */
const waitFor = (
  { instrument, route }: OrderTerms,
  { reference }: AccountWorld,
): Plan | Refusal => {
  if (route.policy === "direct") {
    const isOffered = reference.venues.get(route.venue)?.instruments.has(instrument) === true;
    if (!isOffered) return refuse("ROUTE_VENUE_UNKNOWN", { venue: route.venue, instrument });
  }
  const isAnywhere = [...reference.venues.values()].some((one) => one.instruments.has(instrument));
  return isAnywhere ? { plan: [] } : refuse("ROUTE_NO_VENUE", { instrument });
};

/** A position is counted in ticks and lots: it cannot take fills that are counted in others. */
const gridChange = ({ turn, ids }: Entry, terms: OrderTerms): Refusal | undefined => {
  const position = turn.space.get("position", holdingKey(ids.account, terms.instrument));
  if (position === undefined) return undefined;
  const { tick, lot } = position.grid;
  if (tick.text === terms.grid.tick.text && lot.text === terms.grid.lot.text) return undefined;
  return refuse("GRID_CHANGED", { positionTick: tick.text, positionLot: lot.text });
};

/** Decides on a `replace`. */
export const decideReplaceEntry = (entry: Entry): OrderDecision => {
  const { turn, world, input, ids, state } = entry;
  const { now } = turn;
  const read = readReplace(input.data);
  if (Result.isFailure(read)) return denyUnreadable(ids, state, "replace", read.failure, now);
  const command = read.success;
  const instrument = instrumentOf(world, state);
  const screening = screenReplace(ids, state, command, instrument, now);
  if (screening.kind === "answered") return screening.decision;
  const stale = staleness(entry);
  if (stale !== undefined) return refuseReplace(ids, command, stale, now);
  const terms = withinGroup(entry, screening.state, screening.terms);
  return admitReplace(entry, command, screening.state, terms);
};

/** What is in force may lag behind what its group leaves an order: none of that is placed anew. */
const withinGroup = (
  { turn, world }: Entry,
  state: OrderState,
  terms: ReplaceTerms,
): ReplaceTerms => {
  const { askedQty_lots } = terms;
  if (askedQty_lots === undefined) return terms;
  const left_lots = leftByGroup_lots(turn.space, world, state, askedQty_lots);
  return { ...terms, orderQty_lots: Math.min(terms.orderQty_lots, left_lots) };
};

const admitReplace = (
  entry: Entry,
  command: ReplaceCommand,
  state: OrderState,
  replace: ReplaceTerms,
): OrderDecision => {
  const { ids, turn } = entry;
  const { terms } = state;
  if (terms === undefined) throw new Error("an order that can be replaced has terms");
  const price = priceFor(entry, judgedAs(state, terms, replace));
  const wanted: OrderSize = {
    orderQty_lots: replace.askedQty_lots ?? replace.orderQty_lots,
    leavesQty_lots: Math.max(0, replace.orderQty_lots - state.cumQty_lots),
    price_ticks: replace.price_ticks,
    stopPx_ticks: replace.stopPx_ticks ?? terms.trigger?.stopPx_ticks,
  };
  const now: OrderSize = {
    orderQty_lots: askedQtyOf(state) ?? terms.orderQty_lots,
    leavesQty_lots: worstOpen_lots(state),
    price_ticks: terms.price_ticks,
    stopPx_ticks: terms.trigger?.stopPx_ticks,
  };
  const isChange =
    wanted.orderQty_lots !== now.orderQty_lots || wanted.price_ticks !== now.price_ticks;
  // Suspending an order, or releasing it, asks for nothing more than it has.
  const isJudged = replace.suspended === undefined || isChange;
  const breach = isJudged
    ? (checkRisk(entry, terms, wanted, now, price) ??
      reduceOnlyRefusal(turn.space, ids.account, terms, wanted.leavesQty_lots, state))
    : undefined;
  if (breach !== undefined) return refuseReplace(ids, command, breach, turn.now);
  const riskPrice_ticks = riskPrice(entry, { ...terms, ...replace }, price);
  return acceptReplace({
    state,
    command,
    terms: replace,
    how: howToReplace(entry, state),
    ...(riskPrice_ticks === undefined ? {} : { riskPrice_ticks }),
    deadline: deadlineOf(entry),
    now: turn.now,
  });
};

/** The terms as a replace would have them; a stop that was met and sent is a plain order. */
const judgedAs = (
  { legs }: OrderState,
  { trigger, ...plain }: OrderTerms,
  { stopPx_ticks = trigger?.stopPx_ticks }: ReplaceTerms,
): OrderTerms => {
  const isSent = plain.held?.trigger !== undefined && legs.length > 0;
  if (trigger === undefined || isSent) return plain;
  return { ...plain, trigger: stopPx_ticks === undefined ? trigger : { ...trigger, stopPx_ticks } };
};

/** How the venue of an order's last leg changes an order. */
const howToReplace = ({ world }: Entry, { legs }: OrderState): VenueProfile["replace"] => {
  const leg = legs.at(-1);
  return leg === undefined ? undefined : world.reference.venues.get(leg.venue)?.replace;
};

/** Decides on a `cancel` of one order. Neither age nor risk ever stops it. */
export const decideCancelEntry = (entry: Entry): OrderDecision => {
  const { turn, world, input, ids, state } = entry;
  const read = readCancel(input.data);
  if (Result.isFailure(read)) return denyUnreadable(ids, state, "cancel", read.failure, turn.now);
  const until = toNanos(turn.now_ns + milliseconds(world.reference.earlyCancel_ms));
  return decideCancel(ids, state, read.success, until, turn.now);
};

const instrumentOf = (
  { reference }: AccountWorld,
  state: OrderState | undefined,
): Instrument | undefined =>
  state?.terms === undefined ? undefined : reference.instruments.get(state.terms.instrument);

/** Why a command comes too late by its age; undefined where it does not. */
export const staleness = ({ turn, world, input }: Entry): Refusal | undefined => {
  const age_ns = turn.now_ns - input.stored_ns;
  const limit_ms = world.reference.commandAge_ms_max;
  if (age_ns <= milliseconds(limit_ms)) return undefined;
  return refuse("COMMAND_STALE", { age_ms: String(age_ns / 1_000_000n), limit_ms });
};

/**
 * A submit that was under way when its cancel was refused as unknown: it was canceled after all.
 */
export const overtaken = ({ turn, input, ids, state }: Entry): Refusal | undefined => {
  const refusedAt = turn.space.get("ended", ids.orderId);
  if (state?.phase !== "unseen" || refusedAt === undefined) return undefined;
  if (input.stored_ns >= fromNanos(refusedAt)) return undefined;
  return refuse("COMMAND_STALE", { canceledAt: refusedAt });
};

const deadlineOf = ({ turn, world }: Entry): Nanos =>
  toNanos(turn.now_ns + milliseconds(world.reference.intentDeadline_ms));

const priceFor = ({ turn, world }: Entry, terms: OrderTerms): ReferencePrice =>
  judgedPrice(world, terms, turn.now_ns);

const checkRisk = (
  { turn, world, ids }: Entry,
  terms: OrderTerms,
  order: OrderSize,
  replaces: OrderSize | undefined,
  price: ReferencePrice,
): Refusal | undefined => {
  const key = holdingKey(ids.account, terms.instrument);
  const account = turn.space.get("account", ids.account) ?? newAccountState(ids.account);
  return checkOrder({
    account: ids.account,
    instrument: terms.instrument,
    grid: terms.grid,
    side: terms.side,
    order,
    replaces,
    limits: world.reference.accounts.get(ids.account),
    tradingState: tradingStateOf(turn.space, ids.account, ids.strategy),
    openOrders: account.openOrders,
    netQty_lots: turn.space.get("position", key)?.netQty_lots ?? 0,
    exposure: turn.space.get("exposure", key),
    reference: price,
  });
};

/** What a market order's reservation is valued at; a limit order has its own price. */
const riskPrice = (
  { world, ids }: Entry,
  terms: OrderTerms,
  price: ReferencePrice,
): number | undefined => {
  if (terms.price_ticks !== undefined || price.status === "missing") return undefined;
  const limits = world.reference.accounts.get(ids.account)?.instruments.get(terms.instrument);
  return limits === undefined
    ? undefined
    : riskPriceOf(terms.side, undefined, price, limits.collar_bps);
};

/** The entry of a command about one order. */
export const entryOf = (
  turn: AccountTurn,
  world: AccountWorld,
  input: CommandInput,
  ids: OrderIds,
): Entry => ({ turn, world, input, ids, state: turn.space.get("order", ids.orderId) });
