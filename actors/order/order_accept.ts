/**
 * Opening an order: its intent, journaled with the id that each request will carry at its venue.
 *
 * Owns: the legs an order starts with and the request for each.
 */
import type { SubmitCommand } from "../../protocols/command.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import { startsWithUs } from "../../protocols/held_terms.ts";
import { afterTrigger } from "../../protocols/ord_type.ts";
import type { OrderEvent, OrderTerms } from "../../protocols/order.ts";
import type { TimeInForce } from "../../protocols/ord_words.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { PlaceLeg } from "../../protocols/venue.ts";
import { invariant } from "../../runtime/invariant.ts";
import { headNow, submitted } from "./order_decision.ts";
import type { OrderDecision, OrderIds, VenueRequest } from "./order_decision.ts";
import { newRequestId } from "./order_request.ts";
import { shown_lots } from "./order_slice.ts";

/** Where a leg is to go. */
export interface PlannedLeg {
  readonly venue: VenueId;
  /** What its venue is told, where that is not the order's own. */
  readonly timeInForce?: TimeInForce;
}

/** A submit that passed every check. */
export interface PassedSubmit {
  readonly ids: OrderIds;
  readonly command: SubmitCommand;
  readonly terms: OrderTerms;
  /** The venues it goes to: one so far, which takes all of it; none where it waits with us. */
  readonly plan: readonly PlannedLeg[];
  /** What risk valued a market order at. */
  readonly riskPrice_ticks?: Price_ticks;
  /** The books and costs that picked the venues, for the record. */
  readonly routedBy?: string;
  /** Index of the account shard: it is part of every request's id. */
  readonly shardIndex: number;
  /** The last moment at which it may leave; `validUntil` where that is earlier. */
  readonly deadline: Nanos;
  readonly now: Nanos;
}

/** Opens the order and asks the venue for its leg. */
export const acceptSubmit = (passed: PassedSubmit): OrderDecision => {
  const { ids, command, terms, plan, riskPrice_ticks, routedBy, shardIndex, now } = passed;
  invariant(plan.length === (startsWithUs(terms) ? 0 : 1), "an order has one leg, or waits");
  const deadline = earlier(passed.deadline, command.validUntil);
  const { orderId } = ids;
  const legs = plan.map(({ venue, timeInForce }, no): Leg => ({
    no,
    venue,
    clOrdId: newRequestId(shardIndex, orderId, no, now),
    state: "pending",
    ...(timeInForce === undefined ? {} : { timeInForce }),
    orderQty_lots: shown_lots(terms, terms.orderQty_lots),
    ...(terms.price_ticks === undefined ? {} : { price_ticks: terms.price_ticks }),
    cumQty_lots: 0,
  }));
  const opened: OrderEvent = {
    ...headNow(orderId, submitted, now),
    execType: "pending_new",
    digest: command.digest,
    terms,
    legs,
    ...(riskPrice_ticks === undefined ? {} : { riskPrice_ticks }),
    ...(routedBy === undefined ? {} : { routedBy }),
  };
  const requests = legs.map((leg): VenueRequest => ({
    venue: leg.venue,
    command: placeLeg(ids, terms, leg, deadline),
  }));
  return { events: [opened], requests, incidents: [] };
};

/** The request that places a leg: what we do ourselves for the order its venue is not told of. */
export const placeLeg = (
  { orderId }: Pick<OrderIds, "orderId">,
  terms: OrderTerms,
  leg: Leg,
  deadline: Nanos,
): PlaceLeg => {
  const { ordType, instrument, grid, side, execInst, trigger, held, algo } = terms;
  const { maxFloor_lots, expireTime } = terms;
  const timeInForce = leg.timeInForce ?? terms.timeInForce;
  const isTriggeredThere = trigger !== undefined && held?.trigger === undefined;
  const isWhole = execInst.includes("all_or_none") && timeInForce !== "fok";
  return {
    kind: "place",
    orderId,
    clOrdId: leg.clOrdId,
    instrument,
    grid,
    side,
    ordType: isTriggeredThere ? ordType : algo === undefined ? afterTrigger[ordType] : "limit",
    timeInForce,
    orderQty_lots: leg.orderQty_lots,
    ...(leg.price_ticks === undefined ? {} : { price_ticks: leg.price_ticks }),
    ...(isTriggeredThere ? { trigger } : {}),
    ...(timeInForce === "gtd" && expireTime !== undefined ? { expireTime } : {}),
    ...(maxFloor_lots === undefined || held?.slice !== undefined ? {} : { maxFloor_lots }),
    ...(execInst.includes("post_only") ? { postOnly: true } : {}),
    ...(isWhole ? { allOrNone: true } : {}),
    deadline,
  };
};

/** The earlier of a deadline and the moment until which the strategy meant its command. */
export const earlier = (deadline: Nanos, validUntil: Nanos | undefined): Nanos =>
  validUntil !== undefined && fromNanos(validUntil) < fromNanos(deadline) ? validUntil : deadline;
