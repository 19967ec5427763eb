/**
 * Commits batches of turns: one frame each, and after it is stored, everything it says may leave.
 *
 * Owns: the order append → outbox and effects → observers ("durable first, visible second"), and
 * when a snapshot is due.
 */
import { Clock, Effect, Exit } from "effect";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import { encodeFrame } from "./frame.ts";
import type { Batch } from "./frame_builder.ts";
import { Journal } from "./journal.ts";
import { limits } from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import type { ShardDriver } from "./shard_model.ts";
import type { ShardObserver } from "./shard_options.ts";
import { freeze } from "./shard_state.ts";
import type { FrozenState, ShardState } from "./shard_state.ts";
import { SnapshotStore } from "./snapshot_store.ts";
import { writeSnapshot } from "./snapshotter.ts";
import type { SnapshotProof } from "./snapshotter.ts";

/** What committing needs to know of the shard. */
export interface CommitterOptions {
  readonly shard: Shard;
  readonly observer: ShardObserver;
  readonly snapshotEvery_frames?: number;
}

/** Commits a batch: one frame, and after it is stored, everything it says may leave. */
export const makeCommitter = <Kinds, Effects>(
  options: CommitterOptions,
  state: ShardState<Kinds>,
  outbox: Outbox,
  driver: ShardDriver<Effects> | undefined,
) =>
  Effect.gen(function* () {
    const journal = yield* Journal;
    const clock = yield* Clock.Clock;
    const snapshots = yield* SnapshotStore;
    const { shard, observer } = options;
    const name = shardName(shard);
    const every = options.snapshotEvery_frames ?? limits.snapshotEvery_frames;
    let proof: SnapshotProof | undefined;
    let sinceSnapshot = 0;

    const save = (frozen: FrozenState): Effect.Effect<void> =>
      writeSnapshot(shard, frozen).pipe(
        Effect.provideService(SnapshotStore, snapshots),
        Effect.onExit((exit) =>
          Effect.sync(() => {
            if (Exit.isSuccess(exit)) proof = exit.value;
            const outcome = Exit.isSuccess(exit) ? "saved" : "failed";
            observer.snapshot(name, outcome, frozen.end.seq);
          }),
        ),
        Effect.ignore,
      );
    return Effect.fnUntraced(function* (batch: Batch<Effects>) {
      const began_ns = clock.currentTimeNanosUnsafe();
      const seq = state.end.seq + 1;
      const { epoch, sum: prev } = state.end;
      const head = JSON.stringify({
        kind: "turns",
        at: String(began_ns),
        marks: state.marks,
        drained: outbox.drained(),
        ...(proof === undefined ? {} : { hashed: proof }),
      });
      const content = `${head.slice(0, -1)},"turns":[${batch.turns.join(",")}]}`;
      const out = batch.out.length === 0 ? "" : `[${batch.out.map(({ line }) => line).join(",")}]`;
      const { data, sum } = encodeFrame(name, seq, epoch, prev, content, out);
      const proven = proof;
      yield* journal.append(shard, seq - 1, data);
      if (proof === proven) proof = undefined;
      state.drained = outbox.drained();
      state.end = { seq, sum, epoch };
      state.committed = state.marks;
      outbox.release(seq, batch.out);
      if (batch.effects.length > 0) driver?.begin?.(batch.effects);
      for (const effect of batch.effects) driver?.perform(effect);
      for (const cause of batch.parked) observer.parked(name, cause);
      const age_ns = batch.oldest_ns === undefined ? undefined : began_ns - batch.oldest_ns;
      observer.backlog(name, outbox.size());
      observer.committed(
        name,
        batch.turns.length,
        Number(clock.currentTimeNanosUnsafe() - began_ns) / 1e6,
        age_ns === undefined ? undefined : Number(age_ns) / 1e6,
      );
      sinceSnapshot += 1;
      if (sinceSnapshot < every) return;
      sinceSnapshot = 0;
      yield* Effect.forkScoped(save(freeze(state)));
    });
  });
