/**
 * Snapshots of states larger than a chunk, and with characters of every width.
 */
import { Effect } from "effect";
import { expect, it } from "vitest";
import { accountShard } from "../../protocols/kernel/shard.ts";
import { SnapshotStore, snapshotChunk_bytes_max } from "../../runtime/snapshot_store.ts";
import { makeSnapshotStoreMemory } from "../../runtime/snapshot_store_memory.ts";
import { emptyState, freeze, stateHash, thaw } from "../../runtime/shard_state.ts";
import { linesOfChunks, writeSnapshot } from "../../runtime/snapshotter.ts";

interface Kinds {
  readonly thing: { readonly text: string; readonly n: bigint };
}

it("reads back what it wrote, whatever the size of one actor's state", async () => {
  const state = emptyState<Kinds>(["thing"]);
  for (let i = 0; i < 500; i += 1) state.space.set("thing", `k${i}`, { text: "é", n: BigInt(i) });
  const wide = "𝄞€x".repeat(snapshotChunk_bytes_max / 4);
  state.space.set("thing", "wide", { text: wide, n: -1n });
  state.space.set("thing", "after", { text: "\n\t\u2028", n: 1n });
  const frozen = freeze(state);
  const shard = accountShard(0);
  const saved = await Effect.runPromise(
    Effect.gen(function* () {
      const proof = yield* writeSnapshot(shard, frozen);
      const store = yield* SnapshotStore;
      return { proof, snapshot: yield* store.load(shard) };
    }).pipe(Effect.provide(makeSnapshotStoreMemory().layer)),
  );
  const chunks = saved.snapshot?.chunks ?? [];
  expect(chunks.length).toBeGreaterThan(2);
  for (const chunk of chunks) {
    expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(snapshotChunk_bytes_max);
    expect(Buffer.from(chunk).toString()).toBe(chunk);
  }
  const read = thaw<Kinds>(["thing"], linesOfChunks(chunks));
  expect(stateHash(freeze(read))).toBe(stateHash(frozen));
  expect(saved.proof.hash).toBe(stateHash(frozen));
  expect(read.space.get("thing", "wide")?.text).toBe(wide);
});
