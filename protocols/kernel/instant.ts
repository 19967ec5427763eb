/**
 * Points in time: integer nanoseconds since the Unix epoch.
 *
 * A bigint while we compute, a decimal string at rest and on the wire (JSON has no such integer).
 * `tsEvent` is when a thing happened at its source, `tsInit` when we made the object about it.
 */
import { Schema } from "effect";

/** Nanoseconds since the epoch, in memory. */
export type Instant_ns = bigint;

/** Nanoseconds since the epoch as a decimal string: the form at rest and on the wire. */
export const Nanos = Schema.String.check(Schema.isPattern(/^(0|[1-9][0-9]{0,19})$/)).pipe(
  Schema.brand("Nanos"),
);
/** Nanoseconds since the epoch as a decimal string. */
export type Nanos = typeof Nanos.Type;

/** The resting form of an instant. */
export const toNanos = (instant: Instant_ns): Nanos => instant.toString() as Nanos;

/** The computing form of an instant. */
export const fromNanos = (text: Nanos): Instant_ns => BigInt(text);

/** Milliseconds as nanoseconds. */
export const milliseconds = (count: number): bigint => BigInt(Math.round(count * 1e6));
