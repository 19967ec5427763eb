/**
 * A gate that stays shut says why: what the session waits for becomes the reason of its status.
 *
 * Owns: those words, and how often they are said. Never: decides whether the gate opens.
 */
import { fromNanos } from "../../protocols/kernel/instant.ts";
import { contestedUntil_ns } from "./venue_guard.ts";
import { brokenMapping, isReconciled, reconcileOf } from "./venue_reconcile.ts";
import { boundedText } from "./bounded_text.ts";
import { changeStatus, sessionOf, span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Tells what a session waits for that has been reconciling for long, where that is news. */
export const tellGateShut = (turn: VenueTurn): void => {
  const { space, options, now_ns } = turn;
  const { status, since, reason } = sessionOf(space, options);
  if (status !== "reconciling") return;
  if (now_ns < fromNanos(since) + span_ns(options.guard.gateShut_ms)) return;
  const text = boundedText(whyShut(turn));
  if (text !== reason) changeStatus(turn, "reconciling", text);
};

const whyShut = (turn: VenueTurn): string => {
  const broken = brokenMapping(turn);
  if (broken !== undefined) return broken;
  const { space } = turn;
  const { unknown = [] } = reconcileOf(turn);
  const [doubts, orders] = [space.size("doubt"), space.size("check") + space.size("checking")];
  const parts = unknown.length === 0 ? "its answers" : unknown.join(", ");
  const waits = [
    ...(isReconciled(turn) ? [] : [`the venue's record: ${parts}`]),
    ...(doubts === 0 ? [] : [`${doubts} requests in doubt`]),
    ...(orders === 0 ? [] : [`${orders} orders asked for`]),
    ...(contestedUntil_ns(turn) === undefined ? [] : ["whether another logon comes"]),
  ];
  return `the gate waits for ${waits.join("; ")}`;
};
