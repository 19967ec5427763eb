/**
 * The contract's closed sets of words for what kind of order one is, where it stands and what has
 * happened to it: FIX's, in our spelling.
 */

/** Order types of the contract. */
export const ordTypes = [
  "market",
  "limit",
  "stop",
  "stop_limit",
  "market_if_touched",
  "limit_if_touched",
  "trailing_stop",
] as const;
/** An order type of the contract. */
export type OrdType = (typeof ordTypes)[number];

/** Times in force of the contract. */
export const timesInForce = [
  "day",
  "gtc",
  "ioc",
  "fok",
  "gtd",
  "at_the_open",
  "at_the_close",
] as const;
/** A time in force of the contract. */
export type TimeInForce = (typeof timesInForce)[number];

/** Execution instructions of the contract. */
export const execInsts = ["post_only", "reduce_only", "all_or_none"] as const;
/** An execution instruction of the contract. */
export type ExecInst = (typeof execInsts)[number];

/** FIX OrdStatus in words. */
export const ordStatuses = [
  "pending_new",
  "new",
  "partially_filled",
  "filled",
  "pending_cancel",
  "canceled",
  "pending_replace",
  "denied",
  "rejected",
  "expired",
  "done_for_day",
  "suspended",
  "in_doubt",
] as const;
/** FIX OrdStatus in words. */
export type OrdStatus = (typeof ordStatuses)[number];

/** What kind of event it is; also the last token of its subject. */
export const execTypes = [
  "pending_new",
  "new",
  "trade",
  "pending_cancel",
  "canceled",
  "cancel_rejected",
  "pending_replace",
  "replaced",
  "replace_rejected",
  "denied",
  "rejected",
  "expired",
  "done_for_day",
  "triggered",
  "trade_cancel",
  "trade_correct",
  "in_doubt",
  "restated",
  "order_status",
] as const;
/** What kind of event it is. */
export type ExecType = (typeof execTypes)[number];
