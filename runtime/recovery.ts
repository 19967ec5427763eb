/**
 * Taking a shard over: claim the journal, then rebuild the state that its last owner had.
 *
 * First write, then read. The epoch record goes behind the last frame; from then on any append of
 * an earlier owner is refused. Then the newest snapshot is loaded and the journal is followed up to
 * our own epoch record, so that nothing of the earlier owner can be missed. What frames have
 * decided to send and no later frame says has arrived, is handed back to be sent again.
 *
 * Epochs come from the journal itself (last one plus one), not from a lease: the append that claims
 * is the election, so no second counter has to agree with it.
 */
import { Effect, Schema } from "effect";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import { decodeFrame, encodeFrame, noSum } from "./frame.ts";
import type { EpochContent, Frame, Outgoing } from "./frame.ts";
import { Journal } from "./journal.ts";
import { limits } from "./limits.ts";
import { applyFrame, emptyState, thaw } from "./shard_state.ts";
import type { Evolver, ShardState } from "./shard_state.ts";
import { SnapshotStore } from "./snapshot_store.ts";
import { linesOfChunks } from "./snapshotter.ts";

/** The journal or a snapshot is not what it must be: no trading on it until a person has looked. */
export class JournalBroken extends Schema.TaggedError<JournalBroken>()("JournalBroken", {
  shard: Schema.String,
  cause: Schema.Defect(),
}) {}

/** Others keep claiming the shard: it is theirs. */
export class TakeoverLost extends Schema.TaggedError<TakeoverLost>()("TakeoverLost", {
  shard: Schema.String,
}) {}

/** Committed messages that may not have left: the frame they are of, in their order there. */
export interface Unsent {
  readonly frame: number;
  readonly items: readonly Outgoing[];
}

/** A shard as its new owner finds it. */
export interface Recovered<Kinds> {
  readonly state: ShardState<Kinds>;
  readonly unsent: readonly Unsent[];
  /** Frames that were read behind the snapshot. */
  readonly replayed: number;
}

/** Claims the shard for `node` and rebuilds its state. `now_ns` stamps the epoch record. */
export const recover = <Kinds, Event>(
  shard: Shard,
  model: Evolver<Kinds, Event>,
  node: string,
  now_ns: () => bigint,
) =>
  Effect.gen(function* () {
    const claimed = yield* claim(shard, node, now_ns);
    const state = yield* loadSnapshot(shard, model.kinds, claimed);
    const from = state.end.seq + 1;
    const unsent = yield* followJournal(shard, model, state, claimed);
    return { state, unsent, replayed: claimed - from + 1 } satisfies Recovered<Kinds>;
  });

const broken = (shard: Shard) => (cause: unknown) =>
  new JournalBroken({ shard: shardName(shard), cause });

/** Appends our epoch record behind whatever is last; gives its sequence. */
const claim = (shard: Shard, node: string, now_ns: () => bigint) =>
  Effect.gen(function* () {
    const journal = yield* Journal;
    for (let tries = 0; tries < limits.takeover_max; tries += 1) {
      const last = yield* journal.last(shard);
      const before =
        last === undefined
          ? { seq: 0, epoch: 0, sum: noSum }
          : yield* Effect.try({ try: () => decodeFrame(last.data), catch: broken(shard) });
      const content: EpochContent = { kind: "epoch", node, at: String(now_ns()) };
      const seq = before.seq + 1;
      const frame = encodeFrame(
        shardName(shard),
        seq,
        before.epoch + 1,
        before.sum,
        JSON.stringify(content),
      );
      const claimed = yield* journal
        .append(shard, before.seq, frame.data)
        .pipe(Effect.catchTag("JournalFenced", () => Effect.succeed(undefined)));
      if (claimed !== undefined) return seq;
    }
    return yield* new TakeoverLost({ shard: shardName(shard) });
  });

const loadSnapshot = <Kinds>(
  shard: Shard,
  kinds: readonly (keyof Kinds & string)[],
  claimed: number,
) =>
  Effect.gen(function* () {
    const snapshots = yield* SnapshotStore;
    const snapshot = yield* snapshots.load(shard);
    if (snapshot === undefined || snapshot.seq >= claimed) return emptyState<Kinds>(kinds);
    return yield* Effect.try({
      try: () => thaw<Kinds>(kinds, linesOfChunks(snapshot.chunks)),
      catch: broken(shard),
    });
  });

const followJournal = <Kinds, Event>(
  shard: Shard,
  model: Evolver<Kinds, Event>,
  state: ShardState<Kinds>,
  toSeq: number,
) =>
  Effect.gen(function* () {
    const journal = yield* Journal;
    const unsent = new Map<number, Frame>();
    let fault: unknown;
    yield* journal.read(shard, state.drained + 1, toSeq, (entry) => {
      if (fault !== undefined) return;
      try {
        const frame = decodeFrame(entry.data);
        if (frame.seq > state.end.seq) applyFrame(state, model, frame);
        unsent.set(frame.seq, frame);
        for (const seq of unsent.keys()) {
          if (seq > state.drained) break;
          unsent.delete(seq);
        }
      } catch (cause) {
        fault = cause;
      }
    });
    if (fault !== undefined) return yield* broken(shard)(fault);
    return [...unsent.values()].map(({ seq, out }): Unsent => ({ frame: seq, items: out() }));
  });
