/**
 * A venue's halt: the fence in front of its wire.
 *
 * What is promised. The fence time is the commit of the frame that states `halt_set`. From then on
 * this shard hands no place and no replace to the venue's socket, until a frame with `halt_lifted`
 * is committed: not one that comes, not one that waits, and not one whose intent stands in that
 * very frame before the halt (the driver sees the fence before it performs anything of the frame).
 * What earlier frames have intended was handed over before, because a frame is performed in one go
 * before the next one is built; of that the operating system may have bytes on their way, this
 * process has none (the driver ends a link that has an order's bytes unsent). Cancels, questions
 * and reports pass. The halt outlives owner and node; only an operator lifts it.
 *
 * Owns: setting and lifting it. The question is asked by `venue_gate.ts` of everything that would
 * leave, and by the driver once more.
 */
import { askedByOf } from "../../protocols/control.ts";
import type { AskedBy } from "../../protocols/control.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import type { HaltState } from "./control_state.ts";
import { sessionOf, tellGate } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** The halt in force, if there is one. */
export const haltOf = ({
  space,
  options,
}: Pick<VenueTurn, "space" | "options">): HaltState | undefined => space.get("halt", options.venue);

/** Why no place or replace may leave; undefined where the venue is not halted. */
export const haltRefusal = (turn: VenueTurn): Refusal | undefined => {
  const halt = haltOf(turn);
  if (halt === undefined) return undefined;
  const { venue } = turn.options;
  return { code: "VENUE_HALTED", text: `venue=${venue} requestId=${halt.by.requestId}` };
};

/** Sets the fence, and tells account shards that nothing is to be routed here. */
export const setHalt = (turn: VenueTurn, asked: AskedBy): void => {
  turn.emit({ type: "halt_set", by: { ...askedByOf(asked), since: turn.now } });
  turn.perform({ type: "fence", closed: true });
  publish(turn, "halted", asked);
  tellGate(turn, false, `halted by ${asked.operator}: ${asked.reason}`);
};

/** Lifts the fence; orders are routed here again where the session is open. */
export const liftHalt = (turn: VenueTurn, asked: AskedBy): void => {
  if (haltOf(turn) === undefined) return;
  turn.emit({ type: "halt_lifted", by: askedByOf(asked), at: turn.now });
  turn.perform({ type: "fence", closed: false });
  publish(turn, "active", asked);
  const { status } = sessionOf(turn.space, turn.options);
  if (status === "open") tellGate(turn, true, `resumed by ${asked.operator}: ${asked.reason}`);
};

/** A new owner's driver knows nothing of the fence. */
export const keepFence = (turn: VenueTurn): void => {
  if (haltOf(turn) !== undefined) turn.perform({ type: "fence", closed: true });
};

const publish = (turn: VenueTurn, tradingState: "halted" | "active", asked: AskedBy): void => {
  const { options, now } = turn;
  const { venue } = options;
  turn.publish(venueEventSubject(venue, "trading_state"), (eventId) => ({
    eventId,
    venue,
    tradingState,
    ...askedByOf(asked),
    tsEvent: now,
    tsInit: now,
  }));
};
