/**
 * What operators' requests leave behind in a venue shard: a halt, mass cancels under way.
 *
 * Owns: the shapes of those states, facts, inputs and effects.
 */
import type { AskedBy, OperatorCancelCause, RuledBy } from "../../protocols/control.ts";
import type { ControlMemory } from "../../protocols/control_memory.ts";
import type { LegClOrdId, VenueId } from "../../protocols/kernel/ids.ts";
import type { ControlVerb } from "../../protocols/kernel/subjects.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { MassCancelAnswer, MassCancelRequest } from "./venue_link.ts";

/** No place or replace leaves. */
export interface HaltState {
  readonly by: RuledBy;
}

/** Whose places and replaces do not leave; without an account: nobody's. */
export interface HaltScope {
  readonly account?: string;
  /** With `account`. */
  readonly strategy?: string;
}

/** The scope of a halt, from anything that has one. */
export const haltScopeOf = ({ account, strategy }: HaltScope): HaltScope => ({
  ...(account === undefined ? {} : { account }),
  ...(strategy === undefined ? {} : { strategy }),
});

/** A halt's key: the venue's id, `<account>.*` or `<account>.<strategy>`. */
export const haltKey = (venue: VenueId, { account, strategy = "*" }: HaltScope): string =>
  account === undefined ? venue : `${account}.${strategy}`;

/** The keys of the halts that an order of an account's strategy is under, where they are set. */
export const haltKeysOf = (
  venue: VenueId,
  account: string,
  strategy: string,
): readonly string[] => [venue, haltKey(venue, { account }), haltKey(venue, { account, strategy })];

/** A mass cancel that is to be asked for, or was and has no answer. */
export interface MassCancelState {
  readonly stage:
    /** The rate budget does not let it leave yet. */
    | "waiting"
    /** The intent is durable; it may have left. */
    | "sending";
  readonly request: MassCancelRequest;
  readonly by: AskedBy;
  readonly cause: OperatorCancelCause;
  /** Whether what is open behind it is canceled by id. */
  readonly byId: boolean;
  readonly since: Nanos;
}

/** Actor kinds of operators' control, by key. */
export interface ControlActorKinds {
  /** By scope (`haltKey`): there where operators have halted trading. */
  readonly halt: HaltState;
  /** By its id: mass cancels without an answer. */
  readonly massCancel: MassCancelState;
  /** One: which requests of operators were carried out. */
  readonly control: ControlMemory;
}

/** Those kinds' names. */
export const controlActorKinds = ["halt", "massCancel", "control"] as const;

/**
 * How a mass cancel at a venue ends.
 * - `reported`: the venue says that it is done, and every report of it is in.
 * - `refused`: the venue did not take it. `not_sent`: it never left.
 * - `in_doubt`: no answer in time. It is not asked again; it may still have its effect.
 */
export type MassCancelOutcome = "reported" | "refused" | "not_sent" | "in_doubt";

/** Facts about operators' requests. */
export type ControlEvent =
  | {
      readonly type: "control_taken";
      readonly verb: ControlVerb;
      readonly by: AskedBy;
      /** The id that it came with, where it is carried out under another one. */
      readonly cameAs?: string;
      /** Of its body. */
      readonly digest: string;
      readonly at: Nanos;
    }
  /** From the commit of this fact no place or replace leaves: the fence. */
  | (HaltScope & { readonly type: "halt_set"; readonly by: RuledBy })
  | (HaltScope & { readonly type: "halt_lifted"; readonly by: AskedBy; readonly at: Nanos })
  | { readonly type: "mass_cancel_waiting"; readonly massCancel: MassCancelState }
  /** The durable intent: from now on the mass cancel may leave, once. */
  | {
      readonly type: "mass_cancel_sending";
      readonly massCancel: MassCancelState;
      readonly at: Nanos;
    }
  | {
      readonly type: "mass_cancel_ended";
      readonly clOrdId: LegClOrdId;
      readonly outcome: MassCancelOutcome;
      /** Orders that the venue says it has canceled. */
      readonly affected?: number;
      readonly at: Nanos;
    };

/** The venue, or the driver in its place, answered a mass cancel. */
export interface MassCancelAnswered {
  readonly type: "mass_cancel_answered";
  readonly link: number;
  readonly answer: MassCancelAnswer;
}

/** What the driver is asked to do. */
export type ControlEffect =
  /** `closed`: from the frame that says so on, no place or replace of that scope leaves. */
  | (HaltScope & { readonly type: "fence"; readonly closed: boolean })
  | { readonly type: "send_mass_cancel"; readonly request: MassCancelRequest };
