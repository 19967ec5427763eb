/**
 * The scalars of the wire contract as schemas: tokens, decimals, instants, printable text.
 *
 * The patterns carry the `u` flag, which is what puts them into the generated JSON Schemas; the
 * alphabet of tokens itself stays in `kernel/ids.ts`.
 *
 * Owns: how a scalar of the contract is written in JSON.
 * Never: makes a number of a decimal; knows a tick or a lot.
 */
import { Schema } from "effect";
import { tokenPattern } from "./kernel/ids.ts";
import { decimalLength_max } from "./kernel/decimal.ts";
import { externalStrategy } from "./kernel/subjects.ts";

const token = Schema.String.check(
  Schema.isPattern(new RegExp(tokenPattern.source, "u"), {
    expected: "a token: 1 to 36 of A-Z a-z 0-9 _ -, not starting with _",
  }),
);

/** An account's token. */
export const AccountToken = token.pipe(Schema.brand("AccountId"));
/** A strategy's token. */
export const StrategyToken = token.pipe(Schema.brand("StrategyId"));
/** Whose order an event tells of: a strategy's token, or the name that adopted orders go by. */
export const OwnerToken = Schema.String.check(
  Schema.isPattern(new RegExp(`${tokenPattern.source}|^${externalStrategy}$`, "u"), {
    expected: `a strategy's token, or ${externalStrategy}`,
  }),
).pipe(Schema.brand("StrategyId"));
/** A strategy's own id of an order, a replace or a cancel. */
export const ClOrdToken = token.pipe(Schema.brand("ClOrdId"));
/** An instrument's token. */
export const InstrumentToken = token.pipe(Schema.brand("InstrumentId"));
/** A venue's token. */
export const VenueToken = token.pipe(Schema.brand("VenueId"));

const decimalLength = Schema.isMaxLength(decimalLength_max, { expected: "fewer digits" });

/** A decimal above zero. */
export const PositiveDecimal = Schema.String.check(
  Schema.isPattern(/^(?=.*[1-9])(0|[1-9][0-9]*)(\.[0-9]+)?$/u, {
    expected: "a decimal above zero in a string",
  }),
  decimalLength,
);

/** A decimal that may be zero, not negative. */
export const UnsignedDecimal = Schema.String.check(
  Schema.isPattern(/^(0|[1-9][0-9]*)(\.[0-9]+)?$/u, { expected: "a decimal in a string" }),
);

/** A decimal of either sign: a price (spreads trade below zero), an amount of money. */
export const SignedDecimal = Schema.String.check(
  Schema.isPattern(/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/u, { expected: "a decimal in a string" }),
);

/** A price as a command may give it: either sign, bounded length. */
export const PriceDecimal = SignedDecimal.check(decimalLength);

/** Integer nanoseconds since the epoch in a string. */
export const NanosText = Schema.String.check(
  Schema.isPattern(/^(0|[1-9][0-9]{0,19})$/u, { expected: "nanoseconds in a string" }),
).pipe(Schema.brand("Nanos"));

/**
 * Text that a strategy attaches to an order. Control characters are refused: one of them is the
 * field separator of FIX, and others steer terminals.
 */
export const NoteText = Schema.String.check(
  Schema.isPattern(/^[^\p{Cc}\p{Cs}]{0,64}$/u, {
    expected: "at most 64 characters, none of them a control character",
  }),
);

/** A currency's code. */
export const CurrencyCode = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9]{1,12}$/u));

/** An order's or a position's version: 1, 2, 3… */
export const Version = Schema.Int.check(
  Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
);
