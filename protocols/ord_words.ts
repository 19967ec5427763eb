/**
 * The contract's closed sets of words for what kind of order one is: FIX's, in our spelling.
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
