/** When orders end by themselves, and when those for an auction are sent. */
import { describe, expect, it } from "vitest";
import { validityOf } from "../../../actors/held/validity.ts";
import type { TimeInForce } from "../../../protocols/ord_words.ts";
import { always, calendarOf } from "../../../protocols/session_calendar.ts";
import type { CalendarSpec, SessionCalendar } from "../../../protocols/session_calendar.ts";

const calendar = (spec: Partial<CalendarSpec>): SessionCalendar => {
  const made = calendarOf({ ...always, ...spec });
  if ("fault" in made) throw new Error(made.fault);
  return made;
};
const hours = [{ weekdays: [1, 2, 3, 4, 5], open_min: 540, close_min: 1_020 }];
const sessions = calendar({ hours });
const open = calendar({});
const times = { auctionCutoff_ms: 60_000, auctionWindow_ms: 30_000, closeLead_ms: 5_000 };

const at = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n;
const monday = (clock: string): bigint => at(`2026-01-05T${clock}Z`);

const validity = (timeInForce: TimeInForce, now_ns: bigint, change = {}, on = sessions) => {
  const whole = { timeInForce, waits: false, auction: true, ...change };
  return validityOf(whole, on, times, now_ns);
};

describe("an order ends by itself", () => {
  it("with the day: the session's close, or midnight where there is none", () => {
    expect(validity("day", monday("12:00:00"))).toEqual({ expire_ns: monday("17:00:00") });
    expect(validity("day", monday("17:00:00"))).toEqual({ expire_ns: at("2026-01-06T17:00:00Z") });
    expect(validity("day", monday("17:00:00"), {}, open)).toEqual({
      expire_ns: at("2026-01-06T00:00:00Z"),
    });
  });

  it("at expireTime, which must be to come", () => {
    const expire_ns = monday("13:00:00");
    expect(validity("gtd", monday("12:00:00"), { expire_ns })).toEqual({ expire_ns });
    expect(validity("gtd", expire_ns, { expire_ns })).toMatchObject({ code: "EXPIRE_TIME_PASSED" });
    expect(validity("gtd", expire_ns)).toMatchObject({ code: "EXPIRE_TIME_PASSED" });
  });

  it("never when it is good till cancelled or immediate", () => {
    for (const tif of ["gtc", "ioc", "fok"] as const) {
      expect(validity(tif, monday("12:00:00"))).toEqual({});
    }
  });

  it("with the day while an immediate one waits for its trigger", () => {
    expect(validity("ioc", monday("12:00:00"), { waits: true })).toEqual({
      expire_ns: monday("17:00:00"),
    });
  });

  it("is refused where no day comes", () => {
    const holidays = Array.from({ length: 450 }, (_, index) => {
      const at_ms = Date.parse("2026-01-01T00:00:00Z") + index * 86_400_000;
      return new Date(at_ms).toISOString().slice(0, 10);
    });
    const shut = calendar({ hours, holidays });
    expect(validity("day", monday("12:00:00"), {}, shut)).toMatchObject({ code: "SESSION_NONE" });
    expect(validity("at_the_open", monday("12:00:00"), {}, shut)).toMatchObject({
      code: "SESSION_NONE",
    });
  });
});

describe("an order for an auction", () => {
  it("at the open is sent then, and not long after", () => {
    expect(validity("at_the_open", monday("08:00:00"))).toEqual({
      release_ns: monday("09:00:00"),
      expire_ns: monday("09:00:30"),
    });
    expect(validity("at_the_open", monday("12:00:00"))).toMatchObject({
      release_ns: at("2026-01-06T09:00:00Z"),
    });
  });

  it("at the close is sent just before it, and never after it", () => {
    expect(validity("at_the_close", monday("12:00:00"))).toEqual({
      release_ns: monday("16:59:55"),
      expire_ns: monday("17:00:00"),
    });
  });

  it("is too late within the cut-off", () => {
    expect(validity("at_the_open", monday("08:58:59"))).toMatchObject({
      release_ns: monday("09:00:00"),
    });
    for (const clock of ["08:59:00", "08:59:59"]) {
      expect(validity("at_the_open", monday(clock))).toMatchObject({ code: "SESSION_CUTOFF" });
    }
    expect(validity("at_the_close", monday("16:58:56"))).toMatchObject({ code: "SESSION_CUTOFF" });
  });

  it("has no moment of ours where the venue holds the auction, or where there is none", () => {
    expect(validity("at_the_open", monday("08:00:00"), { auction: false })).toEqual({});
    expect(validity("at_the_open", monday("08:00:00"), {}, open)).toMatchObject({
      code: "SESSION_NONE",
    });
  });
});
