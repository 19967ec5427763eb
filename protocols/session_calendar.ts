/**
 * Trading sessions: when an instrument's day ends, and when its auctions are.
 *
 * A calendar has a time zone and weekly hours in local time, less its holidays. Without hours it is
 * open for ever (24x7) and its days end at local midnight. All windows are half open: a session is
 * on from its open until just before its close.
 *
 * Local times that a change of clocks takes away are moved on by the length of the gap, as
 * java.time does; of times that happen twice, an open is the first and a close the second, so that
 * a session never loses an hour that it has on paper.
 *
 * Owns: the arithmetic of civil days and hours on integer nanoseconds.
 * Never: reads a clock; says what an order does at these times.
 */
import { compileZone } from "./time_zone.ts";
import type { Instant_ns } from "./kernel/instant.ts";

/** Hours on some days of the week, in minutes after local midnight. */
export interface SessionHours {
  /** ISO 8601 days on which the session opens: 1 is Monday, 7 Sunday. */
  readonly weekdays: readonly number[];
  /** 0 to 1439. */
  readonly open_min: number;
  /** After `open_min`, at most a day later: above 1440 it closes on the next day. */
  readonly close_min: number;
}

/** A calendar as it is configured. */
export interface CalendarSpec {
  /** `UTC`, an offset such as `+05:30`, or an IANA name such as `America/New_York`. */
  readonly zone: string;
  /** None: open for ever. */
  readonly hours: readonly SessionHours[];
  /** Local dates, `YYYY-MM-DD`, on which no session opens. */
  readonly holidays: readonly string[];
  /** By local date: the minute at which that date's sessions are over. */
  readonly earlyCloses: Readonly<Record<string, number>>;
}

/** One session. */
export interface Session {
  readonly open_ns: Instant_ns;
  readonly close_ns: Instant_ns;
}

/** A calendar that is checked and ready. */
export interface SessionCalendar {
  /** False for 24x7: it never opens or closes, so it has no auctions. */
  readonly hasSessions: boolean;
  /** The session that is on; for 24x7 the local day. Undefined while it is closed. */
  readonly sessionAt: (now_ns: Instant_ns) => Session | undefined;
  /**
   * When an order that is good for the day ends: the close of the session that is on, else of the
   * next one. Undefined where no session comes within `horizon_days`.
   */
  readonly dayEnd: (now_ns: Instant_ns) => Instant_ns | undefined;
  /** The first open after now; undefined for 24x7 and beyond the horizon. */
  readonly nextOpen: (now_ns: Instant_ns) => Instant_ns | undefined;
  /** The first close after now; undefined for 24x7 and beyond the horizon. */
  readonly nextClose: (now_ns: Instant_ns) => Instant_ns | undefined;
}

/** How far ahead a session is looked for. */
export const horizon_days = 400;

/** Open for ever, days end at midnight UTC. */
export const always: CalendarSpec = { zone: "UTC", hours: [], holidays: [], earlyCloses: {} };

const minute_ns = 60_000_000_000n;
const day_min = 1_440;
const day_ns = BigInt(day_min) * minute_ns;
/** Days whose sessions are remembered. */
const remembered_max = 64;

/** Makes a calendar of its configuration, or says what is wrong with it. */
export const calendarOf = (spec: CalendarSpec): SessionCalendar | { readonly fault: string } => {
  const zone = compileZone(spec.zone);
  if (zone === undefined) return { fault: `zone: ${spec.zone} is no time zone` };
  const fault = faultOf(spec);
  if (fault !== undefined) return { fault };
  const local = (dayNo: number, minute: number, second: boolean): Instant_ns =>
    zone.instantOf(BigInt(dayNo) * day_ns + BigInt(minute) * minute_ns, second);
  const dayNoAt = (now_ns: Instant_ns): number =>
    Number(floorDivide(now_ns + zone.offset_ns(now_ns), day_ns));
  if (spec.hours.length === 0) return continuous(local, dayNoAt);

  const sessionsOf = remembering((dayNo: number): readonly Session[] =>
    minutesOf(spec, dayNo)
      .map(([open, close]) => ({
        open_ns: local(dayNo, open, false),
        close_ns: local(dayNo, close, true),
      }))
      .filter(({ open_ns, close_ns }) => open_ns < close_ns),
  );
  /** The first session, by its opening, that passes the test. */
  const first = (
    now_ns: Instant_ns,
    passes: (session: Session) => boolean,
  ): Session | undefined => {
    const from = dayNoAt(now_ns) - 2;
    for (let dayNo = from; dayNo <= from + horizon_days; dayNo += 1) {
      const found = sessionsOf(dayNo).find(passes);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const notOver = (now_ns: Instant_ns) => first(now_ns, (one) => now_ns < one.close_ns);
  return {
    hasSessions: true,
    sessionAt: (now_ns) => {
      const session = notOver(now_ns);
      return session !== undefined && session.open_ns <= now_ns ? session : undefined;
    },
    dayEnd: (now_ns) => notOver(now_ns)?.close_ns,
    nextOpen: (now_ns) => first(now_ns, (one) => now_ns < one.open_ns)?.open_ns,
    nextClose: (now_ns) => notOver(now_ns)?.close_ns,
  };
};

/** Days of a calendar that is open for ever, from local midnight to local midnight. */
const continuous = (
  local: (dayNo: number, minute: number, second: boolean) => Instant_ns,
  dayNoAt: (now_ns: Instant_ns) => number,
): SessionCalendar => {
  const dayAt = (now_ns: Instant_ns): Session => {
    const dayNo = dayNoAt(now_ns);
    return { open_ns: local(dayNo, 0, false), close_ns: local(dayNo + 1, 0, false) };
  };
  return {
    hasSessions: false,
    sessionAt: dayAt,
    dayEnd: (now_ns) => dayAt(now_ns).close_ns,
    nextOpen: () => undefined,
    nextClose: () => undefined,
  };
};

/** The sessions that open on a local date, in minutes of that day. */
const minutesOf = (spec: CalendarSpec, dayNo: number): readonly (readonly [number, number])[] => {
  const date = dateOf(dayNo);
  if (spec.holidays.includes(date)) return [];
  const early = Object.hasOwn(spec.earlyCloses, date) ? spec.earlyCloses[date] : undefined;
  return spec.hours
    .filter(({ weekdays }) => weekdays.includes(weekdayOf(dayNo)))
    .map(({ open_min, close_min }) => [open_min, Math.min(close_min, early ?? close_min)] as const)
    .filter(([open, close]) => open < close)
    .toSorted(([a], [b]) => a - b);
};

const faultOf = ({ hours, holidays, earlyCloses }: CalendarSpec): string | undefined => {
  for (const [index, { weekdays, open_min, close_min }] of hours.entries()) {
    const where = `hours.${index}`;
    if (weekdays.length === 0 || !weekdays.every((day) => isWithin(day, 1, 7))) {
      return `${where}.weekdays: 1 (Monday) to 7 (Sunday)`;
    }
    if (!isWithin(open_min, 0, day_min - 1)) return `${where}.open_min: 0 to 1439`;
    if (!isWithin(close_min, open_min + 1, open_min + day_min)) {
      return `${where}.close_min: after the open, at most a day later`;
    }
  }
  for (const date of [...holidays, ...Object.keys(earlyCloses)]) {
    if (!isDate(date)) return `${date} is no date`;
  }
  for (const [date, minute] of Object.entries(earlyCloses)) {
    if (!isWithin(minute, 0, 2 * day_min)) return `earlyCloses.${date}: minutes of that day`;
  }
  return overlap(hours);
};

/** Two sessions that are on at once, in the week of the configuration. */
const overlap = (hours: readonly SessionHours[]): string | undefined => {
  const week_min = 7 * day_min;
  const spans = hours
    .flatMap(({ weekdays, open_min, close_min }) =>
      weekdays.map((day) => {
        const from = (day - 1) * day_min + open_min;
        return [from, from + close_min - open_min] as const;
      }),
    )
    .toSorted(([a], [b]) => a - b);
  for (const [index, [, close]] of spans.entries()) {
    const next = spans[index + 1]?.[0] ?? (spans[0]?.[0] ?? 0) + week_min;
    if (next < close) return `hours: two sessions are on at once`;
  }
  return undefined;
};

const isWithin = (value: number, low: number, high: number): boolean =>
  Number.isSafeInteger(value) && low <= value && value <= high;

const isDate = (text: string): boolean => {
  const [, year = "", month = "", day = ""] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === "") return false;
  const at_ms = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return dateOf(Math.floor(at_ms / 86_400_000)) === text;
};

/** ISO weekday of a day counted from 1970-01-01, which was a Thursday. */
const weekdayOf = (dayNo: number): number => ((((dayNo + 3) % 7) + 7) % 7) + 1;

/**
 * The civil date of a day counted from 1970-01-01, by the algorithm of Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
 */
export const dateOf = (dayNo: number): string => {
  const z = dayNo + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${pad(month)}-${pad(day)}`;
};

const pad = (value: number): string => String(value).padStart(2, "0");

const floorDivide = (value: bigint, by: bigint): bigint => {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
};

const remembering = <A>(make: (dayNo: number) => A): ((dayNo: number) => A) => {
  const made = new Map<number, A>();
  return (dayNo) => {
    const known = made.get(dayNo);
    if (known !== undefined) return known;
    if (made.size >= remembered_max) made.clear();
    const value = make(dayNo);
    made.set(dayNo, value);
    return value;
  };
};
