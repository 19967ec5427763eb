/**
 * Mass cancels at the venue: asked once, each order's outcome from its own report, and behind every
 * answer and every silence the ids.
 */
import { afterEach, describe, expect, test } from "vitest";
import { rateOptions_default } from "../../../actors/venue/rate_limits.ts";
import { startVenue } from "../../simulator/venue_process.ts";
import { bareLink } from "./bare_link.ts";
import { LiveShard, realTimers } from "./live_shard.ts";
import { until } from "./tcp_stage.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { btc, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const by = (requestId: string) => ({ requestId, operator: "ann", reason: "runaway" });

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const openBench = (massCancel = true): VenueShardBench => {
  const bench = new VenueShardBench(massCancel ? { massCancel: true } : {});
  bench.open();
  bench.takeEffects();
  return bench;
};

const asked = (bench: VenueShardBench) =>
  bench.effects.flatMap((effect) => (effect.type === "send_mass_cancel" ? [effect.request] : []));

const byId = (bench: VenueShardBench) =>
  bench.sent.flatMap(({ to, message }) =>
    message.kind === "cancel_at_venue" ? [{ to, message }] : [],
  );

const phases = (bench: VenueShardBench): unknown[] =>
  bench.published.flatMap(({ subject, body }) =>
    subject.endsWith(".mass_cancel") && "phase" in body ? [body.phase] : [],
  );

describe("a mass cancel", () => {
  test("at a venue that has none goes by id at once, to every account shard", () => {
    const bench = openBench(false);
    bench.control("mass_cancel", { ...by("m1"), instrument: btc, side: "buy" });
    expect(asked(bench)).toEqual([]);
    expect(byId(bench).map(({ to }) => to)).toEqual(["acct-0", "acct-1", "acct-2", "acct-3"]);
    expect(byId(bench)[0]?.message).toEqual({
      kind: "cancel_at_venue",
      venue: "SIMX",
      cause: "mass_cancel",
      by: by("m1"),
      instrument: btc,
      side: "buy",
    });
    expect(phases(bench)).toEqual(["not_sent"]);
  });

  test("is asked once, whatever is repeated, and goes by id behind the venue's word", () => {
    const bench = openBench();
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(legOf("a", "new:0")));
    bench.takeEffects();
    for (let i = 0; i < 3; i += 1) bench.control("mass_cancel", by("m1"));
    const [request] = asked(bench);
    expect(asked(bench)).toHaveLength(1);
    expect(request?.clOrdId).toMatch(/^MC[0-9a-f]{12}$/);
    expect(byId(bench)).toEqual([]);
    hear(bench, 2, report(legOf("a", "new:0"), { execType: "canceled", ended: true }));
    const clOrdId = request?.clOrdId ?? legOf("a", "");
    const answer = { clOrdId, outcome: "reported", affected: 1, asOfSeq: 2 } as const;
    bench.local({ type: "mass_cancel_answered", link: 1, answer });
    bench.local({ type: "mass_cancel_answered", link: 1, answer });
    expect(phases(bench)).toEqual(["sending", "reported"]);
    expect(byId(bench)).toHaveLength(4);
    const kinds = bench.sent.flatMap(({ to, message }) => (to === "acct-3" ? [message.kind] : []));
    expect(kinds.slice(-2)).toEqual(["report", "cancel_at_venue"]);
    bench.pass(10_000);
    expect(byId(bench)).toHaveLength(4);
  });

  test("whose reports are not all in waits for them, at most its time", () => {
    const bench = openBench();
    bench.control("mass_cancel", by("m1"));
    const clOrdId = asked(bench)[0]?.clOrdId ?? legOf("a", "");
    const answer = { clOrdId, outcome: "reported", affected: 1, asOfSeq: 7 } as const;
    bench.local({ type: "mass_cancel_answered", link: 1, answer });
    expect(byId(bench)).toEqual([]);
    bench.pass(2_100);
    expect(phases(bench)).toEqual(["sending", "in_doubt"]);
    expect(byId(bench)).toHaveLength(4);
  });

  test.each(["refused", "not_sent"] as const)("that is %s goes by id at once", (outcome) => {
    const bench = openBench();
    bench.control("mass_cancel", by("m1"));
    const clOrdId = asked(bench)[0]?.clOrdId ?? legOf("a", "");
    const answer = { clOrdId, outcome, reason: "banned" } as const;
    bench.local({ type: "mass_cancel_answered", link: 1, answer });
    expect(phases(bench)).toEqual(["sending", outcome]);
    expect(byId(bench)).toHaveLength(4);
  });

  test("that is under way when its owner dies is not sent again, and goes by id", () => {
    const bench = openBench();
    bench.control("mass_cancel", by("m1"));
    bench.crash();
    bench.run({ type: "started" });
    bench.linkUp(1);
    bench.pass(2_100);
    expect(asked(bench)).toEqual([]);
    expect(phases(bench)).toEqual(["sending", "in_doubt"]);
    expect(byId(bench)).toHaveLength(4);
  });

  test("while the link is away is not kept for later: ids wait, a mass cancel does not", () => {
    const bench = new VenueShardBench({ massCancel: true });
    bench.run({ type: "started" });
    bench.control("halt", { ...by("k1"), massCancel: true, byId: true });
    expect(asked(bench)).toEqual([]);
    expect(byId(bench)[0]?.message).toMatchObject({ cause: "kill" });
    bench.linkUp(1);
    expect(asked(bench)).toEqual([]);
  });

  test("of a halt that was resumed before its answer cancels nothing that came since", () => {
    const bench = openBench();
    bench.control("halt", { ...by("k1"), massCancel: true, byId: true });
    bench.control("resume", by("r1"));
    bench.pass(2_100);
    expect(phases(bench)).toEqual(["sending", "in_doubt"]);
    expect(byId(bench)).toEqual([]);
  });

  test("of a halt that leaves the ids to account shards is the venue's alone", () => {
    const bench = openBench();
    bench.control("halt", { ...by("k1"), massCancel: true });
    const clOrdId = asked(bench)[0]?.clOrdId ?? legOf("a", "");
    const answer = { clOrdId, outcome: "refused", reason: "no" } as const;
    bench.local({ type: "mass_cancel_answered", link: 1, answer });
    expect(byId(bench)).toEqual([]);
  });
});

describe("against the simulator", () => {
  const stage = async (): Promise<LiveShard> => {
    const venue = await startVenue("--speed", "0", "--instruments", "BTC-USDT", "--seed", "7");
    cleanUp.push(() => venue.stop());
    const shard = new LiveShard(venue.port, { massCancel: true });
    cleanUp.push(() => shard.stop());
    await until("open", () => shard.isOpen);
    return shard;
  };

  test("cancels what its filters name; every order hears its own report", async () => {
    const shard = await stage();
    const deadline_ns = realTimers.now_ns() + 5_000_000_000n;
    for (const name of ["a", "b", "c"]) shard.message(place(name, deadline_ns));
    shard.message(place("s", deadline_ns, { side: "sell", price_ticks: 9_000_000 }));
    await until("all rest", () => shard.isSettled && shard.bench.reports().length === 4);
    shard.control("mass_cancel", { ...by("m1"), side: "buy" });
    await until("reported", () => phases(shard.bench).includes("reported"));
    const said = (name: string) => shard.bench.said(legOf(name, "new:0"));
    expect(["a", "b", "c", "s"].map(said)).toEqual([
      ...["a", "b", "c"].map(() => ["new", "canceled"]),
      ["new"],
    ]);
    const { body } = shard.bench.published.findLast(({ subject }) =>
      subject.endsWith(".mass_cancel"),
    ) ?? { body: {} };
    expect(body).toMatchObject({ phase: "reported", affected: 3, requestId: "m1" });
    expect(byId(shard.bench)).toHaveLength(4);
  });

  test("a link that is not live says so and sends nothing", () => {
    const { link, stop } = bareLink(1);
    cleanUp.push(stop);
    const request = { kind: "mass_cancel", clOrdId: legOf("a", "") } as const;
    expect(link.massCancel?.(request)).toEqual({
      type: "refused",
      reason: "the link is not logged on",
    });
  });
});

describe("a mass cancel and the rate budget", () => {
  const limit = {
    name: "requests",
    kind: "window",
    window_ms: 1_000,
    limit: 2,
    weights: { other: 1 },
  } as const;
  const full = (window_ms: number, verb: "mass_cancel" | "halt" = "mass_cancel") => {
    const limits = [{ ...limit, window_ms }];
    const rate = {
      ...rateOptions_default,
      safety: 0,
      cancelReserve: 0,
      reconcileReserve: 0,
      limits,
    };
    const bench = new VenueShardBench({ massCancel: true, rate });
    bench.open();
    bench.pass(window_ms);
    for (const name of ["a", "b", "c"]) bench.message(place(name, bench.now_ns + 99_000_000_000n));
    bench.takeEffects();
    bench.control(verb, verb === "halt" ? { ...by("m1"), massCancel: true } : by("m1"));
    return bench;
  };

  test("waits for its turn like a cancel, and is counted", () => {
    const bench = full(1_000);
    expect(asked(bench)).toEqual([]);
    bench.pass(1_900);
    expect(asked(bench)).toHaveLength(1);
  });

  test("is not asked where its kill was resumed while it waited", () => {
    const bench = full(1_000, "halt");
    bench.control("resume", by("r1"));
    bench.pass(1_900);
    expect(asked(bench)).toEqual([]);
    expect(phases(bench)).toEqual(["not_sent"]);
  });

  test("goes by id where its turn does not come in time", () => {
    const bench = full(60_000);
    bench.pass(2_100);
    expect(asked(bench)).toEqual([]);
    expect(phases(bench)).toEqual(["not_sent"]);
    expect(byId(bench)).toHaveLength(4);
  });
});
