/**
 * What a paper venue does by itself, one behaviour a line: each with the fault that brings it
 * about, the orders that it may happen to, and what it then does.
 *
 * What is legal: an execution that was reported may be taken back or corrected at any time, also
 * after its order's end, each by its id or by that of its last correction, and said again under the
 * same or under another id. What that gives back to an order that is open works again or is gone;
 * a filled order may come back to life by it, one that was canceled or expired does not. The end of
 * the day is the end of every order that is not good for longer, however it came to be there then.
 *
 * Owns: that table. A behaviour of another kind is another line.
 */
import type { FaultName } from "./faults.ts";
import { figures, isTrading, isWorking, leavesOf, standingOf } from "./paper_order.ts";
import type { PaperFill, PaperOrder } from "./paper_order.ts";
import type { PaperVenue, Said } from "./paper_venue.ts";

/** Something that a venue may do to an order. */
export interface PaperBehaviour {
  readonly fault: FaultName;
  /** Whether it can happen to an order. */
  readonly to: (order: PaperOrder) => boolean;
  readonly act: (venue: PaperVenue, order: PaperOrder) => void;
}

/** The times in force that a day's end does not end (FIX 59). */
const overnight: ReadonlySet<string> = new Set(["gtc", "gtd"]);

const hasFills = (order: PaperOrder): boolean => standingOf(order).length > 0;

const halt =
  (how: "suspended" | "done_for_day") =>
  (venue: PaperVenue, order: PaperOrder): void => {
    order.halted = how;
    venue.say(order, { execType: how, ...figures(order), ended: false });
  };

/** What may happen, in the order in which it is asked for. */
export const behaviours: readonly PaperBehaviour[] = [
  {
    fault: "venue_cancels",
    to: isWorking,
    act: (venue, order) => venue.end(order, "canceled", { text: "by the venue" }),
  },
  {
    fault: "venue_expires",
    to: isWorking,
    act: (venue, order) => venue.end(order, "expired", { text: "day is over" }),
  },
  { fault: "trade_busted", to: hasFills, act: (venue, order) => bustOne(venue, order) },
  { fault: "trade_corrected", to: hasFills, act: (venue, order) => correctOne(venue, order) },
  { fault: "execution_repeated_late", to: (order) => order.fills.length > 0, act: repeatOne },
  { fault: "venue_restates", to: isWorking, act: restate },
  { fault: "venue_suspends", to: isTrading, act: halt("suspended") },
  {
    fault: "venue_done_for_day",
    to: isTrading,
    act: (venue, order) => {
      if (overnight.has(order.timeInForce)) halt("done_for_day")(venue, order);
      else venue.end(order, "expired", {}, "done_for_day");
    },
  },
];

/** Something happens at the venue by itself: a behaviour, or another's order trades with ours. */
export const live = (venue: PaperVenue): void => {
  const { prng, faults } = venue.options;
  for (const { fault, to, act } of behaviours) {
    const some = venue.orders().filter(to);
    if (some.length === 0 || !faults.strikes(fault)) continue;
    act(venue, prng.pick(some));
    return;
  }
  const open = venue.orders().filter(isWorking);
  if (open.length === 0) return;
  const order = prng.pick(open);
  if (isTrading(order)) venue.fill(order, venue.share(order), order.price_ticks ?? 1);
  else goOn(venue, order);
};

/** An order that was not traded for a time is traded again. */
const goOn = (venue: PaperVenue, order: PaperOrder): void => {
  delete order.halted;
  const execType = venue.options.prng.pick(["new", "restated"] as const);
  venue.say(order, { execType, ...figures(order), ended: false });
};

/** An execution of the order is taken back. */
const bustOne = (venue: PaperVenue, order: PaperOrder): void => {
  const { prng } = venue.options;
  const [at, fill] = prng.pick(standingOf(order));
  amend(venue, order, at, fill, { ...fill, qty_lots: 0 });
};

/** An execution of the order was another one: quantity, price, both, or nothing that we know of. */
const correctOne = (venue: PaperVenue, order: PaperOrder): void => {
  const { prng } = venue.options;
  const [at, fill] = prng.pick(standingOf(order));
  const room =
    isWorking(order) || order.status === "filled"
      ? leavesOf(order)
      : order.orderQty_lots - order.cumQty_lots;
  const most = fill.qty_lots + Math.max(0, room);
  const wanted = prng.pick([fill.qty_lots, 1, fill.qty_lots - 1, fill.qty_lots + 1, most]);
  const qty_lots = Math.min(most, Math.max(1, wanted));
  const price_ticks = fill.price_ticks + prng.pick([0, 1, -1]);
  if (!isWorking(order) && qty_lots > fill.qty_lots) order.contradicted = true;
  amend(venue, order, at, fill, { ...fill, qty_lots, price_ticks });
};

const amend = (
  venue: PaperVenue,
  order: PaperOrder,
  at: number,
  before: PaperFill,
  after: PaperFill,
): void => {
  const { prng, faults } = venue.options;
  const moved_lots = after.qty_lots - before.qty_lots;
  const isBust = after.qty_lots === 0;
  const execId = venue.execIds.ofReport();
  const execIds = isBust ? before.execIds : [...before.execIds, execId];
  order.fills[at] = { ...after, execIds };
  order.amended = true;
  order.cumQty_lots += moved_lots;
  follow(venue, order, moved_lots);
  const said: Said = {
    execType: isBust ? "trade_cancel" : "trade_correct",
    ...figures(order),
    refExecId: prng.pick(before.execIds),
    lastQty_lots: isBust ? before.qty_lots : after.qty_lots,
    lastPx_ticks: after.price_ticks,
    leavesQty_lots: leavesOf(order),
    ended: !isWorking(order),
  };
  venue.say(order, said, execId);
  if (!faults.strikes("amend_repeated")) return;
  venue.say(order, said, isBust && prng.chance(0.5) ? venue.execIds.ofReport() : execId);
};

/** What an amended count means for what works of the order. */
const follow = ({ options: { prng } }: PaperVenue, order: PaperOrder, moved_lots: number): void => {
  if (isWorking(order)) {
    if (moved_lots < 0 && prng.chance(0.3)) order.orderQty_lots += moved_lots;
    const isAll = order.cumQty_lots >= order.orderQty_lots;
    if (isAll) order.status = "filled";
    else order.status = order.cumQty_lots > 0 ? "partially_filled" : "new";
    if (isAll) delete order.halted;
  } else if (order.status === "filled" && moved_lots < 0) {
    // What it had said to be canceled stays so.
    if (order.endedBy !== undefined || prng.chance(0.6)) {
      order.status = "canceled";
      if (order.endedBy === undefined && prng.chance(0.5)) order.saysFilled = true;
    } else order.status = order.cumQty_lots > 0 ? "partially_filled" : "new";
  } else if (order.cumQty_lots >= order.orderQty_lots) {
    order.status = "filled";
  }
};

/** The venue says an old execution once more, word for word. */
function repeatOne(venue: PaperVenue, order: PaperOrder): void {
  const { prng } = venue.options;
  const told = venue.log
    .executions(order.root, 0)
    .filter(({ execType, execId }) => execType === "trade" && isOf(order, execId));
  const report = told.length === 0 ? undefined : prng.pick(told);
  if (report === undefined) return;
  const { execId, tsEvent, clOrdId: _, ...said } = report;
  // Its time tells it from another one under its id, since that was taken back.
  const at = order.amended ? tsEvent : undefined;
  venue.say(order, { ...said, ended: !isWorking(order) }, execId, at);
}

const isOf = ({ fills }: PaperOrder, execId: string): boolean =>
  fills.some(({ execIds }) => execIds[0] === execId);

/** The venue changes quantity (downwards) or price by itself. */
function restate(venue: PaperVenue, order: PaperOrder): void {
  const { prng } = venue.options;
  const { orderQty_lots, cumQty_lots, price_ticks } = order;
  if (orderQty_lots - cumQty_lots > 1 && prng.chance(0.7)) {
    order.orderQty_lots = prng.between(cumQty_lots + 1, orderQty_lots - 1);
  } else if (price_ticks !== undefined) {
    order.price_ticks = price_ticks + prng.pick([1, -1]);
  }
  const isHalted = order.halted === "suspended";
  const execType = isHalted ? "suspended" : "restated";
  if (!isHalted) delete order.halted;
  venue.say(order, { execType, ...figures(order), ended: false });
}
