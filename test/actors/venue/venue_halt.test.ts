/**
 * The fence in front of a venue's wire: a halt by operators, on the bench, at the driver, at a
 * socket that takes no bytes, and over random lives. Numbers are those of the failure list.
 */
import { afterEach, describe, expect, test } from "vitest";
import { rateOptions_default } from "../../../actors/venue/rate_limits.ts";
import {
  AccountId,
  ClOrdId,
  orderIdOf,
  partsOfOrderId,
  StrategyId,
} from "../../../protocols/kernel/ids.ts";
import { bareLink } from "./bare_link.ts";
import { realTimers } from "./live_shard.ts";
import { late, openRated } from "./rate_stage.ts";
import { HandVenue, logonAck, say, until } from "./tcp_stage.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { cancel, legOf, place, replace } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";
import { VenueWorld } from "./venue_world.ts";

const by = (requestId: string) => ({ requestId, operator: "ann", reason: "runaway" });

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const kept = <A extends { stop: () => unknown }>(thing: A): A => {
  cleanUp.push(() => thing.stop());
  return thing;
};

const openBench = (): VenueShardBench => {
  const bench = new VenueShardBench();
  bench.open();
  return bench;
};

describe("48: a halt", () => {
  test("lets no place and no replace leave, and answers each as never sent", () => {
    const bench = openBench();
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(legOf("a", "new:0")));
    bench.takeEffects();
    bench.control("halt", by("h1"));
    bench.message(place("b", soon(bench)));
    bench.message(replace("a", 1, soon(bench)));
    expect(bench.sends()).toEqual([]);
    expect(bench.reports().slice(-2)).toMatchObject([
      { execType: "not_sent", code: "VENUE_HALTED", text: "venue=SIMX requestId=h1" },
      { execType: "not_sent", code: "VENUE_HALTED", clOrdId: legOf("a", "replace:1") },
    ]);
  });

  test("lets cancels, questions and reports pass", () => {
    const bench = openBench();
    bench.message(place("a", soon(bench)));
    bench.takeEffects();
    bench.control("halt", by("h1"));
    bench.message(cancel("a"));
    expect(bench.sends()).toEqual([legOf("a", "cancel:1")]);
    hear(bench, 1, report(legOf("a", "new:0")));
    bench.message({ ...cancel("a"), kind: "query", clOrdId: legOf("a", "new:0") });
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new"]);
    expect(bench.takeEffects().map(({ type }) => type)).toContain("query");
  });

  test("is told to account shards and shown, with who and why; a resume lifts it", () => {
    const bench = openBench();
    bench.control("halt", by("h1"));
    bench.control("resume", { ...by("r1"), operator: "bob" });
    expect(bench.gate().map(({ open, reason }) => [open, reason])).toEqual([
      [true, "reconciled"],
      [false, "halted by ann: runaway"],
      [true, "resumed by bob: runaway"],
    ]);
    const shown = bench.published.filter(({ subject }) => subject.endsWith(".trading_state"));
    expect(shown.map(({ body }) => body)).toMatchObject([
      { venue: "SIMX", tradingState: "halted", requestId: "h1", operator: "ann" },
      { venue: "SIMX", tradingState: "active", requestId: "r1", operator: "bob" },
    ]);
    bench.message(place("a", soon(bench)));
    expect(bench.sends()).toEqual([legOf("a", "new:0")]);
  });

  test("is set once per request id, also where it arrives late again", () => {
    const bench = openBench();
    bench.control("halt", by("h1"));
    bench.control("resume", by("r1"));
    bench.control("halt", by("h1"));
    bench.message(place("a", soon(bench)));
    expect(bench.sends()).toEqual([legOf("a", "new:0")]);
  });

  test("outlives its owner, whose successor closes its driver first of all", () => {
    const bench = openBench();
    bench.control("halt", by("h1"));
    bench.crash();
    bench.run({ type: "started" });
    expect(bench.effects[0]).toEqual({ type: "fence", closed: true });
    bench.linkUp(1);
    expect(bench.session?.status).toBe("open");
    expect(bench.gate().at(-1)).toMatchObject({ open: false });
    bench.message(place("a", soon(bench)));
    expect(bench.said(legOf("a", "new:0"))).toEqual(["not_sent"]);
    expect(bench.sends()).toEqual([]);
  });

  test.each([
    ["no reason", { requestId: "h1", operator: "ann" }],
    ["an unknown field", { ...by("h1"), acount: "DEMO" }],
    ["a strategy without its account", { ...by("h1"), strategy: "mm" }],
    ["an account's orders to be canceled there", { ...by("h1"), account: "DEMO", byId: true }],
    ["a name that is none", { ...by("h1"), operator: "an n" }],
  ])("is refused with %s, and changes nothing", (_, body) => {
    const bench = openBench();
    expect(() => bench.control("halt", body)).toThrow("MALFORMED");
    bench.message(place("a", soon(bench)));
    expect(bench.sends()).toHaveLength(1);
  });
});

describe("48: a halt of an account or a strategy", () => {
  const theirs = orderIdOf(AccountId.make("DEMO"), StrategyId.make("mm"), ClOrdId.make("x"));
  const { account, strategy } = partsOfOrderId(theirs);

  test.each([
    ["its account", { account }],
    ["its strategy", { account, strategy }],
  ])("lets nothing of %s leave, and all else", (_, scope) => {
    const bench = openBench();
    bench.control("halt", { ...by("h1"), ...scope });
    bench.message(place("a", soon(bench)));
    bench.message(cancel("z"));
    const other = place("b", soon(bench), {
      orderId: orderIdOf(account, StrategyId.make("two"), ClOrdId.make("b")),
    });
    bench.message(other);
    const passes = "strategy" in scope ? [other.clOrdId] : [];
    expect(bench.sends()).toEqual([legOf("z", "cancel:1"), ...passes]);
    expect(bench.reports()[0]).toMatchObject({ execType: "not_sent", code: "TRADING_HALTED" });
    // Routers know the venue as open: others trade there.
    expect(bench.gate().map(({ open }) => open)).toEqual([true]);
    const shown = bench.published.filter(({ subject }) => subject.endsWith(".trading_state"));
    expect(shown.map(({ body }) => body)).toMatchObject([{ tradingState: "halted", ...scope }]);
  });

  test("is lifted by its own scope alone, and stands beside the venue's", () => {
    const bench = openBench();
    bench.control("halt", { ...by("h1"), account });
    bench.control("halt", by("h2"));
    bench.control("resume", by("r2"));
    bench.control("resume", { ...by("r1"), account, strategy });
    bench.message(place("a", soon(bench)));
    expect(bench.sends()).toEqual([]);
    bench.control("resume", { ...by("r3"), account });
    bench.message(place("b", soon(bench)));
    expect(bench.sends()).toEqual([legOf("b", "new:0")]);
  });

  test("outlives its owner, whose successor closes its driver first of all", () => {
    const bench = openBench();
    bench.control("halt", { ...by("h1"), account, strategy });
    bench.control("halt", { ...by("h2"), account });
    bench.crash();
    bench.run({ type: "started" });
    expect(bench.effects.slice(0, 2)).toEqual([
      { type: "fence", account, strategy, closed: true },
      { type: "fence", account, closed: true },
    ]);
  });

  test("holds back what stands before it in its frame, and no link ends", () => {
    const world = new VenueWorld(1);
    world.settle();
    const request = { ...by("h1"), account };
    world.control("halt", request, [place("a", soon(world.bench)), cancel("z")]);
    expect(world.written).toEqual([legOf("z", "cancel:1")]);
    world.settle();
    expect(world.bench.said(legOf("a", "new:0"))).toEqual(["not_sent"]);
  });

  test("takes what waits for the budget, and leaves the others their places", () => {
    const bench = openRated();
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) bench.message(place(name, late(bench)));
    const other = place("h", late(bench), {
      orderId: orderIdOf(AccountId.make("OTHER"), strategy, ClOrdId.make("h")),
    });
    bench.message(other);
    bench.control("halt", { ...by("h1"), account });
    bench.pass(1);
    expect(bench.said(legOf("g", "new:0"))).toEqual(["not_sent"]);
    bench.pass(2_000);
    expect(bench.sends()).toHaveLength(7);
    expect(bench.sends().at(-1)).toBe(other.clOrdId);
  });
});

describe("48: the fence time is the commit", () => {
  test("what an earlier frame intended is at the venue, and is chased by its cancel", () => {
    const world = new VenueWorld(1);
    world.settle();
    world.bench.message(place("a", soon(world.bench)));
    world.control("halt", by("h1"));
    expect(world.written).toEqual([legOf("a", "new:0")]);
    world.bench.message(cancel("a"));
    world.settle();
    expect(world.written).toEqual([legOf("a", "new:0"), legOf("a", "cancel:1")]);
  });

  test("what the same frame intended before it does not leave: proven, and said once", () => {
    const world = new VenueWorld(1);
    world.settle();
    world.control("halt", by("h1"), [place("a", soon(world.bench)), cancel("z")]);
    expect(world.written).toEqual([legOf("z", "cancel:1")]);
    world.settle();
    expect(world.bench.said(legOf("a", "new:0"))).toEqual(["not_sent"]);
    expect(world.bench.reports().at(-1)?.code).not.toBe("VENUE_HALTED");
  });

  test("a resume in the same frame as later orders lets those leave, and no earlier ones", () => {
    const world = new VenueWorld(1);
    world.settle();
    world.control("halt", by("h1"), [place("a", soon(world.bench))]);
    world.control("resume", by("r1"));
    world.bench.message(place("b", soon(world.bench)));
    world.settle();
    expect(world.written).toEqual([legOf("b", "new:0")]);
  });

  test("of two halts around a resume in one frame neither lets out what came between", () => {
    const world = new VenueWorld(1);
    world.settle();
    world.control("halt", by("h1"));
    world.frame(() => {
      world.bench.control("resume", by("r1"));
      world.bench.message(place("a", soon(world.bench)));
      world.bench.control("halt", by("h2"));
    });
    world.settle();
    expect(world.written).toEqual([]);
    expect(world.bench.said(legOf("a", "new:0"))).toEqual(["not_sent"]);
    world.control("resume", by("r2"));
    world.bench.message(place("b", soon(world.bench)));
    world.settle();
    expect(world.written).toEqual([legOf("b", "new:0")]);
  });

  test("a resume behind the last halt of a frame lets out what stands behind it alone", () => {
    const world = new VenueWorld(1);
    world.settle();
    world.control("halt", by("h1"));
    world.frame(() => {
      world.bench.control("resume", by("r1"));
      world.bench.message(place("a", soon(world.bench)));
      world.bench.control("halt", by("h2"));
      world.bench.control("resume", by("r2"));
      world.bench.message(place("b", soon(world.bench)));
    });
    world.settle();
    expect(world.written).toEqual([legOf("b", "new:0")]);
  });

  test("bytes of orders that a socket has not taken never leave: the link ends", async () => {
    const venue = kept(
      await new HandVenue((message, socket) => {
        if (message.type === "logon") say(socket, logonAck(0));
        socket.pause();
      }).start(),
    );
    const { link, said, downs } = kept(bareLink(venue.port));
    await until("caught up", () => said.includes("caughtUp"));
    link.fence?.();
    expect(downs).toEqual([]);
    const deadline_ns = realTimers.now_ns() + 60_000_000_000n;
    for (let no = 0; no < 200_000; no += 1) {
      if (link.send(place(`w${no}`, deadline_ns)).type === "refused") break;
    }
    link.fence?.();
    expect(downs).toEqual(["lost: halted with orders unsent"]);
  });
});

describe("random lives with halts", () => {
  const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
  test.each(seeds)("seed %i: nothing of an order is written while halted", (seed) => {
    const world = new VenueWorld(seed);
    let halted = false;
    const isOrder = (id: string): boolean => orders.has(id);
    const orders = new Set<string>();
    let written = 0;
    for (let step = 0; step < 300; step += 1) {
      const roll = world.random();
      const name = `o${step}`;
      const order = place(name, soon(world.bench));
      if (roll < 0.05) {
        world.control(halted ? "resume" : "halt", by(`c${step}`), [order]);
        orders.add(order.clOrdId);
        // It stands before the request, in the same frame: neither halt nor resume lets it out.
        expect(world.written).not.toContain(order.clOrdId);
        halted = !halted;
        written = world.written.length;
      } else if (roll < 0.25) {
        world.bench.message(order);
        orders.add(order.clOrdId);
      } else if (roll < 0.3) {
        world.bench.message(cancel(`o${step - 1}`));
      } else if (roll < 0.31) {
        world.crash();
      } else if (roll < 0.32) {
        world.cut("test");
      } else {
        world.step();
      }
      if (halted) expect(world.written.slice(written).filter(isOrder)).toEqual([]);
    }
    world.settle();
    if (halted) expect(world.written.slice(written).filter(isOrder)).toEqual([]);
    expect(world.trespasses).toEqual([]);
    expect(new Set(world.written).size).toBe(world.written.length);
  });
});

describe("48: a halt while orders wait for the rate budget", () => {
  const limit = {
    name: "orders",
    kind: "window",
    window_ms: 10_000,
    limit: 4,
    weights: { place: 1, replace: 1 },
  } as const;
  const rate = { ...rateOptions_default, limits: [limit] };

  test("none of them leaves, then or when there is room again; each is answered once", () => {
    const bench = new VenueShardBench({ rate });
    bench.open();
    const ids: string[] = [];
    for (let no = 0; no < 8; no += 1) {
      bench.message(place(`o${no}`, bench.now_ns + 60_000_000_000n));
      ids.push(legOf(`o${no}`, "new:0"));
    }
    const sent = bench.sends();
    const waiting = ids.filter((id) => !sent.includes(id));
    expect(sent.length).toBeGreaterThan(0);
    expect(waiting.length).toBeGreaterThan(0);
    bench.control("halt", by("h1"));
    bench.pass(60_000);
    expect(bench.sends().filter((id) => ids.includes(id))).toEqual(sent);
    for (const id of waiting) expect(bench.said(id)).toEqual(["not_sent"]);
    const codes = bench
      .reports()
      .flatMap(({ execType, code }) => (execType === "not_sent" ? [code] : []));
    expect(new Set(codes)).toEqual(new Set(["VENUE_HALTED"]));
  });
});
