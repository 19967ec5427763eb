/**
 * What every lease store must do, whatever it is made of.
 *
 * Owns: the numbered clauses of `runtime/leases.ts` as tests.
 * Never: knows an implementation; a harness gives it two processes and lets time pass.
 */
import { Effect } from "effect";
import { assert, describe, it } from "vitest";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { shardName } from "../../protocols/kernel/shard.ts";
import { LeaseLost, Leases, leaseTimeToLive_ms } from "../../runtime/leases.ts";
import type { Lease, NodePresence } from "../../runtime/leases.ts";

/** Leases under test, as two processes see them. */
export interface LeasesHarness {
  readonly run: <A, E>(effect: Effect.Effect<A, E, Leases>) => Promise<A>;
  /** The same in another process. */
  readonly runElsewhere: <A, E>(effect: Effect.Effect<A, E, Leases>) => Promise<A>;
  /** A shard that nobody has held. */
  readonly freshShard: () => Promise<Shard>;
  readonly pass: (ms: number) => Promise<void>;
}

const acquire = (shard: Shard, node: string) =>
  Effect.gen(function* () {
    const leases = yield* Leases;
    return yield* leases.acquire(shard, node);
  });

const renew = (lease: Lease) =>
  Effect.gen(function* () {
    const leases = yield* Leases;
    return yield* leases.renew(lease);
  });

const release = (lease: Lease) =>
  Effect.gen(function* () {
    const leases = yield* Leases;
    yield* leases.release(lease);
  });

const holderOf = (shard: Shard) =>
  Effect.gen(function* () {
    const leases = yield* Leases;
    return (yield* leases.holders()).get(shardName(shard));
  });

const present = Effect.gen(function* () {
  const leases = yield* Leases;
  return yield* leases.present();
});

const announce = (presence: NodePresence) =>
  Effect.gen(function* () {
    const leases = yield* Leases;
    yield* leases.announce(presence);
  });

/** An acquisition that must succeed. */
const held = (lease: Lease | undefined): Lease => {
  assert.isDefined(lease);
  return lease;
};

/** A replica may show a write a little later than its leader. */
const eventually = async (check: () => Promise<boolean>): Promise<void> => {
  for (let round = 0; round < 40; round += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail("did not come to pass");
};

type Harness = () => LeasesHarness;

/** Declares the contract's tests. */
export const leasesContract = (harness: Harness): void => {
  describe("leases contract", () => {
    holding(harness);
    ending(harness);
    takingOver(harness);
  });
};

const holding = (harness: Harness): void => {
  it("1: a shard has one holder; released, it is free at once", async () => {
    const shard = await harness().freshShard();
    const lease = held(await harness().run(acquire(shard, "node-a")));
    assert.isUndefined(await harness().runElsewhere(acquire(shard, "node-b")));
    const watching = harness().runElsewhere;
    await eventually(async () => (await watching(holderOf(shard))) === "node-a");
    await harness().run(release(lease));
    await eventually(async () => (await watching(holderOf(shard))) === undefined);
    const next = held(await harness().runElsewhere(acquire(shard, "node-b")));
    assert.isAbove(next.revision, lease.revision);
    assert.isUndefined(await harness().run(acquire(shard, "node-a")));
  });

  it("1: of many nodes at once exactly one acquires", async () => {
    const shard = await harness().freshShard();
    const nodes = Array.from({ length: 20 }, (_, index) => `node-${index}`);
    const leases = await harness().run(
      Effect.forEach(nodes, (node) => acquire(shard, node), { concurrency: "unbounded" }),
    );
    assert.strictEqual(leases.filter((lease) => lease !== undefined).length, 1);
  });
};

const ending = (harness: Harness): void => {
  it("1: renewed it goes on; not renewed it ends, as presence does (4)", async () => {
    const [kept, left] = [await harness().freshShard(), await harness().freshShard()];
    const first = held(await harness().run(acquire(kept, "node-a")));
    const abandoned = held(await harness().run(acquire(left, "node-a")));
    const stays = { node: `stays-${kept.key}`, weight: 2, draining: true };
    const goes = { node: `goes-${left.key}`, weight: 0.5, draining: false, avoids: ["acct-1"] };
    await harness().run(announce(goes));
    await harness().run(announce(stays));
    // Presence is advice: a replica that lags may answer for a moment.
    let both = await harness().run(present);
    const isSeen = ({ node }: NodePresence): boolean => both.some((one) => one.node === node);
    for (let looks = 0; looks < 50 && !(isSeen(stays) && isSeen(goes)); looks += 1) {
      await harness().pass(20);
      both = await harness().run(present);
    }
    assert.deepInclude(both, stays);
    assert.deepInclude(both, goes);
    await harness().pass(leaseTimeToLive_ms / 2);
    const renewed = await harness().run(renew(first));
    await harness().run(announce(stays));
    assert.isAbove(renewed.revision, first.revision);
    await harness().pass(leaseTimeToLive_ms / 2 + 600);
    assert.isUndefined(await harness().runElsewhere(acquire(kept, "node-b")));
    assert.isDefined(await harness().runElsewhere(acquire(left, "node-b")));
    assert.instanceOf(await harness().run(Effect.flip(renew(abandoned))), LeaseLost);
    const after = await harness().run(present);
    assert.deepInclude(after, stays);
    assert.notDeepInclude(after, goes);
  });
};

const takingOver = (harness: Harness): void => {
  it("2, 3: a node's new process takes its lease over; the old one has lost it", async () => {
    const shard = await harness().freshShard();
    const old = held(await harness().run(acquire(shard, "node-a")));
    const taken = held(await harness().runElsewhere(acquire(shard, "node-a")));
    assert.isAbove(taken.revision, old.revision);
    assert.instanceOf(await harness().run(Effect.flip(renew(old))), LeaseLost);
    assert.instanceOf(await harness().run(Effect.flip(release(old))), LeaseLost);
    const renewed = await harness().runElsewhere(renew(taken));
    await harness().runElsewhere(release(renewed));
    await harness().runElsewhere(release(renewed));
  });

  it("3: a process may use an old proof of what it still holds", async () => {
    const shard = await harness().freshShard();
    const first = held(await harness().run(acquire(shard, "node-a")));
    const second = await harness().run(renew(first));
    const third = await harness().run(renew(first));
    assert.isAtLeast(third.revision, second.revision);
    await harness().run(release(first));
    assert.isDefined(await harness().runElsewhere(acquire(shard, "node-b")));
  });
};
