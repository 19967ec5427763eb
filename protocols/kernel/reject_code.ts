/**
 * Why a command was refused: one closed set of stable codes, grouped by stage in the order in which
 * they are checked. A code is never renamed or reused; its meaning is what strategies rely on.
 *
 * Owns: the set and FIX's OrdRejReason (103) for each.
 * Never: confuses *denied* (by us) with *rejected* (by a venue).
 */

/** One code's meaning. */
export interface RejectMeaning {
  /** Which stage says it. */
  readonly stage: "ingress" | "reference" | "state" | "risk" | "route" | "order" | "venue" | "oms";
  /** FIX OrdRejReason (103), 99 = other. */
  readonly fix: number;
  /** What it means to a strategy's author. */
  readonly meaning: string;
}

/** Every code. */
export const rejectCodes = {
  MALFORMED: { stage: "ingress", fix: 99, meaning: "The command could not be read." },
  ID_CONFLICT: { stage: "ingress", fix: 6, meaning: "The id was used with another body." },
  COMMAND_EXPIRED: { stage: "ingress", fix: 8, meaning: "validUntil had passed on arrival." },
  COMMAND_STALE: { stage: "ingress", fix: 8, meaning: "It waited longer than the OMS allows." },
  ACCOUNT_UNKNOWN: { stage: "reference", fix: 15, meaning: "No such account is configured." },
  INSTRUMENT_UNKNOWN: { stage: "reference", fix: 1, meaning: "No such instrument." },
  PRICE_OFF_TICK: { stage: "reference", fix: 99, meaning: "The price is off the tick grid." },
  PRICE_REQUIRED: { stage: "reference", fix: 99, meaning: "The order type needs this price." },
  PRICE_NOT_ALLOWED: {
    stage: "reference",
    fix: 99,
    meaning: "The order type takes no such price.",
  },
  QTY_OFF_LOT: { stage: "reference", fix: 13, meaning: "The quantity is off the lot grid." },
  QTY_BELOW_MINIMUM: { stage: "reference", fix: 13, meaning: "Below the smallest order." },
  ORDER_TYPE_UNSUPPORTED: {
    stage: "reference",
    fix: 11,
    meaning: "The order type is not offered.",
  },
  TIF_UNSUPPORTED: { stage: "reference", fix: 11, meaning: "The time in force is not offered." },
  EXEC_INST_UNSUPPORTED: { stage: "reference", fix: 11, meaning: "An instruction is not offered." },
  MAX_FLOOR_INVALID: {
    stage: "reference",
    fix: 13,
    meaning: "maxFloor is off the grid, too small, too many slices, or not below the quantity.",
  },
  ALGO_UNSUPPORTED: {
    stage: "reference",
    fix: 11,
    meaning: "The algorithm does not go with the order's type, time in force or instructions.",
  },
  ALGO_TIME_INVALID: {
    stage: "reference",
    fix: 99,
    meaning: "The algorithm's times have passed, are out of order, or outlive the order.",
  },
  ALGO_SLICES_INVALID: {
    stage: "reference",
    fix: 13,
    meaning: "The algorithm's slices would be too small, too many or too close.",
  },
  ALGO_PROFILE_MISSING: {
    stage: "reference",
    fix: 99,
    meaning: "No volume profile for that time, neither in the order nor configured.",
  },
  EXPIRE_TIME_PASSED: { stage: "reference", fix: 99, meaning: "expireTime had passed on arrival." },
  SESSION_NONE: { stage: "reference", fix: 2, meaning: "The instrument has no such session." },
  SESSION_CUTOFF: { stage: "reference", fix: 4, meaning: "Too late for the coming auction." },
  CONTINGENCY_UNSUPPORTED: { stage: "reference", fix: 11, meaning: "Contingency is not offered." },
  CONTINGENCY_INVALID: { stage: "reference", fix: 99, meaning: "The orders do not go together." },
  CONTINGENCY_PEER_DENIED: {
    stage: "reference",
    fix: 99,
    meaning: "Another order of its group was denied.",
  },
  GRID_CHANGED: { stage: "reference", fix: 99, meaning: "The position is on another grid." },
  TRADING_HALTED: { stage: "state", fix: 99, meaning: "The account is halted." },
  TRADING_CANCEL_ONLY: { stage: "state", fix: 99, meaning: "The account may only cancel." },
  TRADING_REDUCING: { stage: "state", fix: 99, meaning: "Only what lowers the position passes." },
  VENUE_HALTED: { stage: "state", fix: 99, meaning: "Operators halted trading at the venue." },
  RISK_LIMIT_MISSING: { stage: "risk", fix: 99, meaning: "A limit is not configured." },
  RISK_INSTRUMENT_NOT_ELIGIBLE: { stage: "risk", fix: 99, meaning: "Not for this account." },
  RISK_MAX_ORDER_QTY: { stage: "risk", fix: 13, meaning: "Above the largest order quantity." },
  RISK_PRICE_MISSING: { stage: "risk", fix: 19, meaning: "No reference price." },
  RISK_PRICE_STALE: { stage: "risk", fix: 19, meaning: "The reference price is too old." },
  RISK_PRICE_COLLAR: { stage: "risk", fix: 16, meaning: "Too far from the reference price." },
  RISK_MAX_NOTIONAL: { stage: "risk", fix: 20, meaning: "Above the largest order value." },
  RISK_OPEN_ORDERS: { stage: "risk", fix: 3, meaning: "Too many open orders." },
  RISK_POSITION_LIMIT: { stage: "risk", fix: 3, meaning: "The worst case breaks the limit." },
  RISK_REDUCE_ONLY: { stage: "risk", fix: 99, meaning: "It could take the position through zero." },
  RISK_REDUCE_ONLY_OPEN: {
    stage: "risk",
    fix: 99,
    meaning: "Open reduce-only orders hold that part of the position.",
  },
  ROUTE_VENUE_UNKNOWN: { stage: "route", fix: 99, meaning: "No such venue, or not for it." },
  ROUTE_VENUE_DOWN: { stage: "route", fix: 99, meaning: "The venue takes no orders now." },
  ROUTE_VENUE_BREAKER: {
    stage: "route",
    fix: 99,
    meaning: "The venue is left alone for a while after too many troubles, or is being tried.",
  },
  ROUTE_NO_VENUE: { stage: "route", fix: 99, meaning: "No venue can take the order now." },
  ORDER_UNKNOWN: { stage: "order", fix: 5, meaning: "No such order." },
  ORDER_CLOSED: { stage: "order", fix: 4, meaning: "Too late: the order has ended." },
  ORDER_PENDING_CANCEL: { stage: "order", fix: 99, meaning: "A cancel is already under way." },
  ORDER_PENDING_REPLACE: { stage: "order", fix: 99, meaning: "Replaces are already under way." },
  ORDER_IN_DOUBT: { stage: "order", fix: 99, meaning: "Its outcome at the venue is unknown." },
  REPLACE_LIMIT: { stage: "order", fix: 99, meaning: "It was replaced as often as it can be." },
  REPLACE_CHANGES_NOTHING: { stage: "order", fix: 99, meaning: "Same terms as the order has." },
  VENUE_REJECTED: { stage: "venue", fix: 99, meaning: "The venue refused; its text is kept." },
  VENUE_NOT_SENT: { stage: "venue", fix: 99, meaning: "It never left for the venue." },
  VENUE_RATE_LIMITED: { stage: "venue", fix: 99, meaning: "The venue's rate limits left no room." },
  VENUE_WITHDRAWN: { stage: "venue", fix: 99, meaning: "It was taken back before it left." },
  INTERNAL_ERROR: { stage: "oms", fix: 99, meaning: "The OMS failed on it; it was parked." },
} as const satisfies Record<string, RejectMeaning>;

/** A stable code. */
export type RejectCode = keyof typeof rejectCodes;

/** A refusal: the code, and the numbers that broke it as `key=value` words. */
export interface Refusal {
  readonly code: RejectCode;
  /** For a person or a log, for example `orderQty=12.5 limit=10`. */
  readonly text: string;
}

/** Makes a refusal; context values are decimal strings or tokens, never another account's data. */
export const refuse = (
  code: RejectCode,
  context: Readonly<Record<string, string | number>> = {},
): Refusal => ({
  code,
  text: Object.entries(context)
    .map(([key, value]) => `${key}=${value}`)
    .join(" "),
});
