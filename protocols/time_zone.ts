/**
 * Time zones: the offset of local time from UTC, and the instant that a local time is.
 *
 * Offsets of IANA zones come from the tables of the JavaScript engine. What is decided by them is
 * journaled as an instant, so that a replay on another engine decides nothing anew.
 *
 * Owns: the treatment of local times that do not exist or happen twice.
 * Never: reads a clock.
 */
import type { Instant_ns } from "./kernel/instant.ts";

/** A time zone, ready for use. Local times are nanoseconds of a clock that is never changed. */
export interface Zone {
  /** What local time is ahead of UTC at an instant. */
  readonly offset_ns: (at_ns: Instant_ns) => bigint;
  /**
   * The instant of a local time. One that happens twice is its first or its second; one that never
   * happens is moved on by the length of the gap.
   */
  readonly instantOf: (local_ns: bigint, second: boolean) => Instant_ns;
}

const minute_ns = 60_000_000_000n;
const second_ns = 1_000_000_000n;
/** Farther from any change of clocks than one change is from the next. */
const away_ns = 24n * 60n * minute_ns;

/** The zone of a name: `UTC`, `±hh:mm`, or an IANA name; undefined where it is none. */
export const compileZone = (name: string): Zone | undefined => {
  const fixed = fixedOffset(name);
  if (fixed !== undefined) {
    return { offset_ns: () => fixed, instantOf: (local_ns) => local_ns - fixed };
  }
  const offset_ns = ianaOffset(name);
  if (offset_ns === undefined) return undefined;
  const instantOf = (local_ns: bigint, second: boolean): Instant_ns => {
    const before = offset_ns(local_ns - away_ns);
    const after = offset_ns(local_ns + away_ns);
    const real = [local_ns - before, local_ns - after].filter(
      (at_ns) => at_ns + offset_ns(at_ns) === local_ns,
    );
    const [one, other] = real;
    if (one === undefined) return local_ns - before;
    if (other === undefined) return one;
    return one < other === second ? other : one;
  };
  return { offset_ns, instantOf };
};

const fixedOffset = (name: string): bigint | undefined => {
  if (name === "UTC") return 0n;
  const match = /^([+-])([01][0-9]|2[0-3]):([0-5][0-9])$/.exec(name);
  if (match === null) return undefined;
  const [, sign, hours = "", minutes = ""] = match;
  const offset = BigInt(Number(hours) * 60 + Number(minutes)) * minute_ns;
  return sign === "-" ? -offset : offset;
};

const ianaOffset = (name: string): ((at_ns: Instant_ns) => bigint) | undefined => {
  // The engine also takes bare offsets; ours are read above.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "iso8601",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch {
    return undefined;
  }
  return (at_ns) => {
    const at_s = floorSeconds(at_ns);
    const at_ms = Number(at_s) * 1_000;
    const figures = new Map(
      format.formatToParts(at_ms).map(({ type, value }) => [type, Number(value)]),
    );
    const of = (type: Intl.DateTimeFormatPartTypes): number => figures.get(type) ?? Number.NaN;
    const local_ms = Date.UTC(
      of("year"),
      of("month") - 1,
      of("day"),
      of("hour"),
      of("minute"),
      of("second"),
    );
    return BigInt(local_ms - at_ms) * 1_000_000n;
  };
};

const floorSeconds = (at_ns: Instant_ns): bigint => {
  const seconds = at_ns / second_ns;
  return at_ns % second_ns < 0n ? seconds - 1n : seconds;
};
