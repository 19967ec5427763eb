/**
 * Snapshots in memory: the same contract as on JetStream, for tests, simulation and backtests.
 *
 * Owns: the snapshots of one world, which outlive the shards that took them.
 * Never: time, chances or sockets of its own.
 */
import { Layer } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import { makeFaultKnobs, perform } from "./memory_faults.ts";
import type { FaultKnobs } from "./memory_faults.ts";
import type { Snapshot } from "./snapshot_store.ts";
import { SnapshotStore, SnapshotUnavailable } from "./snapshot_store.ts";

/** The snapshots of one world. Every layer built from it sees the same ones. */
export interface SnapshotStoreMemory {
  readonly layer: Layer.Layer<SnapshotStore>;
  /** Operations: `save`, `load`. */
  readonly faults: FaultKnobs;
  /** A shard's snapshots, the newest first, at most two. */
  readonly snapshots: (shard: Shard) => readonly Snapshot[];
  /** Damages a shard's newest snapshot, so that it no longer loads. */
  readonly spoil: (shard: Shard) => void;
}

const kept_max = 2;

/** Makes a world without snapshots. */
export const makeSnapshotStoreMemory = (): SnapshotStoreMemory => {
  const faults = makeFaultKnobs();
  const byShard = new Map<string, readonly Snapshot[]>();
  const spoiled = new Set<Snapshot>();
  const of = (shard: Shard): readonly Snapshot[] => byShard.get(shardName(shard)) ?? [];
  const unavailable = (shard: Shard, operation: string) => (cause: Error) =>
    new SnapshotUnavailable({ shard: shardName(shard), operation, cause });

  const store = SnapshotStore.of({
    save: (shard, snapshot) =>
      perform(
        faults,
        "save",
        () => {
          const held = of(shard);
          if ((held[0]?.seq ?? -1) >= snapshot.seq) return;
          const copy = { seq: snapshot.seq, chunks: [...snapshot.chunks] };
          byShard.set(shardName(shard), [copy, ...held].slice(0, kept_max));
        },
        unavailable(shard, "save"),
      ),
    load: (shard) =>
      perform(
        faults,
        "load",
        () => of(shard).find((snapshot) => !spoiled.has(snapshot)),
        unavailable(shard, "load"),
      ),
  });

  return {
    layer: Layer.succeed(SnapshotStore, store),
    faults,
    snapshots: of,
    spoil: (shard) => {
      const [newest] = of(shard);
      if (newest !== undefined) spoiled.add(newest);
    },
  };
};
