/**
 * Shards that a node may not run again: fenced by a writer without a lease, or with a broken
 * journal.
 */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { TestClock } from "effect/testing";
import { accountShard, shardName } from "../../protocols/kernel/shard.ts";
import { renewEvery_ms } from "../../runtime/lease_hold.ts";
import { leaseTimeToLive_ms } from "../../runtime/leases.ts";
import { fencedPause_ms, restartPause_ms } from "../../runtime/ownership.ts";
import { makeWorld, shards } from "./ownership_world.ts";

const all = shards.map(shardName).toSorted();

describe("a barred shard", () => {
  it.effect("is left alone for long where it was fenced while its lease was ours", () =>
    Effect.gen(function* () {
      const a = yield* makeWorld().node("a");
      a.ownership.ended("acct-3", "fenced");
      yield* TestClock.adjust(renewEvery_ms);
      assert.notInclude(a.owned(), "acct-3");
      yield* TestClock.adjust(fencedPause_ms - 2 * renewEvery_ms);
      assert.notInclude(a.owned(), "acct-3");
      yield* TestClock.adjust(3 * renewEvery_ms);
      assert.deepStrictEqual(a.owned(), all);
    }),
  );

  it.effect("comes back soon where the lease had lapsed before it was fenced", () =>
    Effect.gen(function* () {
      const world = makeWorld();
      const a = yield* world.node("a");
      a.cut();
      yield* TestClock.adjust(leaseTimeToLive_ms);
      assert.isFalse(a.ownership.mayAct(accountShard(3)));
      a.ownership.ended("acct-3", "fenced");
      const b = yield* world.node("a");
      yield* TestClock.adjust(2 * leaseTimeToLive_ms);
      assert.deepStrictEqual(b.owned(), all);
    }),
  );

  it.effect("never takes a shard back whose journal is broken", () =>
    Effect.gen(function* () {
      const a = yield* makeWorld().node("a");
      a.ownership.ended("acct-3", "broken");
      yield* TestClock.adjust(50 * restartPause_ms);
      assert.deepStrictEqual(
        a.owned(),
        all.filter((name) => name !== "acct-3"),
      );
    }),
  );
});
