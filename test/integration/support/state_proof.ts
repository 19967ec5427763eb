/**
 * Replay gives the state that lived (invariant 8): each shard's newest snapshot against a replay of
 * its journal from the first frame up to the same place. For account and venue shards alike.
 */
import { Effect, Layer } from "effect";
import { evolve } from "../../../actors/account_evolve.ts";
import { accountKinds } from "../../../actors/pipeline.ts";
import { venueShardModel } from "../../../actors/venue/venue_model.ts";
import { venueOptions_default } from "../../../actors/venue/venue_options.ts";
import { connectionLayer } from "../../../deploy/node_layers.ts";
import type { DeploymentConfig } from "../../../deploy/reference_config.ts";
import { accountShard, shardName, venueShard } from "../../../protocols/kernel/shard.ts";
import type { Shard } from "../../../protocols/kernel/shard.ts";
import { decodeFrame } from "../../../runtime/frame.ts";
import { Journal } from "../../../runtime/journal.ts";
import { journalJetstream } from "../../../runtime/journal_jetstream.ts";
import { applyFrame, emptyState, freeze, stateHash, thaw } from "../../../runtime/shard_state.ts";
import type { Evolver } from "../../../runtime/shard_state.ts";
import { SnapshotStore } from "../../../runtime/snapshot_store.ts";
import { snapshotStoreJetstream } from "../../../runtime/snapshot_store_jetstream.ts";

/** How many shards' snapshots were compared with a replay, and which differ. */
export interface StateProofs {
  readonly compared: number;
  readonly faults: readonly string[];
}

/** Compares every shard that has a snapshot. */
export const proveStates = (url: string, config: DeploymentConfig): Promise<StateProofs> =>
  Effect.gen(function* () {
    const faults: string[] = [];
    let compared = 0;
    const compare = <Kinds, Event>(shard: Shard, model: Evolver<Kinds, Event>) =>
      Effect.gen(function* () {
        const same = yield* isReplayOfJournal(shard, model);
        if (same === undefined) return;
        compared += 1;
        if (!same) faults.push(`${shardName(shard)}: replay does not give the snapshot's state`);
      });
    for (let index = 0; index < config.accountShards; index += 1) {
      yield* compare(accountShard(index), {
        kinds: accountKinds,
        evolve,
      });
    }
    for (const venue of config.reference.venues.keys()) {
      const { accountShards } = config;
      const model = venueShardModel({ ...venueOptions_default, venue, accountShards });
      yield* compare(venueShard(venue), model);
    }
    return { compared, faults };
  }).pipe(
    Effect.provide(Layer.mergeAll(journalJetstream(), snapshotStoreJetstream)),
    Effect.provide(connectionLayer([url], "state-proof")),
    Effect.runPromise,
  );

/** Undefined where the shard has no snapshot. */
const isReplayOfJournal = <Kinds, Event>(shard: Shard, model: Evolver<Kinds, Event>) =>
  Effect.gen(function* () {
    const snapshots = yield* SnapshotStore;
    const journal = yield* Journal;
    const snapshot = yield* snapshots.load(shard);
    if (snapshot === undefined) return undefined;
    const lines = snapshot.chunks.flatMap((chunk) => chunk.split("\n")).filter((line) => line);
    const lived = thaw<Kinds>(model.kinds, lines);
    const replayed = emptyState<Kinds>(model.kinds);
    yield* journal.read(shard, 1, snapshot.seq, ({ data }) => {
      applyFrame(replayed, model, decodeFrame(data));
    });
    const [a, b] = [freeze(lived), freeze(replayed)];
    return stateHash(a) === stateHash(b) && a.head === b.head;
  });
