/**
 * What operators may ask of the deployment: the bodies of `oms.v1.admin.<endpoint>`.
 *
 * A scope is said in words and its fields must be those that the word needs, no more and no fewer:
 * a mistyped or forgotten field is refused and never means a wider scope.
 *
 * Owns: the form of these bodies. Unknown fields are refused.
 */
import { Effect, Schema } from "effect";
import { readerOf } from "./command.ts";
import { OperatorName, ReasonText } from "./control.ts";
import { SideWord } from "./order_fields.ts";
import * as scalar from "./scalar.ts";
import { tradingStates } from "./trading_state.ts";

const asked = {
  /** The idempotency key; one is made where it is absent, and told in the answer. */
  requestId: Schema.optionalKey(scalar.ClOrdToken),
  operator: OperatorName,
  reason: ReasonText,
} as const;

const scopeFields = {
  account: Schema.optionalKey(scalar.AccountToken),
  strategy: Schema.optionalKey(scalar.StrategyToken),
  venue: Schema.optionalKey(scalar.VenueToken),
} as const;

/** Which fields each scope needs. */
const neededBy = {
  all: [],
  account: ["account"],
  strategy: ["account", "strategy"],
  venue: ["venue"],
} as const satisfies Readonly<Record<string, readonly (keyof typeof scopeFields)[]>>;

/** How far a request reaches. */
export type ScopeWord = keyof typeof neededBy;

/** A scope as it is asked for. */
export interface AdminScope {
  readonly scope: ScopeWord;
  readonly account?: string;
  readonly strategy?: string;
  readonly venue?: string;
}

const isWhole = Schema.makeFilter((body: AdminScope) => {
  const needed: readonly string[] = neededBy[body.scope];
  for (const field of ["account", "strategy", "venue"] as const) {
    const isThere = body[field] !== undefined;
    if (isThere && !needed.includes(field)) {
      return { path: [field], issue: `does not go with scope ${body.scope}` };
    }
    if (!isThere && needed.includes(field)) {
      return { path: [field], issue: `scope ${body.scope} needs it` };
    }
  }
  return undefined;
});

/** Body of `trading_state`. */
export const AdminTradingState = Schema.Struct({
  ...asked,
  scope: Schema.Literals(["all", "account", "strategy"]),
  ...scopeFields,
  state: Schema.Literals(tradingStates),
}).check(isWhole);

/** Body of `kill`. */
export const AdminKill = Schema.Struct({
  ...asked,
  scope: Schema.Literals(["all", "account", "strategy", "venue"]),
  ...scopeFields,
}).check(isWhole);

/** Body of `resume`: lifts what was set for exactly that scope. */
export const AdminResume = Schema.Struct({
  ...asked,
  scope: Schema.Literals(["all", "account", "strategy", "venue"]),
  ...scopeFields,
}).check(isWhole);

/**
 * Body of `release`: the venue's session may be used again after its quarantine, and what the venue
 * has closed to us before the time that it said.
 */
export const AdminRelease = Schema.Struct({ ...asked, venue: scalar.VenueToken });

/** Body of `mass_cancel`. */
export const AdminMassCancel = Schema.Struct({
  ...asked,
  scope: Schema.Literals(["account", "strategy", "venue"]),
  ...scopeFields,
  instrument: Schema.optionalKey(scalar.InstrumentToken),
  side: Schema.optionalKey(SideWord),
}).check(isWhole);

/** Body of `reconcile`: the venue's record and ours are held against each other, now. */
export const AdminReconcile = Schema.Struct({ ...asked, venue: scalar.VenueToken });

/** Body of `status`; none is the whole. */
export const AdminStatus = Schema.Struct({
  /** Longest wait for another node's answer. */
  wait_ms: Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 5_000 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(1_000)),
  ),
});

/** Reads the body of `trading_state`. */
export const readAdminTradingState = readerOf(AdminTradingState);
/** Reads the body of `kill`. */
export const readAdminKill = readerOf(AdminKill);
/** Reads the body of `resume`. */
export const readAdminResume = readerOf(AdminResume);
/** Reads the body of `release`. */
export const readAdminRelease = readerOf(AdminRelease);
/** Reads the body of `mass_cancel`. */
export const readAdminMassCancel = readerOf(AdminMassCancel);
/** Reads the body of `reconcile`. */
export const readAdminReconcile = readerOf(AdminReconcile);
/** Reads the body of `status`. */
export const readAdminStatus = readerOf(AdminStatus, "{}");
