/** Orders that end with the day or at their own time, and those that wait for an auction. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { plainOffer } from "../../../protocols/venue_offer.ts";
import { always, calendarOf } from "../../../protocols/session_calendar.ts";
import { btc, limit10, reference } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const hours = [{ weekdays: [1, 2, 3, 4, 5], open_min: 540, close_min: 1_020 }];
const calendar = calendarOf({ ...always, hours });
if ("fault" in calendar) throw new Error(calendar.fault);

const withSessions = (start: string): DeskShard => {
  const instruments = new Map(
    [...reference.instruments].map(([id, one]) => [id, { ...one, sessions: calendar }]),
  );
  const auctions = { auctionCutoff_ms: 60_000, auctionWindow_ms: 30_000, closeLead_ms: 5_000 };
  return new DeskShard({ instruments, auctions }, start);
};

const minute = 60_000;
const hour = 60 * minute;
const day = { ...limit10, timeInForce: "day" } as const;
const nanos = (text: string): string => `${BigInt(Date.parse(text)) * 1_000_000n}`;

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

describe("a day order", () => {
  it("is canceled at its venue at the day's end, and expired by the venue's proof", () => {
    desk.submit("a", day);
    desk.ack("a");
    desk.fill("a", 4);
    expect(desk.advance(11 * hour + 59 * minute)).toEqual([]);
    expect(desk.advance(2 * minute)).toEqual(["a pending_cancel pending_cancel"]);
    expect(desk.canceled("a")).toEqual(["a expired expired"]);
    expect(desk.bodies.at(-1)).toMatchObject({ cumQty: "4", leavesQty: "0" });
    expect(desk.advance(48 * hour)).toEqual([]);
  });

  it("that its venue has beyond the day is suspended when that does not trade it any more", () => {
    const offer = { ...plainOffer, timesInForce: new Set(["gtc"] as const) };
    const venues = [...reference.venues].map(([id, one]) => [id, { ...one, offer }] as const);
    desk = new DeskShard({ venues: new Map(venues) });
    desk.submit("a", day);
    expect(desk.placed("a")).toMatchObject([{ timeInForce: "gtc" }]);
    desk.ack("a");
    expect(desk.report("a", { execType: "done_for_day" })).toEqual(["a restated suspended"]);
    expect(desk.openBuy_lots).toBe(10);
    expect(desk.advance(12 * hour)).toEqual(["a pending_cancel pending_cancel"]);
    expect(desk.canceled("a")).toEqual(["a expired expired"]);
    expect(desk.openBuy_lots).toBe(0);
  });

  it("is not touched by an earlier day's end, and a good-till-cancelled one by none", () => {
    desk.submit("g", limit10);
    desk.ack("g");
    desk.advance(13 * hour);
    desk.submit("a", day);
    desk.ack("a");
    expect(desk.advance(22 * hour)).toEqual([]);
    expect(desk.advance(2 * hour)).toEqual(["a pending_cancel pending_cancel"]);
  });

  it("whose expiry was refused is asked for again until it ends", () => {
    desk.submit("a", day);
    desk.ack("a");
    desk.advance(12 * hour);
    const { clOrdId } = desk.asked("a");
    desk.report("a", { execType: "cancel_rejected", clOrdId, code: "VENUE_REJECTED" });
    expect(desk.said.at(-1)).toBe("a cancel_rejected new VENUE_REJECTED");
    // What is tried once more is no news.
    expect(desk.advance(1_500)).toEqual([]);
    expect(desk.asked("a").clOrdId).not.toBe(clOrdId);
    expect(desk.canceled("a")).toEqual(["a expired expired"]);
  });

  it.each([
    ["with its day", day],
    ["at its own time", { ...limit10, timeInForce: "gtd", expireTime: nanos("2026-01-06T00:00Z") }],
  ])("whose venue refuses each cancel is told of it once: it ends %s", (_when, order) => {
    desk.submit("a", order);
    desk.ack("a");
    const asks = (): number => desk.sent.filter(({ command }) => command.kind === "cancel").length;
    const told = desk.said.length;
    const askedAt: number[] = [];
    desk.advance(12 * hour - 1_000);
    for (let second = 0; second < 48 * 3_600 && askedAt.length < 9; second += 1) {
      desk.advance(1_000);
      if (asks() === askedAt.length) continue;
      askedAt.push(second);
      const { clOrdId } = desk.asked("a");
      desk.report("a", { execType: "cancel_rejected", clOrdId, code: "VENUE_REJECTED" });
    }
    const waits = askedAt.slice(1).map((second, at) => second - (askedAt[at] ?? 0));
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits.at(-1)).toBeGreaterThan(60);
    expect(waits.at(-1)).toBeLessThan(67);
    expect(desk.said.slice(told)).toEqual([
      "a pending_cancel pending_cancel",
      "a cancel_rejected new VENUE_REJECTED",
    ]);
    desk.advance(70_000);
    expect(desk.canceled("a")).toEqual(["a expired expired"]);
  });

  it("that fills while it expires is filled", () => {
    desk.submit("a", day);
    desk.ack("a");
    desk.advance(12 * hour);
    desk.fill("a", 10);
    const { clOrdId } = desk.asked("a");
    const code = "VENUE_REJECTED";
    desk.report("a", { execType: "cancel_rejected", clOrdId, code, cumQty_lots: 10 });
    expect(desk.order("a").phase).toBe("filled");
    expect(desk.advance(hour)).toEqual([]);
  });

  it("expires also where its end came while nobody was there", () => {
    desk.submit("a", day);
    desk.ack("a");
    desk.timers.clear();
    desk.advance(20 * hour);
    desk.restart();
    expect(desk.advance(5_000)).toEqual(["a pending_cancel pending_cancel"]);
  });

  it("ends with its session where the instrument has some", () => {
    desk = withSessions("2026-01-05T12:00:00Z");
    desk.submit("a", day);
    desk.ack("a");
    expect(desk.advance(5 * hour - minute)).toEqual([]);
    expect(desk.advance(minute + 10)).toEqual(["a pending_cancel pending_cancel"]);
  });

  it("ends in hundreds", () => {
    for (let i = 0; i < 250; i += 1) {
      desk.submit(`a${i}`, { ...day, orderQty: "2" });
      desk.ack(`a${i}`);
    }
    const said = desk.advance(12 * hour + minute);
    expect(said.filter((line) => line.includes("pending_cancel"))).toHaveLength(250);
  });
});

describe("a waiting order", () => {
  const stop = {
    instrument: btc,
    side: "buy",
    ordType: "stop",
    stopPx: "150",
    orderQty: "10",
  } as const;

  it.each(["day", "ioc", "fok"])("of %s expires with the day, at once", (timeInForce) => {
    desk.submit("a", { ...stop, timeInForce });
    expect(desk.advance(12 * hour)).toEqual(["a expired expired"]);
    expect(desk.bodies.at(-1)).toMatchObject({ commandId: "timer:expire" });
    desk.quote(200, 201);
    expect(desk.sent).toEqual([]);
  });

  it("good till a date expires then", () => {
    desk.submit("a", { ...stop, timeInForce: "gtd", expireTime: nanos("2026-01-09T12:00:00Z") });
    expect(desk.advance(95 * hour)).toEqual([]);
    expect(desk.advance(hour)).toEqual(["a expired expired"]);
  });
});

describe("a good-till-date order", () => {
  const gtd = { ...limit10, timeInForce: "gtd", expireTime: nanos("2026-01-05T13:00:00Z") };

  it("is told to its venue as good till cancelled, and ended by us", () => {
    desk.submit("a", gtd);
    expect(desk.placed("a")).toMatchObject([{ timeInForce: "gtc" }]);
    expect(desk.bodies.at(-1)).toMatchObject({ timeInForce: "gtd" });
    desk.ack("a");
    expect(desk.advance(hour)).toEqual(["a pending_cancel pending_cancel"]);
    expect(desk.canceled("a")).toEqual(["a expired expired"]);
    expect([...desk.timers.keys()].filter((id) => id.startsWith("expire:"))).toEqual([]);
  });

  it("that ends before needs no timer any more", () => {
    desk.submit("a", gtd);
    desk.ack("a");
    desk.fill("a", 10);
    expect([...desk.timers.keys()].filter((id) => id.startsWith("expire:"))).toEqual([]);
  });

  it("is denied when its time has passed", () => {
    expect(desk.submit("a", { ...gtd, expireTime: "9" })).toEqual([
      "a denied denied EXPIRE_TIME_PASSED",
    ]);
  });
});

describe("an order for an auction", () => {
  const open = { ...limit10, timeInForce: "at_the_open" } as const;

  it("waits for the open, and is then sent as immediate-or-cancel", () => {
    desk = withSessions("2026-01-05T08:00:00Z");
    expect(desk.submit("a", open)).toEqual(["a pending_new pending_new"]);
    expect(desk.advance(59 * minute)).toEqual([]);
    expect(desk.advance(minute + 10)).toEqual(["a triggered pending_new"]);
    expect(desk.placed("a")).toMatchObject([{ timeInForce: "ioc", price_ticks: 90 }]);
    desk.ack("a");
    expect(desk.report("a", { execType: "expired" })).toEqual(["a expired expired"]);
  });

  it("at the close is sent shortly before it, all-or-none as fill-or-kill", () => {
    desk = withSessions("2026-01-05T12:00:00Z");
    const close = { ...limit10, timeInForce: "at_the_close", execInst: ["all_or_none"] };
    desk.submit("a", close);
    desk.advance(5 * hour - 6_000);
    expect(desk.sent).toEqual([]);
    desk.advance(1_500);
    expect(desk.placed("a")).toMatchObject([{ timeInForce: "fok" }]);
    expect(desk.placed("a")[0]).not.toHaveProperty("allOrNone");
  });

  it("may be cancelled and replaced while it waits", () => {
    desk = withSessions("2026-01-05T08:00:00Z");
    desk.submit("a", open);
    desk.submit("b", open);
    expect(desk.replace("a", { replaceId: "r", price: "95" })).toEqual(["a replaced pending_new"]);
    expect(desk.cancel("b")).toEqual(["b canceled canceled"]);
    desk.advance(hour + 10);
    expect(desk.placed("a")).toMatchObject([{ price_ticks: 95 }]);
    expect(desk.sent).toHaveLength(1);
  });

  it("that no venue took within its window expires", () => {
    desk = withSessions("2026-01-05T08:00:00Z");
    desk.submit("a", open);
    for (const venue of desk.world.reference.venues.keys()) desk.open(venue, false);
    desk.advance(hour + 10);
    expect(desk.said.at(-1)).toBe("a triggered pending_new");
    expect(desk.advance(minute)).toEqual(["a expired expired"]);
  });

  it("is denied too late, and where there is no session", () => {
    desk = withSessions("2026-01-05T08:59:30Z");
    expect(desk.submit("a", open)).toEqual(["a denied denied SESSION_CUTOFF"]);
    desk.check();
    desk = new DeskShard();
    expect(desk.submit("a", open)).toEqual(["a denied denied TIF_UNSUPPORTED"]);
  });
});
