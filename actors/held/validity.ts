/**
 * How long an order may live, and when one that waits for an auction is sent.
 *
 * - `day`: until the close of the session that is on, else of the next one.
 * - `gtd`: until `expireTime`.
 * - `ioc`, `fok` behind a trigger: the wait ends like `day`.
 * - `at_the_open`, `at_the_close`: sent at the next open or `closeLead_ms` before the next close,
 *   and not later than `auctionWindow_ms` after that moment: a node that was down does not send an
 *   opening order in the afternoon. One that comes within `auctionCutoff_ms` before the moment is
 *   too late, as at an exchange.
 *
 * Owns: these moments. Never: reads a clock or a configuration file.
 */
import type { AuctionTimes } from "../../protocols/instrument.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { milliseconds, toNanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import type { TimeInForce } from "../../protocols/ord_words.ts";
import type { SessionCalendar } from "../../protocols/session_calendar.ts";

/** Auction times where a configuration does not say. */
export const auctionTimes_default: AuctionTimes = {
  auctionCutoff_ms: 0,
  auctionWindow_ms: 60_000,
  closeLead_ms: 5_000,
};

/** The moments of an order's life that we watch over; absent ones never come. */
export interface Validity {
  /** Not sent before. */
  readonly release_ns?: Instant_ns;
  /** Ended by us at this moment, if it still lives. */
  readonly expire_ns?: Instant_ns;
}

/** The moments of an order that comes now, or why it comes too late or can never be. */
export const validityOf = (
  order: {
    readonly timeInForce: TimeInForce;
    /** FIX ExpireTime (126), with `gtd`. */
    readonly expire_ns?: Instant_ns;
    /** Whether it waits, by us, for a trigger. */
    readonly waits: boolean;
    /** Whether it waits, by us, for an auction. */
    readonly auction: boolean;
  },
  calendar: SessionCalendar,
  times: AuctionTimes,
  now_ns: Instant_ns,
): Validity | Refusal => {
  switch (order.timeInForce) {
    case "gtc":
      return {};
    case "gtd":
      if (order.expire_ns === undefined || order.expire_ns <= now_ns) {
        return refuse("EXPIRE_TIME_PASSED", {
          expireTime: order.expire_ns === undefined ? "none" : toNanos(order.expire_ns),
          now: toNanos(now_ns),
        });
      }
      return { expire_ns: order.expire_ns };
    case "day":
      return untilDayEnd(calendar, now_ns);
    case "ioc":
    case "fok":
      return order.waits ? untilDayEnd(calendar, now_ns) : {};
    case "at_the_open":
    case "at_the_close":
      return order.auction ? atAuction(order.timeInForce, calendar, times, now_ns) : {};
  }
};

/** Whether an order can be valid. */
export const isValid = (answer: Validity | Refusal): answer is Validity => !("code" in answer);

const untilDayEnd = (calendar: SessionCalendar, now_ns: Instant_ns): Validity | Refusal => {
  const expire_ns = calendar.dayEnd(now_ns);
  return expire_ns === undefined ? refuse("SESSION_NONE") : { expire_ns };
};

const atAuction = (
  timeInForce: "at_the_open" | "at_the_close",
  calendar: SessionCalendar,
  times: AuctionTimes,
  now_ns: Instant_ns,
): Validity | Refusal => {
  const isOpening = timeInForce === "at_the_open";
  const next_ns = isOpening ? calendar.nextOpen(now_ns) : calendar.nextClose(now_ns);
  if (next_ns === undefined) return refuse("SESSION_NONE", { timeInForce });
  const release_ns = isOpening ? next_ns : next_ns - milliseconds(times.closeLead_ms);
  const cutoff_ns = release_ns - milliseconds(times.auctionCutoff_ms);
  if (now_ns >= cutoff_ns) {
    return refuse("SESSION_CUTOFF", { timeInForce, cutoff: toNanos(cutoff_ns) });
  }
  const late_ns = release_ns + milliseconds(times.auctionWindow_ms);
  const expire_ns = isOpening || late_ns < next_ns ? late_ns : next_ns;
  return { release_ns, expire_ns };
};
