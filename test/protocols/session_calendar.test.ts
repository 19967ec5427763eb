/** Session calendars: hours, holidays, changes of clocks, against what a wall clock shows. */
import { describe, expect, it } from "vitest";
import { createPrng } from "../../deploy/simulator/prng.ts";
import { always, calendarOf, dateOf } from "../../protocols/session_calendar.ts";
import type { CalendarSpec, SessionCalendar } from "../../protocols/session_calendar.ts";

const calendar = (spec: Partial<CalendarSpec>): SessionCalendar => {
  const made = calendarOf({ ...always, ...spec });
  if ("fault" in made) throw new Error(made.fault);
  return made;
};

const at = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n;
const iso = (at_ns: bigint | undefined): string =>
  at_ns === undefined ? "never" : new Date(Number(at_ns / 1_000_000n)).toISOString();

const weekdays = [1, 2, 3, 4, 5];
const day = { weekdays, open_min: 570, close_min: 960 };
const newYork = calendar({ zone: "America/New_York", hours: [day] });
/** Sunday to Thursday 18:00 to 17:00 of the next day, as futures trade. */
const futures = calendar({
  zone: "America/Chicago",
  hours: [{ weekdays: [7, 1, 2, 3, 4], open_min: 1_080, close_min: 2_460 }],
});

describe("a calendar without hours", () => {
  it("is open for ever and its days end at midnight", () => {
    const utc = calendar({});
    expect(utc.hasSessions).toBe(false);
    expect(iso(utc.dayEnd(at("2026-03-08T13:00:00Z")))).toBe("2026-03-09T00:00:00.000Z");
    expect(iso(utc.dayEnd(at("2026-03-09T00:00:00Z")))).toBe("2026-03-10T00:00:00.000Z");
    expect(utc.nextOpen(0n)).toBeUndefined();
    expect(utc.nextClose(0n)).toBeUndefined();
  });

  it("has a day of 23 and one of 25 hours where clocks change", () => {
    const berlin = calendar({ zone: "Europe/Berlin" });
    const length_h = (noon: string): bigint => {
      const session = berlin.sessionAt(at(noon));
      return session === undefined ? 0n : (session.close_ns - session.open_ns) / 3_600_000_000_000n;
    };
    expect(length_h("2026-03-29T12:00:00Z")).toBe(23n);
    expect(length_h("2026-10-25T12:00:00Z")).toBe(25n);
    expect(length_h("2026-07-01T12:00:00Z")).toBe(24n);
  });

  it("begins a day whose midnight does not exist with the first moment that does", () => {
    // In Santiago the clocks went from 24:00 on September 5, 2026 to 01:00.
    const santiago = calendar({ zone: "America/Santiago" });
    expect(iso(santiago.sessionAt(at("2026-09-06T12:00:00Z"))?.open_ns)).toBe(
      "2026-09-06T04:00:00.000Z",
    );
    expect(iso(santiago.dayEnd(at("2026-09-06T03:59:59Z")))).toBe("2026-09-06T04:00:00.000Z");
  });

  it("takes fixed offsets", () => {
    const kathmandu = calendar({ zone: "+05:45" });
    expect(iso(kathmandu.dayEnd(at("2026-01-01T00:00:00Z")))).toBe("2026-01-01T18:15:00.000Z");
    expect(iso(calendar({ zone: "-03:30" }).dayEnd(0n))).toBe("1970-01-01T03:30:00.000Z");
  });
});

describe("a calendar with hours", () => {
  it("is on from the open until just before the close", () => {
    expect(newYork.sessionAt(at("2026-01-05T14:29:59Z"))).toBeUndefined();
    expect(iso(newYork.sessionAt(at("2026-01-05T14:30:00Z"))?.open_ns)).toBe(
      "2026-01-05T14:30:00.000Z",
    );
    expect(iso(newYork.dayEnd(at("2026-01-05T20:59:59Z")))).toBe("2026-01-05T21:00:00.000Z");
    expect(newYork.sessionAt(at("2026-01-05T21:00:00Z"))).toBeUndefined();
  });

  it("gives an order that comes after the close the next session's day", () => {
    expect(iso(newYork.dayEnd(at("2026-01-09T21:00:00Z")))).toBe("2026-01-12T21:00:00.000Z");
    expect(iso(newYork.nextOpen(at("2026-01-09T15:00:00Z")))).toBe("2026-01-12T14:30:00.000Z");
    expect(iso(newYork.nextClose(at("2026-01-09T15:00:00Z")))).toBe("2026-01-09T21:00:00.000Z");
  });

  it("moves with its own clock, not with ours", () => {
    expect(iso(newYork.nextOpen(at("2026-03-06T22:00:00Z")))).toBe("2026-03-09T13:30:00.000Z");
    expect(iso(newYork.nextOpen(at("2026-10-30T22:00:00Z")))).toBe("2026-11-02T14:30:00.000Z");
  });

  it("leaves holidays out and closes early", () => {
    const spec = { zone: "America/New_York", hours: [day] };
    const year = calendar({
      ...spec,
      holidays: ["2026-11-26"],
      earlyCloses: { "2026-11-27": 780, "2026-12-24": 570 },
    });
    expect(iso(year.nextOpen(at("2026-11-25T22:00:00Z")))).toBe("2026-11-27T14:30:00.000Z");
    expect(iso(year.dayEnd(at("2026-11-27T15:00:00Z")))).toBe("2026-11-27T18:00:00.000Z");
    expect(iso(year.nextOpen(at("2026-12-24T12:00:00Z")))).toBe("2026-12-25T14:30:00.000Z");
  });

  it("keeps a session over midnight in one piece", () => {
    const monday = at("2026-01-05T12:00:00Z");
    expect(iso(futures.sessionAt(monday)?.open_ns)).toBe("2026-01-05T00:00:00.000Z");
    expect(iso(futures.dayEnd(monday))).toBe("2026-01-05T23:00:00.000Z");
    expect(futures.sessionAt(at("2026-01-05T23:30:00Z"))).toBeUndefined();
    expect(futures.sessionAt(at("2026-01-10T12:00:00Z"))).toBeUndefined();
  });

  it("gives a night session the hour that clocks give, and takes the one they take", () => {
    const night = calendar({
      zone: "Europe/Berlin",
      hours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], open_min: 0, close_min: 150 }],
    });
    const length_min = (inside: string): bigint => {
      const session = night.sessionAt(at(inside));
      return session === undefined ? 0n : (session.close_ns - session.open_ns) / 60_000_000_000n;
    };
    expect(length_min("2026-07-01T22:30:00Z")).toBe(150n);
    // 02:30 does not exist: moved on by an hour, which is as long after midnight as ever.
    expect(length_min("2026-03-28T23:30:00Z")).toBe(150n);
    // 02:30 happens twice: the close is the second.
    expect(length_min("2026-10-24T22:30:00Z")).toBe(210n);
  });

  it("never opens where every day is a holiday within the horizon", () => {
    const from = Math.floor(Date.parse("2026-01-01T00:00:00Z") / 86_400_000);
    const holidays = Array.from({ length: 500 }, (_, index) => dateOf(from - 10 + index));
    const shut = calendar({ zone: "UTC", hours: [day], holidays });
    expect(shut.dayEnd(at("2026-01-01T00:00:00Z"))).toBeUndefined();
    expect(shut.nextOpen(at("2026-01-01T00:00:00Z"))).toBeUndefined();
    expect(shut.sessionAt(at("2026-01-01T12:00:00Z"))).toBeUndefined();
  });
});

describe("a configured calendar", () => {
  it.each<[string, Partial<CalendarSpec>]>([
    ["no time zone", { zone: "Mars/Olympus" }],
    ["no time zone", { zone: "+25:00" }],
    ["weekdays", { hours: [{ ...day, weekdays: [0] }] }],
    ["weekdays", { hours: [{ ...day, weekdays: [] }] }],
    ["open_min", { hours: [{ ...day, open_min: 1_440 }] }],
    ["close_min", { hours: [{ ...day, close_min: 570 }] }],
    ["close_min", { hours: [{ ...day, close_min: 2_011 }] }],
    ["on at once", { hours: [day, { weekdays: [3], open_min: 900, close_min: 1_000 }] }],
    ["on at once", { hours: [{ weekdays: [7, 1], open_min: 600, close_min: 2_040 }, day] }],
    ["no date", { holidays: ["2026-02-29"] }],
    ["no date", { holidays: ["26-02-01"] }],
    ["earlyCloses", { earlyCloses: { "2026-02-02": -1 } }],
  ])("is refused for %s", (words, spec) => {
    const made = calendarOf({ ...always, ...spec });
    expect("fault" in made ? made.fault : "accepted").toContain(words);
  });
});

/** Local weekday and minute as the engine writes them: not the arithmetic under test. */
const wall = (zone: string): ((at_ns: bigint) => { weekday: number; minute: number }) => {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  return (at_ns) => {
    const text = format.format(Number(at_ns / 1_000_000n));
    const [, hour = "", minute = ""] = /(\d\d):(\d\d)/.exec(text) ?? [];
    return {
      weekday: names.indexOf(text.slice(0, 3)) + 1,
      minute: Number(hour) * 60 + Number(minute),
    };
  };
};

describe("at any moment", () => {
  const zones = [
    "America/New_York",
    "Europe/London",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "UTC",
  ];
  const first_ns = at("2015-01-01T00:00:00Z");
  const span_s = 20 * 365 * 86_400;

  it.each(zones)("a session is on in %s when the wall clock says so", (zone) => {
    const random = createPrng(7);
    const days = calendar({ zone, hours: [day] });
    const shows = wall(zone);
    for (let i = 0; i < 400; i += 1) {
      const now_ns = first_ns + BigInt(Math.floor(random.nextUnit() * span_s)) * 1_000_000_000n;
      const { weekday, minute } = shows(now_ns);
      const isOn = weekdays.includes(weekday) && minute >= 570 && minute < 960;
      const session = days.sessionAt(now_ns);
      expect(session !== undefined, iso(now_ns)).toBe(isOn);
      const end_ns = days.dayEnd(now_ns) ?? 0n;
      expect(end_ns).toBeGreaterThan(now_ns);
      expect(shows(end_ns).minute).toBe(960);
      expect(days.nextClose(now_ns)).toBe(end_ns);
      const open_ns = days.nextOpen(now_ns) ?? 0n;
      expect(open_ns).toBeGreaterThan(now_ns);
      expect(shows(open_ns)).toMatchObject({ minute: 570 });
      if (session === undefined) expect(open_ns).toBeLessThan(end_ns);
      else expect(session.close_ns).toBe(end_ns);
    }
  });

  it.each(zones)("days in %s follow each other without a gap", (zone) => {
    const days = calendar({ zone });
    let now_ns = first_ns;
    for (let i = 0; i < 800; i += 1) {
      const today = days.sessionAt(now_ns);
      if (today === undefined) throw new Error("a day without hours is always on");
      expect(today.open_ns <= now_ns && now_ns < today.close_ns).toBe(true);
      expect(days.sessionAt(today.close_ns)?.open_ns).toBe(today.close_ns);
      expect(days.dayEnd(today.close_ns - 1n)).toBe(today.close_ns);
      now_ns = today.close_ns;
    }
  });
});
