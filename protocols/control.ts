/**
 * What operators tell shards: durable messages in their mailboxes, like everything else.
 *
 * Every one says who asks and why, and carries a request id by which it is carried out once,
 * however often it arrives. Nobody but operators (and the admin service for them) may publish it.
 *
 * Owns: the form of these messages. Bodies are strict: an unknown field is refused, so that a
 * mistyped scope is never a wider one.
 * Never: says what a shard does with it.
 */
import { Schema } from "effect";
import { readerOf } from "./command.ts";
import type { InstrumentId, VenueId } from "./kernel/ids.ts";
import type { Nanos } from "./kernel/instant.ts";
import { SideWord } from "./order_fields.ts";
import * as scalar from "./scalar.ts";
import { tradingStates } from "./trading_state.ts";
import type { Side } from "./venue.ts";

/** Who asks: a name, a login or an address. */
export const OperatorName = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/u, {
    expected: "1 to 64 of A-Z a-z 0-9 _ . @ -, beginning with a letter or digit",
  }),
);

/** Why: for the journal and for whoever reads it in a year. */
export const ReasonText = Schema.String.check(
  Schema.isPattern(/^[^\p{Cc}\p{Cs}]{1,200}$/u, {
    expected: "1 to 200 characters, none of them a control character",
  }),
);

/** What every request of an operator carries. */
export const askedBy = {
  /** The idempotency key: the same request under the same id changes nothing. */
  requestId: scalar.ClOrdToken,
  operator: OperatorName,
  reason: ReasonText,
} as const;

const accountScope = {
  /** Absent: every account, also those that are not known yet. */
  account: Schema.optionalKey(scalar.AccountToken),
  /** With `account`: that strategy alone. */
  strategy: Schema.optionalKey(scalar.StrategyToken),
} as const;

const hasAccount = Schema.makeFilter(
  ({ account, strategy }: { readonly account?: string; readonly strategy?: string }) =>
    strategy === undefined || account !== undefined
      ? undefined
      : { path: ["strategy"], issue: "goes with an account" },
);

/** To an account shard: what its accounts may do from now on. */
export const TradingStateControl = Schema.Struct({
  ...askedBy,
  ...accountScope,
  state: Schema.Literals(tradingStates),
}).check(hasAccount);

/** To an account shard: halt, and cancel every open order until none is left. */
export const KillControl = Schema.Struct({ ...askedBy, ...accountScope }).check(hasAccount);

/** To an account shard: cancel the open orders that pass the filters, once. */
export const MassCancelControl = Schema.Struct({
  ...askedBy,
  ...accountScope,
  instrument: Schema.optionalKey(scalar.InstrumentToken),
  side: Schema.optionalKey(SideWord),
}).check(hasAccount);

/** To a venue shard: no place or replace (of an account, of a strategy) leaves from now on. */
export const HaltControl = Schema.Struct({
  ...askedBy,
  ...accountScope,
  /** Also ask the venue to cancel everything, where it can be asked for all at once. */
  massCancel: Schema.optionalKey(Schema.Boolean),
  /** And then have canceled by id whatever is still open there, until nothing is left. */
  byId: Schema.optionalKey(Schema.Boolean),
}).check(
  hasAccount,
  Schema.makeFilter(({ account, massCancel, byId }) =>
    account === undefined || (massCancel !== true && byId !== true)
      ? undefined
      : { path: ["account"], issue: "its orders are canceled by its own shard" },
  ),
);

/** To a venue shard: lifts the halt of exactly that scope. */
export const ResumeControl = Schema.Struct({ ...askedBy, ...accountScope }).check(hasAccount);

/** To a venue shard: reconciles; or releases its session from quarantine. */
export const VenueControl = Schema.Struct({ ...askedBy });

/** To a venue shard: cancel the open orders there that pass the filters, once. */
export const VenueMassCancelControl = Schema.Struct({
  ...askedBy,
  instrument: Schema.optionalKey(scalar.InstrumentToken),
  side: Schema.optionalKey(SideWord),
});

/** Who asked, and why. */
export interface AskedBy {
  readonly requestId: string;
  readonly operator: string;
  readonly reason: string;
}

/** Who asked, taken from a request. */
export const askedByOf = ({ requestId, operator, reason }: AskedBy): AskedBy => ({
  requestId,
  operator,
  reason,
});

/** What is in force by an operator's word, and since when. */
export interface RuledBy extends AskedBy {
  readonly since: Nanos;
}

/** Why operators have orders canceled: it decides how long it is tried. */
export type OperatorCancelCause = "kill" | "mass_cancel";

/**
 * A venue shard tells account shards to cancel what is open at its venue, each order by its id:
 * behind the reports of what the venue itself has canceled.
 */
export interface CancelAtVenue {
  readonly kind: "cancel_at_venue";
  readonly venue: VenueId;
  readonly cause: OperatorCancelCause;
  readonly by: AskedBy;
  readonly instrument?: InstrumentId;
  readonly side?: Side;
}

/** Reads a `trading_state` of an account shard. */
export const readTradingState = readerOf(TradingStateControl);
/** Reads a `kill` of an account shard. */
export const readKill = readerOf(KillControl);
/** Reads a `mass_cancel` of an account shard. */
export const readMassCancelControl = readerOf(MassCancelControl);
/** Reads a `halt` of a venue shard. */
export const readHalt = readerOf(HaltControl);
/** Reads a `resume` of a venue shard. */
export const readResume = readerOf(ResumeControl);
/** Reads a `reconcile` or a `release` of a venue shard. */
export const readVenueControl = readerOf(VenueControl);
/** Reads a `mass_cancel` of a venue shard. */
export const readVenueMassCancel = readerOf(VenueMassCancelControl);
