/**
 * Trading sessions in a deployment's configuration: local clock times, as people write them.
 *
 * Owns: the form of an instrument's `sessions`, and its way to a calendar.
 */
import { Schema } from "effect";
import { always, calendarOf } from "../protocols/session_calendar.ts";
import type { SessionCalendar, SessionHours } from "../protocols/session_calendar.ts";

const clock = /^(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)$/u;
const ClockTime = Schema.String.check(
  Schema.isPattern(clock, { expected: "a time of day, 00:00 to 24:00" }),
);

/** An instrument's sessions as they are configured; absent hours mean 24x7. */
export const SessionsFile = Schema.Struct({
  /** `UTC`, `±hh:mm` or an IANA name. */
  zone: Schema.String,
  /** A close at or before its open is on the next day. */
  hours: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ weekdays: Schema.Array(Schema.Int), open: ClockTime, close: ClockTime }),
    ),
  ),
  /** Local dates without a session. */
  holidays: Schema.optionalKey(Schema.Array(Schema.String)),
  /** By local date, when its sessions are over. */
  earlyCloses: Schema.optionalKey(Schema.Record(Schema.String, ClockTime)),
});

/** The calendar of a configuration, or what is wrong with it. */
export const calendarOfFile = (
  file: typeof SessionsFile.Type,
): SessionCalendar | { readonly fault: string } =>
  calendarOf({
    ...always,
    zone: file.zone,
    hours: (file.hours ?? []).map(hoursOf),
    holidays: file.holidays ?? [],
    earlyCloses: Object.fromEntries(
      Object.entries(file.earlyCloses ?? {}).map(([date, time]) => [date, minuteOf(time)]),
    ),
  });

const hoursOf = (hours: {
  readonly weekdays: readonly number[];
  readonly open: string;
  readonly close: string;
}): SessionHours => {
  const open_min = minuteOf(hours.open);
  const close_min = minuteOf(hours.close);
  return {
    weekdays: hours.weekdays,
    open_min,
    close_min: close_min > open_min ? close_min : close_min + 1_440,
  };
};

const minuteOf = (time: string): number => {
  const [hours = "", minutes = ""] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
};
