/**
 * Shards that a node cannot serve (its way to a venue is broken, or its supervisor gave up): given
 * away, tried again in turns where no node can, and never passed to and fro.
 */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { TestClock } from "effect/testing";
import { shardName } from "../../protocols/kernel/shard.ts";
import { leaseTimeToLive_ms } from "../../runtime/leases.ts";
import type { NodePresence } from "../../runtime/leases.ts";
import { restartPause_ms } from "../../runtime/ownership.ts";
import { avoid_ms } from "../../runtime/ownership_avoid.ts";
import { ownerOf } from "../../runtime/placement.ts";
import { makeWorld, shards } from "./ownership_world.ts";
import type { TestNode, World } from "./ownership_world.ts";

const all = shards.map(shardName).toSorted();
const hour_ms = 3_600_000;

const presence = (node: string, avoids: readonly string[] = []): NodePresence => ({
  node,
  weight: 1,
  draining: false,
  avoids,
});

/** Two nodes that have settled, and a shard that placement gives to the first. */
const settled = (world: World) =>
  Effect.gen(function* () {
    const a = yield* world.node("a");
    const b = yield* world.node("b");
    yield* TestClock.adjust(10 * leaseTimeToLive_ms);
    const [shard = ""] = world.placed("a", ["a", "b"]);
    assert.include(a.owned(), shard);
    return { a, b, shard };
  });

const starts = (node: TestNode, shard: string): number =>
  node.trace.filter((entry) => entry === `+${shard}`).length;

const endsOf = (node: TestNode, shard: string): readonly string[] =>
  node.events.flatMap((event) =>
    event.type === "ending" && event.shard === shard ? [event.reason] : [],
  );

describe("placement", () => {
  it("gives a shard to a node that does not avoid it, and as ever where all do", () => {
    for (const shard of all) {
      assert.strictEqual(ownerOf(shard, [presence("a", [shard]), presence("b")]), "b");
      assert.strictEqual(ownerOf(shard, [presence("a"), presence("b", [shard])]), "a");
      const both = [presence("a", [shard]), presence("b", [shard])];
      assert.strictEqual(ownerOf(shard, both), ownerOf(shard, [presence("a"), presence("b")]));
      assert.strictEqual(ownerOf(shard, [presence("a", [shard])]), "a");
    }
  });
});

describe("a shard that a node cannot serve", () => {
  it.effect("goes to another node within seconds, and stays there", () =>
    Effect.gen(function* () {
      const { a, b, shard } = yield* settled(makeWorld());
      a.ownership.unreachable(shard);
      yield* TestClock.adjust(2 * leaseTimeToLive_ms);
      assert.notInclude(a.owned(), shard);
      assert.include(b.owned(), shard);
      assert.deepStrictEqual(endsOf(a, shard), ["unreachable"]);
      yield* TestClock.adjust(hour_ms);
      assert.include(b.owned(), shard);
      assert.deepStrictEqual([starts(a, shard), starts(b, shard)], [1, 1]);
      assert.deepStrictEqual([...a.owned(), ...b.owned()].toSorted(), all);
    }),
  );

  it.effect("moves once, not to and fro, while no node can serve it; each tries in turn", () =>
    Effect.gen(function* () {
      const { a, b, shard } = yield* settled(makeWorld());
      const failing = (minutes: number) =>
        Effect.gen(function* () {
          for (let minute = 0; minute < minutes; minute += 1) {
            for (const node of [a, b])
              if (node.owned().includes(shard)) node.ownership.unreachable(shard);
            yield* TestClock.adjust(60_000);
          }
        });
      yield* failing(avoid_ms / 60_000 - 1);
      assert.deepStrictEqual([starts(a, shard), starts(b, shard)], [1, 1]);
      assert.include(b.owned(), shard);
      assert.notInclude(a.ownership.status().wanted ?? [], shard);
      // The way from the first one may be whole again.
      yield* failing(2);
      assert.include(a.owned(), shard);
      yield* failing(60);
      const moves = starts(a, shard) + starts(b, shard);
      assert.isAtLeast(moves, 6);
      assert.isAtMost(moves, 9);
      assert.deepStrictEqual([...a.owned(), ...b.owned()].toSorted(), all);
    }),
  );

  it.effect("stays with the node that reaches it, although placement would have it elsewhere", () =>
    Effect.gen(function* () {
      const { a, b, shard } = yield* settled(makeWorld());
      a.ownership.unreachable(shard);
      yield* TestClock.adjust(2 * leaseTimeToLive_ms);
      b.ownership.unreachable(shard);
      yield* TestClock.adjust(60_000);
      b.ownership.reached(shard);
      yield* TestClock.adjust(hour_ms);
      assert.include(b.owned(), shard);
      assert.strictEqual(starts(a, shard), 1);
    }),
  );

  it.effect("that exhausted its supervisor goes to another node, for a while", () =>
    Effect.gen(function* () {
      const { a, b, shard } = yield* settled(makeWorld());
      a.ownership.ended(shard, "exhausted");
      yield* TestClock.adjust(restartPause_ms + 2 * leaseTimeToLive_ms);
      assert.include(b.owned(), shard);
      assert.deepStrictEqual([starts(a, shard), starts(b, shard)], [1, 1]);
      yield* TestClock.adjust(avoid_ms);
      assert.include(a.owned(), shard);
      assert.deepStrictEqual([...a.owned(), ...b.owned()].toSorted(), all);
    }),
  );

  it.effect("that exhausted its supervisor everywhere is tried again all the same", () =>
    Effect.gen(function* () {
      const { a, b, shard } = yield* settled(makeWorld());
      for (let i = 0; i < 4; i += 1) {
        for (const node of [a, b])
          if (node.owned().includes(shard)) node.ownership.ended(shard, "exhausted");
        yield* TestClock.adjust(restartPause_ms + 2 * leaseTimeToLive_ms);
        assert.include([...a.owned(), ...b.owned()], shard);
      }
    }),
  );

  it.effect("comes back when the node is the only one left", () =>
    Effect.gen(function* () {
      const { a, b, shard } = yield* settled(makeWorld());
      a.ownership.unreachable(shard);
      yield* TestClock.adjust(2 * leaseTimeToLive_ms);
      assert.include(b.owned(), shard);
      yield* b.stop.pipe(Effect.forkChild);
      yield* TestClock.adjust(4 * leaseTimeToLive_ms);
      assert.deepStrictEqual(a.owned(), all);
    }),
  );

  it.effect("stays where there is no other node: it is never without an owner", () =>
    Effect.gen(function* () {
      const a = yield* makeWorld().node("a");
      for (const shard of all) a.ownership.unreachable(shard);
      yield* TestClock.adjust(hour_ms);
      assert.deepStrictEqual(a.owned(), all);
      assert.deepStrictEqual(
        a.trace,
        all.map((shard) => `+${shard}`),
      );
    }),
  );

  it.effect("is given away later where another node comes later", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a");
      const [shard = ""] = world.placed("a", ["a", "b"]);
      a.ownership.unreachable(shard);
      yield* TestClock.adjust(hour_ms);
      assert.include(a.owned(), shard);
      const b = yield* world.node("b");
      yield* TestClock.adjust(10 * leaseTimeToLive_ms);
      assert.include(b.owned(), shard);
    }),
  );
});
