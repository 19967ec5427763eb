/**
 * Keeping shards: sharing, takeover, renewal, deadlines, freezes, drain; on a test clock.
 */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { accountShard, shardName } from "../../protocols/kernel/shard.ts";
import { leaseMargin_ms, renewEvery_ms } from "../../runtime/lease_hold.ts";
import { Leases, leaseTimeToLive_ms } from "../../runtime/leases.ts";
import { handover_ms, restartPause_ms } from "../../runtime/ownership.ts";
import { moves_max } from "../../runtime/ownership_moves.ts";
import { makeWorld, shards } from "./ownership_world.ts";
import type { TestNode } from "./ownership_world.ts";

const all = shards.map(shardName).toSorted();

const reasons = (node: TestNode) =>
  node.events.flatMap((event) => (event.type === "ending" ? [event.reason] : []));

const anyMayAct = (node: TestNode) => shards.some((shard) => node.ownership.mayAct(shard));

const allMayAct = (node: TestNode) => shards.every((shard) => node.ownership.mayAct(shard));

describe("one node", () => {
  it.effect("starts every shard at once and keeps them for ever", () =>
    Effect.gen(function* () {
      const a = yield* makeWorld().node("a");
      assert.deepStrictEqual(a.owned(), all);
      for (let second = 0; second < 60; second += 1) {
        yield* TestClock.adjust(1_000);
        assert.isTrue(allMayAct(a));
      }
      assert.strictEqual(a.trace.length, shards.length);
      assert.deepStrictEqual(a.ownership.status().wanted?.toSorted(), all);
    }),
  );

  it.effect("may act for nothing before it starts and nothing after it was stopped", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a", { shards: shards.slice(0, 7) });
      assert.isFalse(a.ownership.mayAct(accountShard(7)));
      assert.isTrue(a.ownership.mayAct(accountShard(6)));
      yield* a.stop;
      assert.isFalse(anyMayAct(a));
      assert.deepStrictEqual(a.owned(), []);
      const store = yield* Effect.provide(Leases, world.leases.layer, { local: true });
      assert.strictEqual((yield* store.holders()).size, 0);
    }),
  );

  it.effect("gives a shard that fails to start back and tries it again after the pause", () =>
    Effect.gen(function* () {
      let tries = 0;
      const a = yield* makeWorld().node("a", {
        shards: shards.slice(0, 1),
        start: () => Effect.suspend(() => ((tries += 1) < 3 ? Effect.fail("no") : Effect.void)),
      });
      assert.strictEqual(tries, 1);
      assert.isFalse(anyMayAct(a));
      yield* TestClock.adjust(restartPause_ms - handover_ms);
      assert.strictEqual(tries, 1);
      yield* TestClock.adjust(renewEvery_ms + handover_ms);
      assert.strictEqual(tries, 2);
      yield* TestClock.adjust(restartPause_ms + renewEvery_ms);
      assert.strictEqual(tries, 3);
      assert.isTrue(a.ownership.mayAct(accountShard(0)));
      assert.deepStrictEqual(reasons(a), ["start_failed", "start_failed"]);
    }),
  );

  it.effect("gives a shard that ended by itself back, and tries it again after the pause", () =>
    Effect.gen(function* () {
      const a = yield* makeWorld().node("a");
      a.ownership.ended("acct-3");
      yield* TestClock.adjust(renewEvery_ms);
      assert.deepStrictEqual(reasons(a), ["ended"]);
      assert.notInclude(a.owned(), "acct-3");
      yield* TestClock.adjust(restartPause_ms + renewEvery_ms);
      assert.deepStrictEqual(a.owned(), all);
    }),
  );

  it.effect("a restarted process takes its own shards over without waiting for their end", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const former = yield* world.node("a");
      former.cut();
      const a = yield* world.node("a");
      assert.deepStrictEqual(a.owned(), all);
    }),
  );

  it.effect(
    "the older of two processes of one name stops its shards and never takes them back",
    () =>
      Effect.gen(function* () {
        const world = makeWorld();
        const older = yield* world.node("a");
        const newer = yield* world.node("a");
        yield* TestClock.adjust(20_000);
        assert.deepStrictEqual(older.owned(), []);
        assert.isFalse(anyMayAct(older));
        assert.deepStrictEqual(newer.owned(), all);
        assert.strictEqual(newer.trace.length, shards.length);
        assert.deepStrictEqual(new Set(reasons(older)), new Set(["lost"]));
      }),
  );
});

describe("several nodes", () => {
  it.effect("share the shards as placement says; a joining node gets its share, 2 at a time", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a", { stop_ms: 50 });
      const b = yield* world.node("b");
      assert.deepStrictEqual(b.owned(), []);
      let moving_max = 0;
      for (let step = 0; step < 40; step += 1) {
        yield* TestClock.adjust(50);
        const states = [...a.ownership.status().shards.values()];
        moving_max = Math.max(moving_max, states.filter((state) => state === "moving").length);
      }
      assert.strictEqual(moving_max, moves_max);
      assert.deepStrictEqual(a.owned(), world.placed("a", ["a", "b"]));
      assert.deepStrictEqual(b.owned(), world.placed("b", ["a", "b"]));
      assert.deepStrictEqual(new Set(reasons(a)), new Set(["moved"]));
      assert.strictEqual(a.trace.length, shards.length + b.owned().length);
    }),
  );

  it.effect(
    "never run a shard twice, and never both may act, whoever comes, goes or is cut off",
    () =>
      Effect.gen(function* () {
        const world = makeWorld();
        const nodes = [yield* world.node("a", { stop_ms: 120 }), yield* world.node("b")];
        const check = () => {
          for (const shard of shards) {
            const acting = nodes.filter((node) => node.ownership.mayAct(shard));
            assert.isAtMost(acting.length, 1, shardName(shard));
          }
        };
        const pass = Effect.gen(function* () {
          for (let step = 0; step < 120; step += 1) {
            yield* TestClock.adjust(50);
            check();
          }
        });
        yield* pass;
        nodes.push(yield* world.node("c", { weight: 2 }));
        yield* pass;
        nodes[1]?.cut();
        yield* pass;
        const survivors = [...(nodes[0]?.owned() ?? []), ...(nodes[2]?.owned() ?? [])];
        assert.deepStrictEqual(survivors.toSorted(), all);
        assert.deepStrictEqual(nodes[1]?.owned(), []);
      }),
  );

  it.effect("take the shards of a dead node over within its lease's life and one look", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a");
      const b = yield* world.node("b");
      yield* TestClock.adjust(5_000);
      assert.isAbove(a.owned().length, 0);
      a.cut();
      yield* TestClock.adjust(leaseTimeToLive_ms + 2 * renewEvery_ms);
      assert.deepStrictEqual(b.owned(), all);
    }),
  );
});

describe("losing a lease", () => {
  it.effect(
    "mayAct ends at the local deadline, before the lease does, and the shard is stopped",
    () =>
      Effect.gen(function* () {
        const world = makeWorld();
        const a = yield* world.node("a");
        yield* TestClock.adjust(10_000);
        a.cut();
        yield* TestClock.adjust(leaseTimeToLive_ms - leaseMargin_ms - 1);
        assert.isTrue(allMayAct(a));
        yield* TestClock.adjust(1);
        assert.isFalse(anyMayAct(a));
        assert.deepStrictEqual(a.owned(), []);
        assert.deepStrictEqual(new Set(reasons(a)), new Set(["lapsed"]));
      }),
  );

  it.effect(
    "a frozen process may not act before another could take its lease, nor ever again",
    () =>
      Effect.gen(function* () {
        const world = makeWorld();
        const a = yield* world.node("a");
        yield* TestClock.adjust(10_400);
        const gates = [...a.gates.values()];
        const store = yield* Effect.provide(Leases, world.leases.layer, { local: true });
        a.freeze();
        let taken_ms: number | undefined;
        let silent_ms: number | undefined;
        for (let frozen_ms = 0; frozen_ms <= 5_000; frozen_ms += 25) {
          // What its very first instruction after the freeze would be told.
          if (silent_ms === undefined && !gates.some((gate) => gate())) silent_ms = frozen_ms;
          const free = (yield* store.holders()).size < shards.length;
          if (taken_ms === undefined && free) taken_ms = frozen_ms;
          yield* TestClock.adjust(25);
        }
        assert.isDefined(taken_ms);
        assert.isAtMost(silent_ms ?? Infinity, (taken_ms ?? 0) - leaseMargin_ms);
        const b = yield* world.node("b");
        assert.isTrue(b.owned().length > 0);
        a.thaw();
        yield* TestClock.adjust(100);
        assert.isFalse(gates.some((gate) => gate()));
        yield* TestClock.adjust(5_000);
        assert.isFalse(gates.some((gate) => gate()));
        assert.deepStrictEqual(a.owned(), world.placed("a", ["a", "b"]));
        assert.deepStrictEqual(b.owned(), world.placed("b", ["a", "b"]));
      }),
  );

  it.effect("a renewal that is refused stops the shard at once", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a");
      const store = yield* Effect.provide(Leases, world.leases.layer, { local: true });
      yield* store.acquire(accountShard(2), "a");
      yield* TestClock.adjust(renewEvery_ms);
      assert.isFalse(a.ownership.mayAct(accountShard(2)));
      assert.deepStrictEqual(reasons(a), ["lost"]);
      assert.include(a.trace, "-acct-2");
      assert.isTrue(a.ownership.mayAct(accountShard(3)));
    }),
  );

  for (const fate of ["fail", "lose_answer"] as const) {
    it.effect(`four renewals in a row that ${fate} are survived; the fifth saves the lease`, () =>
      Effect.gen(function* () {
        const world = makeWorld();
        const a = yield* world.node("a");
        let refused = 0;
        world.leases.faults.decide = (operation) =>
          operation === "renew" && (refused += 1) <= 4 * shards.length ? fate : "none";
        for (let step = 0; step < 200; step += 1) {
          yield* TestClock.adjust(50);
          assert.isTrue(allMayAct(a));
        }
        assert.isAbove(refused, 4 * shards.length);
        assert.isTrue(a.events.some((event) => event.type === "leases_unavailable"));
        assert.deepStrictEqual(reasons(a), []);
      }),
    );
  }

  it.effect("an answer slower than the deadline does not revive the shard", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a");
      const gates = [...a.gates.values()];
      yield* TestClock.adjust(500);
      world.leases.faults.delay_ms = 1_900;
      yield* TestClock.adjust(2_000);
      for (let step = 0; step < 200; step += 1) {
        assert.isFalse(gates.some((gate) => gate()));
        yield* TestClock.adjust(50);
      }
      assert.include(reasons(a), "lapsed");
    }),
  );

  it.effect("a store away for a minute: shards lapse, and come back with their old owners", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a");
      const b = yield* world.node("b");
      yield* TestClock.adjust(5_000);
      world.leases.faults.decide = () => "fail";
      yield* TestClock.adjust(60_000);
      assert.deepStrictEqual([...a.owned(), ...b.owned()], []);
      world.leases.faults.decide = () => "none";
      yield* TestClock.adjust(5_000);
      assert.deepStrictEqual(a.owned(), world.placed("a", ["a", "b"]));
      assert.deepStrictEqual(b.owned(), world.placed("b", ["a", "b"]));
    }),
  );
});

describe("drain", () => {
  it.effect("stops all in bounded parallel, frees each lease at once; the successor starts", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a", { stop_ms: 200 });
      const b = yield* world.node("b");
      yield* TestClock.adjust(10_000);
      const before = a.owned().length;
      assert.isAbove(before, 0);
      const draining = yield* Effect.forkChild(a.ownership.drain());
      // One stop, then the successor's next look; a look at rest comes every third of the lease.
      yield* TestClock.adjust(200 * Math.ceil(before / 4) + renewEvery_ms);
      assert.isDefined(draining.pollUnsafe());
      assert.deepStrictEqual(a.owned(), []);
      assert.deepStrictEqual(b.owned(), all);
      yield* TestClock.adjust(30_000);
      assert.deepStrictEqual(a.owned(), []);
      assert.isTrue(a.ownership.status().draining);
    }),
  );

  it.effect("a successor that waits is there within one quick look of each release", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a", { stop_ms: 3_000 });
      const b = yield* world.node("b");
      yield* TestClock.adjust(30_000);
      const freed = yield* Effect.forkChild(a.ownership.drain());
      yield* TestClock.adjust(2_900);
      const waited = b.owned().length;
      yield* TestClock.adjust(100 + handover_ms);
      assert.isAbove(b.owned().length, waited);
      yield* TestClock.adjust(10_000);
      yield* Fiber.join(freed);
      assert.deepStrictEqual(b.owned(), all);
    }),
  );

  it.effect("a shard that stops gracefully may act until its stop is done", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a", { stop_ms: 8_000 });
      const drain = yield* Effect.forkChild(a.ownership.drain());
      yield* TestClock.adjust(7_999);
      assert.strictEqual(shards.filter((shard) => a.ownership.mayAct(shard)).length, 8);
      yield* TestClock.adjust(1);
      assert.strictEqual(shards.filter((shard) => a.ownership.mayAct(shard)).length, 4);
      yield* TestClock.adjust(8_000);
      assert.isFalse(anyMayAct(a));
      yield* Fiber.join(drain);
    }),
  );

  it.effect("a shard whose start is under way is interrupted and given back", () =>
    Effect.gen(function* () {
      const steps: string[] = [];
      const a = yield* makeWorld().node("a", {
        shards: shards.slice(0, 1),
        start: () =>
          Effect.onInterrupt(Effect.never, () => Effect.sync(() => steps.push("interrupted"))),
        stop: () => Effect.sync(() => steps.push("stopped")),
      });
      assert.deepStrictEqual([...a.ownership.status().shards.values()], ["starting"]);
      yield* a.ownership.drain();
      assert.deepStrictEqual(steps, ["interrupted", "stopped"]);
      assert.strictEqual(a.ownership.status().shards.size, 0);
    }),
  );
});

describe("by force", () => {
  it.effect("a second node runs the same shards without any lease, and may act for all", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a");
      const rogue = yield* world.node("rogue", { force: true });
      assert.deepStrictEqual(rogue.owned(), all);
      rogue.cut();
      yield* TestClock.adjust(60_000);
      assert.isTrue(allMayAct(rogue));
      assert.isTrue(allMayAct(a));
      yield* rogue.stop;
      assert.deepStrictEqual(rogue.owned(), []);
      assert.isFalse(anyMayAct(rogue));
    }),
  );
});
