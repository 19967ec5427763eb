/**
 * Quarantine: a session that is not to be used until a person has looked.
 *
 * It is journaled and outlives every restart of the shard and of its owner. Nothing leaves: orders
 * are answered, cancels and questions wait, what had left is in doubt and asked for afterwards.
 *
 * Owns: the way in and the way out.
 */
import { connect, loseLink } from "./venue_relink.ts";
import { publishIncident, sessionOf } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Why a session is quarantined; an operator's alarm is keyed by it. */
export type QuarantineCause =
  /** Somebody else logs on to our session, again and again. */
  | "duplicate_owner"
  /** Another venue or session answers than was called. */
  | "wrong_party"
  /** The venue or the wire breaks the protocol again and again. */
  | "protocol_faults"
  /** What the venue counts and what we know do not add up, also after asking for everything. */
  | "conservation";

/** Puts the session into quarantine; does nothing where it is in it. */
export const quarantine = (turn: VenueTurn, cause: QuarantineCause, text: string): void => {
  const { status } = sessionOf(turn.space, turn.options);
  if (status === "quarantined") return;
  const reason = `${cause}: ${text}`;
  publishIncident(turn, "quarantined", text, { cause, from: status });
  loseLink(turn, "quarantined", reason);
  turn.perform({ type: "end_link", reason });
};

/** A person lets the session out: it connects and reconciles as after any lost link. */
export const release = (
  turn: VenueTurn,
  { operator, text }: { readonly operator: string; readonly text: string },
): void => {
  const { status, reason } = sessionOf(turn.space, turn.options);
  if (status !== "quarantined") {
    publishIncident(turn, "release_ignored", `the session is ${status}`, { operator });
    return;
  }
  // What led to it counts no more: the next trouble is a new one.
  turn.emit({ type: "troubles_forgotten", at: turn.now });
  publishIncident(turn, "released", text, { operator, was: reason });
  const released = `released by ${operator}: ${text}`;
  loseLink(turn, "disconnected", released);
  connect(turn, released);
};
