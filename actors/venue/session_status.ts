/**
 * The states of a venue session and which may follow which: one table, a row a line.
 *
 * Owns: the table. Orders leave only in `open`; cancels, queries and reports also while
 * reconciling and draining.
 * Never: says why a state changes (`venue_session.ts` does).
 */

/** Where a session with a venue stands. */
export type SessionStatus =
  /** No connection, or one that is not to be used any more. */
  | "disconnected"
  /** A connection is being made, or the logon waits for its answer. */
  | "connecting"
  /** Logged on; the venue re-sends what we missed. */
  | "logged_on"
  /** Everything missed is in; what is still without an answer is being asked for. */
  | "reconciling"
  /** Takes orders. */
  | "open"
  /** Asked to end: no new orders; cancels leave and answers are waited for, a bounded time. */
  | "draining"
  /** Not to be used until a person releases it; outlives every restart. Nothing leaves. */
  | "quarantined";

const successors: Readonly<Record<SessionStatus, readonly SessionStatus[]>> = {
  disconnected: ["connecting", "disconnected", "quarantined"],
  connecting: ["logged_on", "disconnected", "quarantined"],
  logged_on: ["reconciling", "disconnected", "quarantined"],
  reconciling: ["open", "reconciling", "draining", "disconnected", "quarantined"],
  open: ["draining", "disconnected", "quarantined"],
  draining: ["disconnected", "quarantined"],
  quarantined: ["disconnected", "quarantined"],
};

/** Whether a session may go from one state to the other. */
export const mayFollow = (from: SessionStatus, to: SessionStatus): boolean =>
  successors[from].includes(to);

/** Whether requests that need no open gate (cancels, queries) can leave in this state. */
export const isLinkReady = (status: SessionStatus): boolean =>
  status === "reconciling" || status === "open" || status === "draining";

/** Whether a session has no connection: what was asked on one is not answered any more. */
export const isLinkless = (status: SessionStatus): boolean =>
  status === "disconnected" || status === "quarantined";

/** Whether reports of the link are taken in this state. */
export const takesReports = (status: SessionStatus): boolean =>
  status === "logged_on" || isLinkReady(status);
