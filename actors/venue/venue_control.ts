/**
 * What operators ask of a venue shard: halt, resume, mass cancel, reconcile, release; each carried
 * out once.
 *
 * Owns: reading the requests and noting who asked. One that cannot be read throws: it is parked
 * with its cause, and changes nothing.
 */
import { Result } from "effect";
import {
  askedByOf,
  readHalt,
  readResume,
  readVenueControl,
  readVenueMassCancel,
} from "../../protocols/control.ts";
import type { AskedBy } from "../../protocols/control.ts";
import { controlMemoryKey, idToCarryOut } from "../../protocols/control_memory.ts";
import type { CommandReader, Digested } from "../../protocols/command.ts";
import type { ControlVerb } from "../../protocols/kernel/subjects.ts";
import { reopenRate, waitsUntil } from "./rate_budget.ts";
import { tryBreaker } from "./venue_breaker.ts";
import { liftHalt, setHalt } from "./venue_halt.ts";
import { beginMassCancel } from "./venue_mass_cancel.ts";
import { failQueue } from "./venue_queue.ts";
import { beginRun, isReconciled } from "./venue_reconcile.ts";
import { connect } from "./venue_relink.ts";
import { release } from "./venue_quarantine.ts";
import { settle } from "./venue_session.ts";
import { sessionOf } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Takes a request of an operator. */
export const onControl = (turn: VenueTurn, what: ControlVerb, data: Uint8Array): void => {
  switch (what) {
    case "halt": {
      const asked = takeOnce(turn, what, readControl(readHalt, data));
      if (asked === undefined) return;
      setHalt(turn, asked);
      // What waits is answered at once; nothing of it can leave any more.
      failQueue(turn);
      const { massCancel = false, byId = false } = asked;
      if (massCancel || byId) beginMassCancel(turn, { by: asked, cause: "kill", byId });
      return;
    }
    case "resume": {
      const asked = takeOnce(turn, what, readControl(readResume, data));
      if (asked !== undefined) liftHalt(turn, asked);
      return;
    }
    case "mass_cancel": {
      const asked = takeOnce(turn, what, readControl(readVenueMassCancel, data));
      if (asked === undefined) return;
      const { instrument, side } = asked;
      beginMassCancel(turn, {
        by: asked,
        cause: "mass_cancel",
        byId: true,
        ...(instrument === undefined ? {} : { instrument }),
        ...(side === undefined ? {} : { side }),
      });
      return;
    }
    case "reconcile":
      if (takeOnce(turn, what, readControl(readVenueControl, data)) !== undefined) {
        beginRun(turn, "demand");
      }
      return;
    case "release": {
      const asked = takeOnce(turn, what, readControl(readVenueControl, data));
      if (asked !== undefined) onRelease(turn, asked);
      return;
    }
    case "trading_state":
    case "kill":
      throw new Error(`${what} is not for a venue shard`);
    default:
      return what satisfies never;
  }
};

/**
 * Out of quarantine; and what the venue has closed to us is open again, before the time that it
 * said, where a person knows better: also for a logon and a reconciliation that wait for that time.
 */
const onRelease = (turn: VenueTurn, { operator, reason }: AskedBy): void => {
  const released = `released by ${operator}: ${reason}`;
  const isLogonLate = waitsUntil(turn, "logon") !== undefined;
  const isOpened = reopenRate(turn, released);
  const isTried = tryBreaker(turn);
  const { status } = sessionOf(turn.space, turn.options);
  if (status === "quarantined" || (!isOpened && !isTried)) {
    release(turn, { operator, text: reason });
    return;
  }
  if (status === "disconnected" && isOpened && isLogonLate) connect(turn, released);
  if (!isReconciled(turn)) beginRun(turn, "demand");
  settle(turn);
};

/** The request as read. Throws where its body is none. */
export const readControl = <Asked>(reader: CommandReader<Asked>, data: Uint8Array): Asked => {
  const asked = reader(data);
  if (Result.isSuccess(asked)) return asked.success;
  throw new Error(`MALFORMED at ${asked.failure.path}: ${asked.failure.message}`);
};

/** The request, noted, under the id to carry it out by; undefined where it was before. */
export const takeOnce = <Asked extends AskedBy & Digested>(
  turn: VenueTurn,
  verb: ControlVerb,
  asked: Asked,
): Asked | undefined => {
  const memory = turn.space.get("control", controlMemoryKey);
  const { requestId: cameAs, digest } = asked;
  const requestId = idToCarryOut(memory, { requestId: cameAs, verb, digest });
  if (requestId === undefined) return undefined;
  const taken = { ...asked, requestId };
  const renamed = requestId === cameAs ? {} : { cameAs };
  const by = askedByOf(taken);
  turn.emit({ type: "control_taken", verb, by, ...renamed, digest, at: turn.now });
  return taken;
};
