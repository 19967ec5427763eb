/** What a venue says of its limits, and what follows. A number in a name is a scenario. */
import { describe, expect, test } from "vitest";
import { breakerOptions_default } from "../../../actors/venue/breaker_options.ts";
import type { RateLimit } from "../../../actors/venue/rate_limits.ts";
import type { VenueQuery } from "../../../actors/venue/venue_link.ts";
import { late, openRated, perSecond, rateEvents, refuse } from "./rate_stage.ts";
import { hear, report } from "./venue_bench_steps.ts";
import { cancel, legOf, orderOf, place, replace } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const newOf = (name: string) => legOf(name, "new:0");
const cancelOf = (name: string) => legOf(name, "cancel:1");
const queries = (bench: VenueShardBench): VenueQuery[] =>
  bench.effects.flatMap((effect) => (effect.type === "query" ? [effect.query] : []));
const perDay: RateLimit = {
  name: "unfilled",
  kind: "window",
  window_ms: 86_400_000,
  limit: 100,
  weights: { place: 1, first_fill: -1 },
};

describe("a refused place", () => {
  test.each([
    ["rate_limited", "VENUE_RATE_LIMITED"],
    ["banned", "VENUE_RATE_LIMITED"],
    ["unavailable", "ROUTE_VENUE_DOWN"],
    ["not_supported", "VENUE_REJECTED"],
  ] as const)("for %s never reached the book and is not sent again", (code, told) => {
    const bench = openRated();
    bench.message(place("a", late(bench)));
    refuse(bench, { code, clOrdId: newOf("a"), retryAfter_ms: 500 });
    expect(bench.reports()).toMatchObject([
      { orderId: orderOf("a"), clOrdId: newOf("a"), execType: "not_sent", code: told },
    ]);
    bench.message(place("a", late(bench)));
    bench.pass(5_000);
    expect(bench.sends()).toEqual([newOf("a")]);
    expect(queries(bench)).toEqual([]);
    expect(bench.space.size("request")).toBe(0);
  });

  test("for an internal error may have been executed: it is in doubt, and asked for", () => {
    const bench = openRated();
    bench.message(place("a", late(bench)));
    refuse(bench, { code: "internal_error", clOrdId: newOf("a") });
    expect(bench.said(newOf("a"))).toEqual(["in_doubt"]);
    expect(queries(bench)).toMatchObject([{ purpose: "doubt", clOrdId: newOf("a") }]);
    expect(rateEvents(bench)).toEqual([]);
  });

  test("without limits configured holds the next ones back for as long as the venue says", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", late(bench)));
    refuse(bench, { code: "rate_limited", clOrdId: newOf("a"), retryAfter_ms: 700 });
    bench.message(place("b", late(bench)));
    bench.pass(700);
    expect(bench.sends()).toEqual([newOf("a")]);
    bench.pass(5);
    expect(bench.sends()).toEqual([newOf("a"), newOf("b")]);
    expect(rateEvents(bench)).toEqual(["closed kind:place", "open kind:place"]);
    bench.crash();
  });
});

describe("a ban", () => {
  const day_ms = 86_400_000;
  const by = { requestId: "x1", operator: "ann", reason: "another address" };
  const banned = (retryAfter_ms: number): VenueShardBench => {
    const breaker = { ...breakerOptions_default };
    const bench = openRated([perSecond], {}, { breaker });
    bench.message(place("a", late(bench)));
    hear(bench, 1, report(newOf("a")));
    bench.message(cancel("a"));
    refuse(bench, { code: "banned", clOrdId: cancelOf("a"), retryAfter_ms });
    bench.takeEffects();
    return bench;
  };

  test("is believed for three days, whatever a venue says", () => {
    const bench = banned(10 * 365 * day_ms);
    bench.pass(3 * day_ms - 1_000);
    expect(bench.sends()).toEqual([]);
    bench.pass(2_000);
    expect(bench.sends()).toEqual([cancelOf("a")]);
  });

  test("is over when an operator says so: what waits leaves, and the breaker tries", () => {
    const bench = banned(day_ms);
    expect(bench.space.get("breaker", "SIMX")?.phase).toBe("open");
    bench.control("release", by);
    expect(bench.sends()).toEqual([cancelOf("a")]);
    expect(bench.space.get("breaker", "SIMX")?.phase).toBe("half_open");
    expect(rateEvents(bench)).toEqual(["closed all", "open all"]);
    expect(bench.incidents()).toEqual([]);
    bench.control("release", { ...by, requestId: "x2" });
    bench.crash();
  });
});

describe("(51) routers", () => {
  const told = (bench: VenueShardBench): unknown[] =>
    bench.gate().map(({ open, congested = false }) => [open, congested]);
  const perTenSeconds = { ...perSecond, window_ms: 10_000, weights: { place: 1 } };

  test("hear that a venue takes no more orders for long, and when it does again", () => {
    const bench = openRated([perDay]);
    bench.message(place("a", late(bench)));
    const retryAfter_ms = 30_000;
    refuse(bench, { code: "rate_limited", clOrdId: newOf("a"), retryAfter_ms });
    expect(told(bench)).toEqual([
      [true, false],
      [true, true],
    ]);
    bench.pass(10_000);
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.linkUp(2);
    expect(told(bench).slice(2)).toEqual([
      [false, true],
      [true, true],
    ]);
    bench.pass(21_000);
    expect(told(bench).slice(4)).toEqual([[true, false]]);
  });

  test("hear it where our own budget is used up, once, and over a new owner", () => {
    const bench = openRated([perTenSeconds]);
    for (let no = 0; no < 30; no += 1) bench.message(place(`o${no}`, late(bench)));
    expect(told(bench)).toEqual([
      [true, false],
      [true, true],
    ]);
    bench.pass(20_000);
    expect(told(bench)).toHaveLength(2);
    bench.crash();
    bench.run({ type: "started" });
    bench.linkUp(1);
    bench.pass(60_000);
    expect(told(bench).at(-1)).toEqual([false, false]);
  });

  test("do not hear of a wait that orders can bear", () => {
    const bench = openRated();
    for (let no = 0; no < 30; no += 1) bench.message(place(`o${no}`, late(bench)));
    refuse(bench, { code: "rate_limited", clOrdId: newOf("o1"), retryAfter_ms: 700 });
    bench.pass(10_000);
    expect(told(bench)).toEqual([[true, false]]);
  });
});

describe("(51) after a refusal for limits", () => {
  test("what may have been overrun is closed; a day's count of orders holds no cancel", () => {
    const bench = openRated([perSecond, perDay]);
    bench.message(place("a", late(bench)));
    const retryAfter_ms = 10 * 3_600_000;
    refuse(bench, { code: "rate_limited", clOrdId: newOf("a"), retryAfter_ms });
    expect(rateEvents(bench)).toEqual(["closed kind:place", "closed limit:unfilled"]);
    bench.message(place("b", late(bench)));
    bench.message(cancel("c"));
    expect(bench.sends()).toEqual([newOf("a"), cancelOf("c")]);
  });

  test("the limit that the venue names is closed, and no other", () => {
    const bench = openRated([perSecond, { ...perSecond, name: "orders", weights: { place: 1 } }]);
    bench.message(place("a", late(bench)));
    const refusal = { clOrdId: newOf("a"), retryAfter_ms: 400, limit: "weight" } as const;
    refuse(bench, { code: "rate_limited", ...refusal });
    expect(rateEvents(bench)).toEqual(["closed kind:place", "closed limit:weight"]);
    bench.message(cancel("c"));
    expect(bench.sends()).toEqual([newOf("a")]);
    bench.pass(405);
    expect(bench.sends()).toEqual([newOf("a"), cancelOf("c")]);
  });

  test("deadlines are only moved back, and said once", () => {
    const bench = openRated();
    for (const name of ["a", "b", "c"]) bench.message(place(name, late(bench)));
    const refused = (name: string, retryAfter_ms: number): void =>
      refuse(bench, { code: "banned", clOrdId: newOf(name), retryAfter_ms });
    refused("a", 5_000);
    refused("b", 9_000);
    refused("c", 1_000);
    bench.message(place("d", late(bench)));
    bench.message(cancel("x"));
    bench.pass(9_000);
    expect(bench.sends()).toHaveLength(3);
    bench.pass(5);
    expect(bench.sends().slice(3)).toEqual([cancelOf("x"), newOf("d")]);
    expect(rateEvents(bench)).toEqual(["closed all", "open all"]);
  });

  test("a burst of refusals halves what is used, once; time gives it back", () => {
    const bench = openRated([{ ...perSecond, limit: 100 }]);
    for (let no = 0; no < 60; no += 1) bench.message(place(`o${no}`, late(bench)));
    for (let no = 50; no < 60; no += 1) {
      refuse(bench, { code: "rate_limited", clOrdId: newOf(`o${no}`), retryAfter_ms: 900 });
    }
    bench.pass(1_000);
    bench.takeEffects();
    for (let no = 60; no < 200; no += 1) bench.message(place(`o${no}`, late(bench)));
    expect(bench.sends()).toHaveLength(30);
    bench.pass(600_000);
    bench.takeEffects();
    for (let no = 200; no < 300; no += 1) bench.message(place(`o${no}`, late(bench)));
    expect(bench.sends()).toHaveLength(60);
  });

  test("a ban outlives the owner and the link: nothing leaves, no logon is tried before", () => {
    const bench = openRated();
    bench.message(place("a", late(bench)));
    refuse(bench, { code: "banned", clOrdId: newOf("a"), retryAfter_ms: 60_000 });
    const until = bench.now_ns + 60_000_000_000n;
    bench.takeEffects();
    bench.local({ type: "disconnected", link: 1, reason: "banned", fault: false });
    bench.crash();
    bench.run({ type: "started" });
    const restart = bench.effects.find(({ type }) => type === "restart_link");
    expect(restart).toHaveProperty("notBefore");
    const { notBefore } = restart as { readonly notBefore: string };
    expect(BigInt(notBefore) - until).toBeGreaterThanOrEqual(0n);
    expect(BigInt(notBefore) - until).toBeLessThan(5_000_000n);
  });

  test("a refused logon is tried again when the venue says, and by our back-off else", () => {
    const bench = new VenueShardBench();
    const refusedLogon = (link: number, retryAfter_ms?: number): object | undefined => {
      bench.takeEffects();
      bench.local({ type: "connecting", link });
      const code = retryAfter_ms === undefined ? "unavailable" : "banned";
      const wait = retryAfter_ms === undefined ? {} : { retryAfter_ms };
      bench.local({ type: "refused", link, refusal: { code, ...wait } });
      bench.local({ type: "disconnected", link, reason: "logon refused", fault: false });
      return bench.effects.find(({ type }) => type === "restart_link");
    };
    bench.run({ type: "started" });
    expect(refusedLogon(1)).not.toHaveProperty("notBefore");
    expect(refusedLogon(2, 3_000)).toHaveProperty("notBefore");
  });
});

describe("a refused cancel", () => {
  test.each(["rate_limited", "banned", "unavailable"] as const)(
    "for %s waits and is asked for again, until it is answered",
    (code) => {
      const bench = openRated();
      bench.message(cancel("a"));
      refuse(bench, { code, clOrdId: cancelOf("a"), retryAfter_ms: 600 });
      expect(bench.reports()).toEqual([]);
      bench.pass(600);
      expect(bench.sends()).toEqual([cancelOf("a")]);
      bench.crash();
      bench.pass(5);
      expect(bench.sends()).toEqual([cancelOf("a")]);
      const end = { execType: "canceled", origClOrdId: newOf("a"), ended: true } as const;
      hear(bench, 1, report(cancelOf("a"), end));
      expect(bench.said(cancelOf("a"))).toEqual(["canceled"]);
      expect(bench.space.size("waiting") + bench.space.size("request")).toBe(0);
    },
  );

  test("that the venue has not got is answered", () => {
    const bench = openRated();
    bench.message(cancel("a"));
    refuse(bench, { code: "not_supported", clOrdId: cancelOf("a") });
    expect(bench.reports()).toMatchObject([{ execType: "not_sent", code: "VENUE_REJECTED" }]);
  });
});

describe("a refused question", () => {
  const doubted = (): VenueShardBench => {
    const bench = openRated([perSecond], {}, { answerTimeout_ms: 100 });
    bench.message(replace("a", 1, late(bench)));
    bench.pass(100);
    expect(queries(bench)).toHaveLength(1);
    return bench;
  };
  const refuseQuery = (bench: VenueShardBench, code: "rate_limited" | "not_supported"): void => {
    const [query] = queries(bench);
    if (query === undefined) throw new Error("nothing was asked");
    bench.takeEffects();
    refuse(bench, { code, query, retryAfter_ms: 5_000 });
  };

  test("is asked again when the venue says", () => {
    const bench = doubted();
    refuseQuery(bench, "rate_limited");
    bench.pass(5_000);
    expect(queries(bench)).toEqual([]);
    bench.pass(10);
    expect(queries(bench)).toHaveLength(1);
  });

  test("that the venue has not got leaves the request to a person", () => {
    const bench = doubted();
    refuseQuery(bench, "not_supported");
    expect(bench.incidents()).toContain("unresolved");
    expect(bench.space.size("doubt")).toBe(0);
  });
});

describe("the venue's own counts", () => {
  const tell = (bench: VenueShardBench, used: number, limit = 10, name = "weight"): void =>
    bench.local({ type: "limits", link: 1, limits: [{ name, window_ms: 1_000, limit, used }] });

  test("lift ours: somebody else uses the limit too", () => {
    const bench = openRated();
    bench.message(place("a", late(bench)));
    tell(bench, 5);
    bench.message(place("b", late(bench)));
    bench.message(place("c", late(bench)));
    expect(bench.sends()).toEqual([newOf("a"), newOf("b")]);
  });

  test("below ours say nothing: what we sent may still be on its way", () => {
    const bench = openRated();
    for (let no = 0; no < 6; no += 1) bench.message(place(`o${no}`, late(bench)));
    const before = bench.space.get("rate", "SIMX");
    tell(bench, 0);
    expect(bench.space.get("rate", "SIMX")).toBe(before);
    bench.message(place("more", late(bench)));
    expect(bench.sends()).toHaveLength(6);
  });

  test("with a smaller limit than ours: we keep to it; a larger one changes nothing", () => {
    const bench = openRated();
    tell(bench, 0, 5);
    for (let no = 0; no < 6; no += 1) bench.message(place(`o${no}`, late(bench)));
    expect(bench.sends()).toHaveLength(3);
    bench.pass(1_000);
    tell(bench, 0, 50);
    expect(bench.sends()).toHaveLength(6);
    for (let no = 6; no < 20; no += 1) bench.message(place(`o${no}`, late(bench)));
    expect(bench.sends()).toHaveLength(9);
  });

  test.each(["window", "rolling", "bucket"] as const)(
    "of no limit by a %s let one pass in its time",
    (kind) => {
      const bench = openRated([{ ...perSecond, kind, weights: { place: 1 } }]);
      tell(bench, 5, 0);
      for (let no = 0; no < 20; no += 1) bench.message(place(`o${no}`, late(bench)));
      bench.message(cancel("x"));
      expect(bench.sends()).toContain(cancelOf("x"));
      bench.pass(60_000);
      expect(bench.sends().length).toBeGreaterThan(5);
      expect(bench.sends().length).toBeLessThan(60);
      tell(bench, 0, 10);
      bench.pass(60_000);
      expect(bench.sends()).toHaveLength(21);
      bench.crash();
    },
  );

  test("without measure are believed for three days", () => {
    const bench = openRated([{ ...perSecond, kind: "bucket" }]);
    tell(bench, Number.MAX_SAFE_INTEGER);
    bench.message(cancel("x"));
    expect(bench.sends()).toEqual([]);
    bench.pass(3 * 86_400_000 + 2_000);
    expect(bench.sends()).toEqual([cancelOf("x")]);
  });

  test("of a limit that is not configured are an incident, once", () => {
    const bench = openRated();
    for (let no = 0; no < 5; no += 1) tell(bench, 3, 5, "secret");
    expect(bench.incidents()).toEqual(["rate_limit_unknown"]);
  });
});

test("a first fill gives an unfilled order back, a cancel does not", () => {
  const bench = openRated([{ ...perDay, limit: 3 }]);
  for (let no = 0; no < 5; no += 1) bench.message(place(`o${no}`, late(bench)));
  expect(bench.sends()).toHaveLength(3);
  const fill = { execType: "trade", lastQty_lots: 10, lastPx_ticks: 1 } as const;
  hear(bench, 1, report(newOf("o0"), { ...fill, cumQty_lots: 10 }));
  expect(bench.sends().slice(3)).toEqual([newOf("o3")]);
  hear(bench, 2, report(newOf("o0"), { ...fill, execId: "E2", cumQty_lots: 20 }));
  hear(bench, 3, report(newOf("o1"), { execType: "canceled", ended: true }));
  expect(bench.sends()).toHaveLength(4);
});
