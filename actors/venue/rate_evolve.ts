/**
 * How facts change a venue's rate budget: total and pure, the same live and at replay.
 *
 * What is spent is told by the facts of the requests themselves. A fact says that a request may
 * have left; where it did not (the owner died, the driver refused) it stays counted.
 *
 * Owns: which fact spends what, and the states of the budget.
 * Never: decides; reads options or a clock.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { questionKinds, weightOf } from "./rate_limits.ts";
import type { RateKind, RateLimit, RatePlan } from "./rate_limits.ts";
import type { LimitState, RateEvent, RateScope, RateState } from "./rate_state.ts";
import { addTo, emptyTally, giveBack, liftTo } from "./rate_tally.ts";
import type { Counted } from "./rate_tally.ts";
import { addId, count, endOrder, removeRequest } from "./venue_space.ts";
import type { Kept, VenueSpace } from "./venue_space.ts";
import type { VenueEvent } from "./venue_event.ts";

/** Strange limits that are told apart. A constant: replay must give the same states for ever. */
export const strange_max = 16;

/** A limit that was overrun is cut by half, down to this. A constant, as above. */
const cutShare_min = 1 / 16;

/** Time in which a limit that was cut to nothing would be whole again, ms. A constant, as above. */
const cutRecovery_ms = 600_000;

/** Whole milliseconds since the epoch: the budget's unit of time. */
export const toMs = (at: Nanos): number => Number(at.slice(0, -6));

/** The part of a limit that is used after overruns, 0 to 1. */
export const cutShareAt = ({ cut }: LimitState, at_ms: number): number =>
  cut === undefined ? 1 : Math.min(1, cut.share + Math.max(0, at_ms - cut.at_ms) / cutRecovery_ms);

/**
 * How a limit of a plan is counted, by the venue's own words where it told some. One that it tells
 * as none is counted as one in its time: else nothing would ever drain, nor anybody try again.
 */
export const countedOf = (
  { delay_ms, skew_ms }: RatePlan,
  { kind, window_ms, limit }: RateLimit,
  { told = limit }: Pick<LimitState, "told">,
): Counted => ({ kind, window_ms, limit: Math.max(1, Math.min(limit, told)), delay_ms, skew_ms });

const nothingPlanned: RatePlan = { limits: [], delay_ms: 0, skew_ms: 0 };

const rateIn = ({ venue }: Kept, space: VenueSpace): RateState =>
  space.get("rate", venue) ?? { plan: nothingPlanned, limits: [], closed: {} };

/** Counts what a fact of the shard says to have left. To be called before the fact is evolved. */
export const spend = (kept: Kept, space: VenueSpace, event: VenueEvent): void => {
  const rate = space.get("rate", kept.venue);
  if (rate === undefined || rate.plan.limits.length === 0) return;
  if (event.type === "reconcile_begun") {
    for (const part of event.parts) {
      charge(kept, space, rateIn(kept, space), questionKinds[part], toMs(event.at));
    }
  }
  const kind = spentBy(space, event);
  if (kind !== undefined && "at" in event) charge(kept, space, rate, kind, toMs(event.at));
  noteFills(kept, space, event);
};

const spentBy = (space: VenueSpace, event: VenueEvent): RateKind | undefined => {
  const { type } = event;
  if (type === "request_sending") return event.command.kind;
  if (type === "order_released") return isPlace(space, event.clOrdId) ? "place" : "replace";
  if (type === "cancel_released") return "cancel";
  if (type === "mass_cancel_sending") return "mass_cancel";
  if (type === "request_asked" || type === "breaker_asked") return "query_order";
  if (type === "order_asked") {
    const { view } = space.get("checking", event.root) ?? {};
    return view === undefined ? "query_order" : "query_executions";
  }
  if (type === "order_found" && event.askAgainAt === undefined) return "query_executions";
  return type === "session_changed" && event.to === "connecting" ? "logon" : undefined;
};

const isPlace = (space: VenueSpace, clOrdId: LegClOrdId): boolean =>
  space.get("queuedPlace", clOrdId) !== undefined;

const charge = (
  { venue }: Kept,
  space: VenueSpace,
  rate: RateState,
  kind: RateKind,
  at_ms: number,
): void => {
  const { plan } = rate;
  const limits = rate.limits.map((state, index) => {
    const limit = plan.limits[index];
    const weight = limit === undefined ? 0 : weightOf(limit, kind);
    if (limit === undefined || weight === 0) return state;
    const tally = addTo(state.tally, countedOf(plan, limit, state), at_ms, weight);
    return { ...state, tally };
  });
  space.set("rate", venue, { ...rate, limits });
};

/** Keeps who has no fill yet, where a first fill gives back. */
const noteFills = (kept: Kept, space: VenueSpace, event: VenueEvent): void => {
  const { type } = event;
  if (type === "request_sending" && event.command.kind === "place") {
    notePlaced(kept, space, event.command.clOrdId, event.at);
  } else if (type === "order_released" && isPlace(space, event.clOrdId)) {
    notePlaced(kept, space, event.clOrdId, event.at);
  } else if (type === "report_received") {
    const { root, cumQty_lots } = event;
    const then_ms = root === undefined ? undefined : space.get("unfilled", root);
    if (root === undefined || then_ms === undefined || cumQty_lots === 0) return;
    space.remove("unfilled", root);
    creditFill(kept, space, then_ms);
  } else if (type === "order_forgotten") {
    space.remove("unfilled", event.root);
  }
};

const notePlaced = (kept: Kept, space: VenueSpace, root: LegClOrdId, at: Nanos): void => {
  const { limits } = rateIn(kept, space).plan;
  if (!limits.some((limit) => weightOf(limit, "first_fill") < 0)) return;
  space.set("unfilled", root, toMs(at));
};

const creditFill = (kept: Kept, space: VenueSpace, then_ms: number): void => {
  const rate = rateIn(kept, space);
  const limits = rate.limits.map((state, index) => {
    const limit = rate.plan.limits[index];
    const weight = limit === undefined ? 0 : -weightOf(limit, "first_fill");
    if (limit === undefined || weight === 0) return state;
    const counted = countedOf(rate.plan, limit, state);
    return { ...state, tally: giveBack(state.tally, counted, then_ms, weight) };
  });
  space.set("rate", kept.venue, { ...rate, limits });
};

/** Takes a fact of the budget. */
export const evolveRate = (kept: Kept, space: VenueSpace, event: RateEvent): void => {
  switch (event.type) {
    case "rate_planned":
    case "rate_closed":
    case "rate_opened":
    case "rate_told":
    case "rate_congestion":
    case "rate_wake_set":
      space.set("rate", kept.venue, rateAfter(rateIn(kept, space), event));
      return;
    case "order_queued":
    case "order_released":
    case "order_withdrawn":
    case "cancel_put_back":
      evolveQueue(kept, space, event);
      return;
    default:
      return event satisfies never;
  }
};

type EventOf<Type extends RateEvent["type"]> = Extract<RateEvent, { readonly type: Type }>;

const rateAfter = (
  rate: RateState,
  event: EventOf<
    | "rate_planned"
    | "rate_closed"
    | "rate_opened"
    | "rate_told"
    | "rate_congestion"
    | "rate_wake_set"
  >,
): RateState => {
  switch (event.type) {
    case "rate_planned":
      return planned(rate, event.plan);
    case "rate_closed":
      return closed(rate, event);
    case "rate_opened": {
      const gone = new Set<string>(event.scopes);
      const left = Object.entries(rate.closed).filter(([scope]) => !gone.has(scope));
      return { ...rate, closed: Object.fromEntries(left) };
    }
    case "rate_told":
      return told(rate, event);
    case "rate_congestion": {
      const { congested: _, ...rest } = rate;
      return event.congested ? { ...rest, congested: true } : rest;
    }
    case "rate_wake_set": {
      const { wakeAt: _, ...rest } = rate;
      return event.wakeAt === undefined ? rest : { ...rest, wakeAt: event.wakeAt };
    }
    default:
      return event satisfies never;
  }
};

/** A limit that is counted as before keeps its count, also where its weights changed. */
const planned = (rate: RateState, plan: RatePlan): RateState => {
  const limits = plan.limits.map((limit): LimitState => {
    const before = rate.plan.limits.findIndex(
      ({ name, kind, window_ms }) =>
        name === limit.name && kind === limit.kind && window_ms === limit.window_ms,
    );
    // The parts of a rolling window are as long as the delay makes them.
    const isSame = limit.kind !== "rolling" || rate.plan.delay_ms === plan.delay_ms;
    const kept = isSame ? rate.limits[before] : undefined;
    return kept ?? { tally: emptyTally(limit) };
  });
  const { strange: _, ...rest } = rate;
  return { ...rest, plan, limits };
};

/** Deadlines are only ever moved back. */
const closed = (rate: RateState, event: EventOf<"rate_closed">): RateState => {
  const at_ms = toMs(event.at);
  const until_ms = toMs(event.until) + 1;
  const entries = event.scopes.map(
    (scope) => [scope, Math.max(until_ms, rate.closed[scope] ?? 0)] as const,
  );
  const limits = rate.limits.map((state, index) => {
    const scope: RateScope = `limit:${rate.plan.limits[index]?.name ?? ""}`;
    // Requests that were on their way together are one overrun.
    const isNew = event.overrun === true && (rate.closed[scope] ?? 0) <= at_ms;
    if (!isNew || !event.scopes.includes(scope)) return state;
    const share = Math.max(cutShare_min, cutShareAt(state, at_ms) / 2);
    return { ...state, cut: { share, at_ms } };
  });
  return { ...rate, limits, closed: { ...rate.closed, ...Object.fromEntries(entries) } };
};

const told = (rate: RateState, event: EventOf<"rate_told">): RateState => {
  const at_ms = toMs(event.at);
  const limits = rate.limits.map((state, index) => {
    const limit = rate.plan.limits[index];
    const line = event.limits.find(({ name }) => name === limit?.name);
    if (limit === undefined || line === undefined) return state;
    const after = { ...state, told: line.limit };
    return {
      ...after,
      tally: liftTo(state.tally, countedOf(rate.plan, limit, after), at_ms, line.used),
    };
  });
  const known = new Set(rate.plan.limits.map(({ name }) => name));
  const unknown = event.limits.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length === 0) return { ...rate, limits };
  const strange = [...new Set([...(rate.strange ?? []), ...unknown])].slice(0, strange_max);
  return { ...rate, limits, strange };
};

const evolveQueue = (
  kept: Kept,
  space: VenueSpace,
  event: EventOf<"order_queued" | "order_released" | "order_withdrawn" | "cancel_put_back">,
): void => {
  switch (event.type) {
    case "order_queued": {
      const { command, at: since, round } = event;
      addId(space, command, event.tallied);
      const how = round === undefined ? { since } : { since, round };
      if (command.kind === "place") space.set("queuedPlace", command.clOrdId, { command, ...how });
      else space.set("queuedReplace", command.clOrdId, { command, ...how });
      return;
    }
    case "order_released": {
      const command = takeQueued(space, event.clOrdId);
      if (command === undefined) return;
      const root = addId(space, command);
      const request = { command, root, stage: "sending", since: event.at } as const;
      space.set("request", event.clOrdId, request);
      return;
    }
    case "order_withdrawn": {
      const { clOrdId, at } = event;
      if (takeQueued(space, clOrdId) === undefined) return;
      count(kept, space, "notSent");
      if (space.get("id", clOrdId) === clOrdId) endOrder(space, clOrdId, at, true);
      return;
    }
    case "cancel_put_back": {
      const command = space.get("request", event.clOrdId)?.command;
      if (command?.kind !== "cancel") return;
      removeRequest(space, event.clOrdId);
      space.set("waiting", event.clOrdId, { command, since: event.at });
      return;
    }
    default:
      return event satisfies never;
  }
};

const takeQueued = (space: VenueSpace, clOrdId: LegClOrdId) => {
  const queued = space.get("queuedPlace", clOrdId) ?? space.get("queuedReplace", clOrdId);
  space.remove("queuedPlace", clOrdId);
  space.remove("queuedReplace", clOrdId);
  return queued?.command;
};
