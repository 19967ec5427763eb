/**
 * What every snapshot store must do, whatever it is made of.
 *
 * Owns: the numbered clauses of `runtime/snapshot_store.ts` as tests.
 * Never: knows an implementation; a harness gives it a store and can damage what is in it.
 */
import { Effect } from "effect";
import { assert, describe, it } from "vitest";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { SnapshotStore } from "../../runtime/snapshot_store.ts";
import type { Snapshot } from "../../runtime/snapshot_store.ts";

/** A store under test. */
export interface SnapshotStoreHarness {
  readonly run: <A, E>(effect: Effect.Effect<A, E, SnapshotStore>) => Promise<A>;
  /** A shard without snapshots. */
  readonly freshShard: () => Promise<Shard>;
  /** Damages the newest snapshot's content. */
  readonly spoil: (shard: Shard) => Promise<void>;
  /** Snapshots that take up room, whole or not. */
  readonly heldSeqs: (shard: Shard) => Promise<readonly number[]>;
}

/** A small snapshot. */
export const snapshotAt = (seq: number): Snapshot => ({
  seq,
  chunks: [`state at ${seq}\n`, `more of ${seq}\n`],
});

/** Declares the contract's tests. */
export const snapshotStoreContract = (harness: () => SnapshotStoreHarness): void => {
  const save = (shard: Shard, snapshot: Snapshot): Promise<void> =>
    harness().run(
      Effect.gen(function* () {
        const store = yield* SnapshotStore;
        yield* store.save(shard, snapshot);
      }),
    );
  const load = (shard: Shard): Promise<Snapshot | undefined> =>
    harness().run(
      Effect.gen(function* () {
        const store = yield* SnapshotStore;
        return yield* store.load(shard);
      }),
    );

  describe("snapshot store contract", () => {
    it("1: the newest snapshot is loaded as it was saved", async () => {
      const shard = await harness().freshShard();
      assert.isUndefined(await load(shard));
      await save(shard, snapshotAt(5));
      assert.deepStrictEqual(await load(shard), snapshotAt(5));
      await save(shard, snapshotAt(9));
      assert.deepStrictEqual(await load(shard), snapshotAt(9));
    });

    it("1: many chunks of the largest size and any text come back", async () => {
      const shard = await harness().freshShard();
      const chunks = Array.from({ length: 9 }, (_, index) => `${index}€`.padEnd(500_000, "ü\n{}"));
      const small = chunks.map((chunk) => chunk.slice(0, 200_000));
      await save(shard, { seq: 3, chunks: small });
      assert.deepStrictEqual(await load(shard), { seq: 3, chunks: small });
      await save(shard, { seq: 4, chunks: [] });
      assert.deepStrictEqual(await load(shard), { seq: 4, chunks: [] });
    });

    it("1: a damaged snapshot is passed over for the one before, then for none", async () => {
      const shard = await harness().freshShard();
      await save(shard, snapshotAt(5));
      await save(shard, snapshotAt(9));
      await harness().spoil(shard);
      assert.deepStrictEqual(await load(shard), snapshotAt(5));
      const other = await harness().freshShard();
      await save(other, snapshotAt(5));
      await harness().spoil(other);
      assert.isUndefined(await load(other));
    });

    it("2: a stale writer's snapshot never replaces a newer one", async () => {
      const shard = await harness().freshShard();
      await save(shard, snapshotAt(9));
      await save(shard, snapshotAt(5));
      assert.deepStrictEqual(await load(shard), snapshotAt(9));
      await save(shard, { seq: 9, chunks: ["other"] });
      assert.deepStrictEqual(await load(shard), snapshotAt(9));
    });

    it("2: of writers at the same moment the newest wins", async () => {
      const shard = await harness().freshShard();
      await Promise.all([7, 3, 8, 5].map((seq) => save(shard, snapshotAt(seq))));
      assert.deepStrictEqual(await load(shard), snapshotAt(8));
    });

    it("3: the newest two are kept", async () => {
      const shard = await harness().freshShard();
      for (const seq of [2, 4, 6, 8]) await save(shard, snapshotAt(seq));
      assert.deepStrictEqual(await harness().heldSeqs(shard), [6, 8]);
    });
  });
};
