/**
 * At rest, with nothing going wrong any more, nothing is left open: no order in doubt or with
 * anything on its way, no request unanswered at any venue's shard, every gate open, no order past
 * its time, and every order stands exactly where its venue's own record says it stands. A slice may
 * wait for its venue's rate budget: then nothing of it is there.
 *
 * Left out are the orders of which a venue cannot tell any more what became of them.
 */
import { fromNanos } from "../../../protocols/kernel/instant.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";
import type { OrderState } from "../../../protocols/order.ts";
import type { Leg } from "../../../protocols/order_leg.ts";
import { followsParent } from "../../../protocols/order_bond.ts";
import { hasEnded, isHeld, isLive, ordStatusOf } from "../../../protocols/ord_status.ts";
import { isSliced } from "../../../actors/order/order_slice.ts";
import { isWorking } from "../paper_order.ts";
import type { PaperOrder } from "../paper_order.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence } from "./checker.ts";
import { notTold } from "./not_told.ts";
import { strayPlace, waitingLegs } from "./waiting_legs.ts";

const name = "quiescence";

/** How late an order may end whose time is over: one more try of its cancel, and its answer. */
const late_ns = 3_000_000_000n;

/** Makes the checker. */
export const quiescence: CheckerMaker = (evidence) => ({
  name,
  unrest: () => unsettledVenue(evidence) ?? unsettledOrder(evidence),
  atRest: () => {
    const { mirrors, venues } = evidence;
    const excused = notTold(evidence);
    const there = new Map<OrderId, PaperOrder[]>();
    for (const venue of venues.values()) {
      for (const order of venue.orders()) {
        there.set(order.orderId, [...(there.get(order.orderId) ?? []), order]);
      }
    }
    const here = new Map<string, OrderState>();
    for (const { space } of mirrors.accounts.values()) {
      for (const [id, order] of space.entries("order")) here.set(id, order);
    }
    const waiting = waitingLegs(evidence);
    const stray = strayPlace(evidence, waiting, here);
    if (stray !== undefined) throw new Violation(name, stray);
    const isThere = (leg: Leg): boolean => isLive(leg) && !waiting.has(leg.clOrdId);
    for (const [id, legs] of there) {
      const difference = excused.has(id) ? undefined : differenceOf(legs, here.get(id), isThere);
      if (difference !== undefined) throw new Violation(name, `${id}: ${difference}`);
    }
    for (const order of here.values()) {
      const { orderId: id } = order;
      if (excused.has(id) || there.has(id)) continue;
      const isOpen = order.phase !== "unseen" && !hasEnded(order) && !isWithUs(order);
      if (isOpen) throw new Violation(name, `${id} is open at no venue`);
      if (order.cumQty_lots > 0) throw new Violation(name, `${id} traded where?`);
    }
  },
});

const unsettledVenue = ({ mirrors, venues }: Evidence): string | undefined => {
  for (const [id, venue] of venues) {
    const space = mirrors.venues.get(id)?.space;
    const session = space?.get("session", id);
    if (space === undefined || session?.status !== "open") {
      return `${id}'s session is ${session?.status ?? "unborn"}: ${session?.reason ?? ""}`;
    }
    const isTaken = session.inboundSeq === venue.log.lastSeq;
    if (!isTaken || session.incarnation !== venue.log.incarnation) {
      return `${id}: reports are on their way`;
    }
    for (const kind of ["doubt", "waiting", "check", "checking"] as const) {
      const [first] = space.entries(kind);
      if (first !== undefined) return `${id}: ${kind} ${JSON.stringify(first)}`;
    }
    for (const [, request] of space.entries("request")) {
      const isLeft = request.stage === "unresolved";
      if (!isLeft) return `${id}: request ${JSON.stringify(request)}`;
    }
  }
  return undefined;
};

const unsettledOrder = (evidence: Evidence): string | undefined => {
  const { mirrors } = evidence;
  const excused = notTold(evidence);
  const over_ns = evidence.now_ns() - late_ns;
  for (const { space } of mirrors.accounts.values()) {
    for (const [id, order] of space.entries("order")) {
      if (excused.has(order.orderId)) continue;
      const status = ordStatusOf(order);
      const isWaiting = isWithUs(order) && status === "pending_new";
      const unsettled = status === "in_doubt" || status.startsWith("pending_");
      if (unsettled && !isWaiting) return `${id} is ${status}`;
      const isProvisional = space.get("provisional", order.orderId) !== undefined;
      if (isProvisional) return `${id} has fills that its venue has not told`;
      if (order.owedQty_lots !== undefined) return `${id} is owed ${order.owedQty_lots}`;
      const expire = order.terms?.held?.expire;
      if (expire !== undefined && fromNanos(expire) < over_ns && isOpen(order)) {
        return `${id} is ${status} and should have ended at ${expire}`;
      }
    }
  }
  return undefined;
};

/** No venue has anything of it to work on: it waits, is between slices, or its parent goes on. */
const isWithUs = (order: OrderState): boolean =>
  isHeld(order) || ((isSliced(order) || isFollowing(order)) && !order.legs.some(isLive));

const isOpen = (order: OrderState): boolean => order.phase !== "unseen" && !hasEnded(order);

const differenceOf = (
  legs: readonly PaperOrder[],
  here: OrderState | undefined,
  isThere: (leg: Leg) => boolean,
): string | undefined => {
  if (here?.terms === undefined) return "at a venue, unknown here";
  const cum = legs.reduce((sum, { cumQty_lots }) => sum + cumQty_lots, 0);
  if (here.cumQty_lots !== cum) return `cum ${cum} there, ${here.cumQty_lots} here`;
  const working = legs.filter(isWorking);
  if (working.length > 1) return `${working.length} of it are open there`;
  const [open] = working;
  const isSliced = here.terms.held?.slice !== undefined;
  // Between two slices the rest is with us.
  const isInParts = isSliced || here.terms.algo !== undefined || isFollowing(here);
  const isBetween = isInParts && !hasEnded(here);
  if (here.terms.algo !== undefined) return workedDifference(open, here, isThere);
  if (open === undefined && isBetween && !here.legs.some(isThere)) return undefined;
  if (open === undefined) return endDifference(legs, here);
  if (hasEnded(here)) return `${open.status} there, ${here.phase} here`;
  const { terms, phase } = here;
  const others = cum - open.cumQty_lots;
  const total = open.orderQty_lots + others;
  if (!isSliced && terms.orderQty_lots !== total) return `${total}, ${terms.orderQty_lots} here`;
  const isHalted = phase === "suspended" || phase === "done_for_day";
  if ((open.halted ?? phase) !== phase || (open.halted === undefined && isHalted)) {
    return `${open.halted ?? "traded"} there, ${phase} here`;
  }
  return terms.price_ticks === open.price_ticks
    ? undefined
    : `price ${open.price_ticks} there, ${terms.price_ticks} here`;
};

/** Whether it follows what another order executes: its part is done, and it may go on. */
const isFollowing = ({ terms }: OrderState): boolean => followsParent(terms?.bond);

/** How the slice of a worked order differs: it has a quantity and a price of its own. */
const workedDifference = (
  open: PaperOrder | undefined,
  { legs, phase }: OrderState,
  isThere: (leg: Leg) => boolean,
): string | undefined => {
  const leg = legs.find(isThere);
  if (open === undefined || leg === undefined) {
    return open === undefined && leg === undefined
      ? undefined
      : `${open?.status ?? "nothing"} there, ${leg?.state ?? phase} here`;
  }
  const isSame = leg.price_ticks === open.price_ticks && leg.orderQty_lots === open.orderQty_lots;
  return isSame ? undefined : `${open.orderQty_lots}@${open.price_ticks ?? ""} is open there`;
};

/** How an order that is over at its venue differs; the last of its legs says how it ended. */
const endDifference = (legs: readonly PaperOrder[], here: OrderState): string | undefined => {
  const last = legs.at(-1);
  if (last === undefined || !hasEnded(here)) return `${last?.status} there, ${here.phase} here`;
  const isSliced = here.terms?.held?.slice !== undefined;
  const isSimple = legs.length === 1 && !isSliced && !last.contradicted;
  // Canceled to make room, and nothing was left for another leg: the order is filled.
  if (here.phase === "filled" && here.cumQty_lots >= (here.terms?.orderQty_lots ?? 0)) {
    return undefined;
  }
  // A child that had done all that was in force ends as its parent, or its strategy, wants it.
  if (isFollowing(here) && last.status === "filled") return undefined;
  // The end of a day is told as that, or as an expiry; what we cancel at its time expires too.
  const mayBe = [last.status, "expired", "done_for_day"];
  if (
    !isSimple ||
    here.legs.length > 1 ||
    last.status === "expired" ||
    here.phase === last.status
  ) {
    return undefined;
  }
  const isOurs = last.status === "canceled" && here.terms?.held?.expire !== undefined;
  return isOurs && mayBe.includes(here.phase) ? undefined : `${last.status}, ${here.phase} here`;
};
