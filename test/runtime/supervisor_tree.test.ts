/**
 * A whole node as it is built: supervisor tree, keeper and dynamic shards together.
 */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { accountShard, shardName } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { restartBackoff } from "../../runtime/child_spec.ts";
import type { SupervisionEvent, SupervisorSpec } from "../../runtime/child_spec.ts";
import { Leases } from "../../runtime/leases.ts";
import { makeLeasesMemory } from "../../runtime/leases_memory.ts";
import { makeOwnership, restartPause_ms } from "../../runtime/ownership.ts";
import { makeSupervisor, supervisorChild } from "../../runtime/supervisor.ts";
import { makeProbe, settle } from "./supervisor_probe.ts";

const all = Array.from({ length: 3 }, (_, index) => accountShard(index));

const makeNode = () => {
  const probe = makeProbe();
  const limits: Pick<SupervisorSpec, "intensity" | "period_ms" | "backoff"> = {
    intensity: 1,
    period_ms: 60_000,
    backoff: restartBackoff(10, 1_000),
  };
  const shards = makeSupervisor({
    ...limits,
    id: "shards",
    strategy: "one_for_one",
    children: [],
    onEvent: (event) => {
      note(event);
    },
  });
  // A shard is a supervisor of its own: what exhausts it stops it and nothing else.
  const shardOf = (shard: Shard) =>
    makeSupervisor({
      ...limits,
      id: shardName(shard),
      strategy: "rest_for_one",
      children: [probe.child(`loop-${shard.key}`), probe.child(`link-${shard.key}`)],
      onEvent: () => {},
    });
  const ownership = makeOwnership({
    node: "a",
    weight: 1,
    shards: all,
    start: (shard) => shards.startChild(supervisorChild(shardOf(shard), "temporary")),
    stop: (shard) => shards.stopChild(shardName(shard)),
  });
  const note = (event: SupervisionEvent) => {
    if (event.type === "child_failed" || event.type === "child_ended") ownership.ended(event.child);
  };
  const node = makeSupervisor<Leases>({
    ...limits,
    id: "node",
    strategy: "rest_for_one",
    children: [
      supervisorChild(shards),
      {
        id: "ownership",
        start: ownership.run,
        restart: "permanent",
        shutdown_ms: 10_000,
        type: "worker",
      },
    ],
    onEvent: () => {},
  });
  return { probe, shards, ownership, node };
};

describe("a node", () => {
  it.effect("runs its shards, loses one without the others, takes it up again, and drains", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust(1);
      const world = makeLeasesMemory();
      const { probe, shards, ownership, node } = makeNode();
      const fiber = yield* Effect.forkChild(Effect.provide(node.run(), world.layer));
      yield* settle;
      yield* settle;
      const start = (key: number) => `+loop-${key} loop-${key}! +link-${key} link-${key}!`;
      assert.sameMembers(
        probe.take().split(" "),
        [0, 1, 2].flatMap((k) => start(k).split(" ")),
      );

      // Within its intensity a shard mends itself.
      yield* probe.tell("loop-1", "fail");
      yield* TestClock.adjust(100);
      assert.strictEqual(probe.take(), `-loop-1 -link-1 ${start(1)}`);
      assert.isTrue(ownership.mayAct(accountShard(1)));

      // Beyond it, it is given back, left alone for a while, and taken up again.
      yield* probe.tell("link-1", "defect");
      yield* settle;
      assert.strictEqual(probe.take(), "-link-1 -loop-1");
      assert.strictEqual(shards.children().length, 2);
      yield* TestClock.adjust(2_000);
      assert.isFalse(ownership.mayAct(accountShard(1)));
      assert.isTrue(ownership.mayAct(accountShard(2)));
      yield* TestClock.adjust(restartPause_ms + 1_000);
      assert.strictEqual(probe.take(), start(1));
      assert.isTrue(ownership.mayAct(accountShard(1)));

      // Draining stops the shards and leaves the tree standing.
      yield* ownership.drain();
      assert.strictEqual(shards.children().length, 0);
      assert.strictEqual(node.children().length, 2);
      const store = yield* Effect.provide(Leases, world.layer, { local: true });
      assert.strictEqual((yield* store.holders()).size, 0);
      yield* Fiber.interrupt(fiber);
    }),
  );

  it.effect("stopped without a drain it stops the shards first and gives the leases back", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust(1);
      const world = makeLeasesMemory();
      const { probe, ownership, node } = makeNode();
      const fiber = yield* Effect.forkChild(Effect.provide(node.run(), world.layer));
      yield* settle;
      yield* settle;
      probe.take();
      yield* Fiber.interrupt(fiber);
      const stopped = probe.take().split(" ");
      assert.strictEqual(stopped.length, 6);
      for (const key of [0, 1, 2]) {
        assert.isBelow(stopped.indexOf(`-link-${key}`), stopped.indexOf(`-loop-${key}`));
        assert.isFalse(ownership.mayAct(accountShard(key)));
      }
      const store = yield* Effect.provide(Leases, world.layer, { local: true });
      assert.strictEqual((yield* store.holders()).size, 0);
    }),
  );
});
