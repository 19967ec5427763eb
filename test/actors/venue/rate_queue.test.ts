/** Requests that wait for the venue's rate budget. A number in a name is a behavioural scenario. */
import { describe, expect, test } from "vitest";
import type { RateLimit } from "../../../actors/venue/rate_limits.ts";
import { AccountId, ClOrdId, orderIdOf, StrategyId } from "../../../protocols/kernel/ids.ts";
import { half, late, openRated, perSecond, rated } from "./rate_stage.ts";
import { hear, report } from "./venue_bench_steps.ts";
import { cancel, legOf, orderOf, place, replace } from "./venue_requests.ts";
import { ms, VenueShardBench } from "./venue_shard_bench.ts";

const newOf = (name: string): string => legOf(name, "new:0");
const names = (count: number): string[] => Array.from({ length: count }, (_, no) => `o${no}`);
const queued = ({ space }: VenueShardBench): number =>
  space.size("queuedPlace") + space.size("queuedReplace");
const flood = (bench: VenueShardBench, count: number): void => {
  for (const name of names(count)) bench.message(place(name, late(bench)));
};

describe("new orders", () => {
  test("leave while their share lasts, then wait and leave oldest first", () => {
    const bench = openRated();
    flood(bench, 14);
    expect(bench.sends()).toEqual(names(6).map(newOf));
    expect(queued(bench)).toBe(8);
    bench.pass(999);
    expect(bench.sends()).toHaveLength(6);
    bench.pass(1);
    expect(bench.sends()).toEqual(names(12).map(newOf));
    bench.pass(1_000);
    expect(bench.sends()).toEqual(names(14).map(newOf));
    expect(queued(bench)).toBe(0);
    expect(bench.reports()).toEqual([]);
  });

  test("do not overtake those that wait, also where there is room", () => {
    const bench = openRated();
    flood(bench, 7);
    bench.now_ns += 1_000n * ms;
    bench.message(place("young", late(bench)));
    expect(bench.sends()).not.toContain(newOf("young"));
    bench.pass(0);
    expect(bench.sends().slice(-2)).toEqual([newOf("o6"), newOf("young")]);
  });

  test("are answered when their deadline passes while they wait", () => {
    const bench = openRated();
    flood(bench, 6);
    bench.message(place("patient", late(bench)));
    bench.message(place("hasty", half(bench)));
    bench.pass(500);
    expect(bench.reports()).toEqual([]);
    bench.pass(1);
    expect(bench.reports()).toMatchObject([
      { clOrdId: newOf("hasty"), execType: "not_sent", code: "VENUE_RATE_LIMITED" },
    ]);
    bench.pass(1_000);
    expect(bench.sends().slice(6)).toEqual([newOf("patient")]);
    expect(bench.said(newOf("hasty"))).toEqual(["not_sent"]);
  });

  test("are refused at once where too many wait", () => {
    const bench = openRated([perSecond], { queue_max: 3 });
    flood(bench, 10);
    expect(queued(bench)).toBe(3);
    expect(bench.reports()).toMatchObject([
      { clOrdId: newOf("o9"), execType: "not_sent", code: "VENUE_RATE_LIMITED" },
    ]);
  });

  test("are answered when the link is lost: they never leave later", () => {
    const bench = openRated();
    flood(bench, 250);
    const left = bench.sends().length;
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.pass(1);
    expect(queued(bench)).toBe(0);
    const unsent = bench.reports().filter(({ execType }) => execType === "not_sent");
    expect(unsent).toHaveLength(250 - left);
    expect(new Set(unsent.map(({ code }) => code))).toEqual(new Set(["ROUTE_VENUE_DOWN"]));
    bench.linkUp(2);
    bench.pass(5_000);
    expect(bench.sends()).toHaveLength(left);
  });

  test("are answered when the owner dies, and what had left stays counted", () => {
    const bench = openRated();
    flood(bench, 9);
    bench.crash();
    bench.run({ type: "started" });
    bench.pass(1);
    expect(bench.reports().filter(({ execType }) => execType === "not_sent")).toHaveLength(3);
    bench.linkUp(1);
    bench.takeEffects();
    bench.message(place("more", late(bench)));
    expect(bench.sends()).toEqual([]);
  });

  test("that are repeated while they wait are one order", () => {
    const bench = openRated();
    flood(bench, 7);
    bench.message(place("o6", late(bench)));
    bench.message({ ...place("o6", late(bench)), kind: "query" });
    expect(bench.effects.filter(({ type }) => type === "query")).toEqual([]);
    bench.pass(3_000);
    expect(bench.sends()).toEqual(names(7).map(newOf));
  });

  test("are refused and do not wait where too many are unanswered", () => {
    const bench = openRated([perSecond], {}, { unanswered_max: 2 });
    flood(bench, 2);
    bench.message(place("third", late(bench)));
    expect(bench.reports()).toMatchObject([{ code: "ROUTE_VENUE_DOWN" }]);
  });
});

describe("accounts", () => {
  const theirs = (account: string, name: string, bench: VenueShardBench) =>
    place(name, late(bench), {
      orderId: orderIdOf(AccountId.make(account), StrategyId.make("s"), ClOrdId.make(name)),
    });
  const say = (bench: VenueShardBench, ...names: readonly string[]): void => {
    for (const name of names) bench.message(theirs(name.slice(0, 1), name, bench));
  };

  test("take turns: the flood of one delays another by one request of it at a time", () => {
    const bench = openRated();
    flood(bench, 26);
    say(bench, "B1", "B2", "B3", "C1");
    bench.pass(1_000);
    const second = ["o6", "B1", "C1", "o7", "B2", "o8"];
    expect(bench.sends().slice(6)).toEqual(second.map(newOf));
    say(bench, "C2");
    bench.pass(1_000);
    const third = ["B3", "C2", "o9", "o10", "o11", "o12"];
    expect(bench.sends().slice(12)).toEqual(third.map(newOf));
    bench.crash();
  });

  test("take turns also where one places and the other changes", () => {
    const bench = openRated();
    const [b0] = [theirs("B", "b0", bench)];
    bench.message(b0);
    hear(bench, 1, report(b0.clOrdId));
    flood(bench, 26);
    const change = replace("b0", 1, late(bench));
    bench.message({ ...change, orderId: b0.orderId });
    bench.pass(1_000);
    expect(bench.sends().slice(6, 8)).toEqual([change.clOrdId, newOf("o5")]);
  });

  test("share a full queue: who has most gives up its last", () => {
    const bench = openRated([perSecond], { queue_max: 4 });
    flood(bench, 10);
    say(bench, "B1", "B2", "B3");
    const unsent = bench.reports().filter(({ execType }) => execType === "not_sent");
    expect(unsent.map(({ clOrdId, code }) => [clOrdId, code])).toEqual(
      ["o9", "o8", "B3"].map((name) => [newOf(name), "VENUE_RATE_LIMITED"]),
    );
    expect(queued(bench)).toBe(4);
    bench.pass(1_000);
    expect(bench.sends().slice(6)).toEqual(["o6", "B1", "o7", "B2"].map(newOf));
  });

  test("do not wait for another one's replace, whose order waits itself", () => {
    const minute = { ...perSecond, name: "orders", window_ms: 60_000, limit: 2 };
    const changes = { ...perSecond, limit: 1, weights: { replace: 1 } };
    const bench = openRated([{ ...minute, weights: { place: 1 } }, changes]);
    flood(bench, 3);
    bench.message(replace("o1", 1, late(bench)));
    bench.message(replace("o2", 1, late(bench)));
    bench.message({
      ...replace("o0", 1, late(bench)),
      orderId: theirs("B", "o0", bench).orderId,
      clOrdId: legOf("B", "replace:1"),
    });
    bench.pass(1_000);
    expect(bench.sends()).toContain(legOf("B", "replace:1"));
  });
});

describe("replaces", () => {
  const orders: RateLimit = {
    ...perSecond,
    name: "orders",
    window_ms: 60_000,
    limit: 3,
    weights: { place: 1 },
  };

  test("are not held by a full count of orders, but by their own order", () => {
    const bench = openRated([orders]);
    flood(bench, 3);
    const due_ns = late(bench);
    bench.message(place("waits", due_ns));
    bench.message(replace("waits", 1, due_ns));
    bench.message(replace("o0", 1, due_ns));
    expect(bench.sends().slice(3)).toEqual([]);
    bench.pass(60_000);
    expect(bench.sends().slice(3)).toEqual([
      newOf("waits"),
      legOf("waits", "replace:1"),
      legOf("o0", "replace:1"),
    ]);
  });

  test("of an order that ended while they waited are answered", () => {
    const bench = openRated();
    flood(bench, 6);
    bench.message(replace("o0", 1, late(bench)));
    hear(bench, 1, report(legOf("o0", "new:0"), { execType: "canceled", ended: true }));
    bench.pass(1_000);
    expect(bench.sends()).toHaveLength(6);
    expect(bench.said(legOf("o0", "replace:1"))).toEqual(["not_sent"]);
    expect(queued(bench)).toBe(0);
  });
});

describe("cancels", () => {
  test("(16) of a create that waits: it is never sent, and canceled exactly once", () => {
    const bench = openRated();
    flood(bench, 8);
    bench.message(replace("o7", 1, late(bench)));
    bench.message(cancel("o7"));
    expect(bench.said(newOf("o7"))).toEqual(["not_sent"]);
    expect(bench.said(legOf("o7", "replace:1"))).toEqual(["not_sent"]);
    expect(bench.said(legOf("o7", "cancel:1"))).toEqual(["not_sent"]);
    expect(bench.reports()).toMatchObject([
      { orderId: orderOf("o7"), code: "VENUE_WITHDRAWN" },
      { code: "ORDER_PENDING_CANCEL" },
      { code: "VENUE_NOT_SENT" },
    ]);
    bench.message(cancel("o7"));
    bench.pass(10_000);
    expect(bench.sends()).toEqual(names(7).map(newOf));
    expect(bench.reports().filter(({ execType }) => execType === "not_sent")).toHaveLength(3);
    bench.crash();
  });

  test("(16) in the order's first second or its last: never both the create and nothing", () => {
    for (let passed_ms = 0; passed_ms <= 2_000; passed_ms += 250) {
      const bench = openRated();
      flood(bench, 7);
      bench.pass(passed_ms);
      bench.message(cancel("o6"));
      bench.pass(5_000);
      const isSent = bench.sends().includes(newOf("o6"));
      expect(bench.said(newOf("o6")).includes("not_sent")).toBe(!isSent);
      expect(bench.sends().includes(legOf("o6", "cancel:1"))).toBe(isSent);
      expect(isSent).toBe(passed_ms >= 1_000);
    }
  });

  test("(50) with an empty bucket and 100 creates waiting use the reserve and go first", () => {
    const bench = openRated();
    flood(bench, 106);
    expect(queued(bench)).toBe(100);
    bench.message(cancel("o3"));
    expect(bench.sends().slice(6)).toEqual([legOf("o3", "cancel:1")]);
    for (const name of ["o0", "o1", "o2", "o4", "o5"]) bench.message(cancel(name));
    // Ten are the limit; two cancels wait, and still go before every create.
    expect(bench.sends().slice(7)).toEqual(["o0", "o1", "o2"].map((o) => legOf(o, "cancel:1")));
    bench.pass(1_000);
    expect(bench.sends().slice(10, 12)).toEqual(["o4", "o5"].map((o) => legOf(o, "cancel:1")));
    expect(bench.sends().slice(12)).toEqual(["o6", "o7", "o8", "o9"].map(newOf));
  });

  test("that wait leave in their order, also with a young one behind them", () => {
    const bench = openRated();
    flood(bench, 6);
    for (const name of names(6)) bench.message(cancel(name));
    expect(bench.sends()).toHaveLength(10);
    bench.now_ns += 1_000n * ms;
    bench.message(cancel("young"));
    expect(bench.sends().slice(10)).toEqual([
      legOf("o4", "cancel:1"),
      legOf("o5", "cancel:1"),
      legOf("young", "cancel:1"),
    ]);
  });

  test("that wait leave before a new order that finds the room they wait for", () => {
    // A limit so small that cancels may use no more of it than new work.
    const few: RateLimit = { ...perSecond, limit: 3 };
    const bench = openRated([few], { cancelReserve: 0.01, reconcileReserve: 0, safety: 0.05 });
    flood(bench, 2);
    bench.message(cancel("o0"));
    expect(bench.sends()).toEqual(names(2).map(newOf));
    // The limit is free again, and the order comes before the timer does.
    bench.now_ns += 1_000n * ms;
    for (const name of ["young", "younger"]) bench.message(place(name, late(bench)));
    expect(bench.sends().slice(2)).toEqual([legOf("o0", "cancel:1"), newOf("young")]);
  });

  test("of an order at the venue take its waiting replace with them", () => {
    const bench = openRated();
    flood(bench, 6);
    bench.message(replace("o0", 1, late(bench)));
    bench.message(cancel("o0"));
    expect(bench.sends().slice(6)).toEqual([legOf("o0", "cancel:1")]);
    expect(bench.said(legOf("o0", "replace:1"))).toEqual(["not_sent"]);
  });
});

test("a venue without limits costs nothing: no state, no fact", () => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", late(bench)));
  for (const kind of ["rate", "queuedPlace", "queuedReplace", "unfilled"] as const) {
    expect(bench.space.size(kind)).toBe(0);
  }
  expect(bench.sends()).toEqual([newOf("a")]);
});

test("limits that change between two owners keep what is counted by them", () => {
  const bench = openRated();
  flood(bench, 6);
  const before = bench.space.get("rate", "SIMX")?.limits[0]?.tally;
  Object.assign(
    bench.options,
    rated([
      { ...perSecond, limit: 20 },
      { ...perSecond, name: "b" },
    ]),
  );
  bench.crash();
  bench.run({ type: "started" });
  const after = bench.space.get("rate", "SIMX");
  expect(after?.plan.limits.map(({ limit }) => limit)).toEqual([20, 10]);
  expect(after?.limits[0]?.tally).toEqual(before);
  bench.crash();
});
