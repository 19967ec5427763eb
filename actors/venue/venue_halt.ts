/**
 * A venue's halt: the fence in front of its wire.
 *
 * What is promised. The fence time is the commit of the frame that states `halt_set`. From then on
 * this shard hands no place and no replace to the venue's socket, until a frame with `halt_lifted`
 * is committed: not one that comes, not one that waits, and not one whose intent stands in that
 * very frame before the halt (the driver sees the fence before it performs anything of the frame,
 * and a resume before the last halt of a frame opens nothing).
 * What earlier frames have intended was handed over before, because a frame is performed in one go
 * before the next one is built; of that the operating system may have bytes on their way, this
 * process has none (the driver ends a link that has an order's bytes unsent). Cancels, questions
 * and reports pass. The halt outlives owner and node; only an operator lifts it.
 *
 * A halt of an account or of a strategy is the same fence for theirs alone: what their shard sent
 * before it was told does not leave any more either. Such a halt ends no link.
 *
 * Owns: setting and lifting it. The question is asked by `venue_gate.ts` of everything that would
 * leave, and by the driver once more.
 */
import { askedByOf } from "../../protocols/control.ts";
import type { AskedBy } from "../../protocols/control.ts";
import { partsOfOrderId } from "../../protocols/kernel/ids.ts";
import type { OrderId } from "../../protocols/kernel/ids.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import { haltKey, haltKeysOf, haltScopeOf } from "./control_state.ts";
import type { HaltScope, HaltState } from "./control_state.ts";
import { sessionOf, tellGate } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** The halt of the whole venue, if there is one. */
export const haltOf = ({
  space,
  options,
}: Pick<VenueTurn, "space" | "options">): HaltState | undefined => space.get("halt", options.venue);

/** Why no place or replace of an order may leave; undefined where it is not halted. */
export const haltRefusal = (turn: VenueTurn, orderId: OrderId): Refusal | undefined => {
  const { space, options } = turn;
  if (space.size("halt") === 0) return undefined;
  const { venue } = options;
  const { account, strategy } = partsOfOrderId(orderId);
  for (const key of haltKeysOf(venue, account, strategy)) {
    const halt = space.get("halt", key);
    if (halt === undefined) continue;
    const { requestId } = halt.by;
    if (key === venue) return { code: "VENUE_HALTED", text: `venue=${key} requestId=${requestId}` };
    return { code: "TRADING_HALTED", text: `scope=${key} requestId=${requestId}` };
  }
  return undefined;
};

/** Sets the fence; where it is the venue's, account shards are told to route nothing here. */
export const setHalt = (turn: VenueTurn, asked: AskedBy & HaltScope): void => {
  const scope = haltScopeOf(asked);
  turn.emit({ type: "halt_set", ...scope, by: { ...askedByOf(asked), since: turn.now } });
  turn.perform({ type: "fence", ...scope, closed: true });
  publish(turn, "halted", asked);
  if (asked.account !== undefined) return;
  tellGate(turn, false, `halted by ${asked.operator}: ${asked.reason}`);
};

/** Lifts the fence of exactly that scope; the venue's is routed to again where it is open. */
export const liftHalt = (turn: VenueTurn, asked: AskedBy & HaltScope): void => {
  const scope = haltScopeOf(asked);
  if (turn.space.get("halt", haltKey(turn.options.venue, scope)) === undefined) return;
  turn.emit({ type: "halt_lifted", ...scope, by: askedByOf(asked), at: turn.now });
  turn.perform({ type: "fence", ...scope, closed: false });
  publish(turn, "active", asked);
  if (asked.account !== undefined) return;
  const { status } = sessionOf(turn.space, turn.options);
  if (status === "open") tellGate(turn, true, `resumed by ${asked.operator}: ${asked.reason}`);
};

/** A new owner's driver knows nothing of the fences. */
export const keepFence = (turn: VenueTurn): void => {
  for (const [key] of turn.space.entries("halt")) {
    turn.perform({ type: "fence", ...scopeOfKey(key), closed: true });
  }
};

/** The scope that a halt's key was made of. */
export const scopeOfKey = (key: string): HaltScope => {
  const [account, strategy] = key.split(".");
  if (account === undefined || strategy === undefined) return {};
  return strategy === "*" ? { account } : { account, strategy };
};

const publish = (
  turn: VenueTurn,
  tradingState: "halted" | "active",
  asked: AskedBy & HaltScope,
): void => {
  const { options, now } = turn;
  const { venue } = options;
  turn.publish(venueEventSubject(venue, "trading_state"), (eventId) => ({
    eventId,
    venue,
    ...haltScopeOf(asked),
    tradingState,
    ...askedByOf(asked),
    tsEvent: now,
    tsInit: now,
  }));
};
