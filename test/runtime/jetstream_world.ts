/**
 * A real server, or a cluster of three, with everything provisioned and every JetStream service.
 *
 * Owns: the harnesses of all contracts over real servers, and fresh shards with their journals.
 * Never: decides what is tested.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Effect, Layer, ManagedRuntime } from "effect";
import type { Scope } from "effect";
import { jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import { VenueId } from "../../protocols/kernel/ids.ts";
import { venueShard } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { deadLetterSubject, snapshotSubject, streams } from "../../protocols/kernel/subjects.ts";
import { eventFeedJetstream } from "../../runtime/event_feed_jetstream.ts";
import { journalJetstream } from "../../runtime/journal_jetstream.ts";
import type { JournalTimes } from "../../runtime/journal_append_jetstream.ts";
import { leasesKv } from "../../runtime/leases_kv.ts";
import { mailboxJetstream } from "../../runtime/mailbox_jetstream.ts";
import { NatsConnection } from "../../runtime/nats_connection.ts";
import type { NatsConnectionShape } from "../../runtime/nats_connection.ts";
import { provisionJournals, provisionShared } from "../../runtime/provision_jetstream.ts";
import type { ProvisionOptions } from "../../runtime/provision_jetstream.ts";
import { snapshotStoreJetstream } from "../../runtime/snapshot_store_jetstream.ts";
import { readBatch } from "../../runtime/nats_stream_batch.ts";
import type { EventFeedHarness } from "./event_feed_contract.ts";
import type { LeasesHarness } from "./leases_contract.ts";
import { accountShards } from "./mailbox_contract.ts";
import type { SnapshotStoreHarness } from "./snapshot_store_contract.ts";

const services = (urls: readonly string[], times?: JournalTimes) =>
  Layer.mergeAll(
    journalJetstream(times),
    mailboxJetstream(),
    eventFeedJetstream,
    snapshotStoreJetstream,
    leasesKv,
  ).pipe(Layer.provideMerge(NatsConnection.layer({ servers: urls, name: "test" })));

/** Every service, and the connection below them. */
export type Services = Layer.Success<ReturnType<typeof services>>;

/** One process of a deployment. */
export interface Process {
  readonly run: <A, E>(effect: Effect.Effect<A, E, Services | Scope.Scope>) => Promise<A>;
  readonly nats: NatsConnectionShape;
  readonly close: () => Promise<void>;
}

/** Connects one process. */
export const startProcess = async (
  urls: readonly string[],
  times?: JournalTimes,
): Promise<Process> => {
  const runtime = ManagedRuntime.make(services(urls, times));
  const nats = await runtime.runPromise(Effect.service(NatsConnection));
  return {
    run: (effect) => runtime.runPromise(Effect.scoped(effect)),
    nats,
    close: () => runtime.dispose(),
  };
};

/** A provisioned deployment with two processes. */
export interface JetstreamWorld extends Process, LeasesHarness {
  readonly run: Process["run"];
  readonly manager: JetStreamManager;
  readonly freshShard: () => Promise<Shard>;
  readonly feed: EventFeedHarness;
  readonly snapshots: SnapshotStoreHarness;
}

let shards = 0;

/** Spoils and inspects snapshots behind the store's back. */
const snapshotHarness = (
  world: Pick<JetstreamWorld, "freshShard" | "run">,
  manager: JetStreamManager,
): SnapshotStoreHarness => {
  const subjectsOf = async (shard: Shard): Promise<readonly string[]> => {
    const filter = `${snapshotSubject(shard)}.>`;
    const info = await manager.streams.info(streams.snapshots, { subjects_filter: filter });
    return Object.keys(info.state.subjects ?? {});
  };
  const seqsOf = async (shard: Shard): Promise<readonly number[]> => {
    const prefix = `${snapshotSubject(shard)}.`;
    const subjects = await subjectsOf(shard);
    const seqs = subjects.map((subject) => Number(subject.slice(prefix.length).split(".")[0]));
    return [...new Set(seqs)].toSorted((a, b) => a - b);
  };
  return {
    run: world.run,
    freshShard: world.freshShard,
    spoil: async (shard) => {
      const newest = (await seqsOf(shard)).at(-1);
      const filter = `${snapshotSubject(shard)}.${newest}.1`;
      await manager.streams.purge(streams.snapshots, { filter });
    },
    heldSeqs: seqsOf,
  };
};

/** Reads back what the feed stored under a subject: as much as the stream's leader counts. */
const storedIn = async (
  process: Process,
  manager: JetStreamManager,
  subject: string,
): Promise<readonly string[]> => {
  const texts: string[] = [];
  const { state } = await manager.streams.info(streams.deadLetters, { subjects_filter: subject });
  const count = state.subjects?.[subject] ?? 0;
  const from = (seq: number) => ({ seq, next_by_subj: subject, batch: 5_000 });
  let next = 1;
  const batch = () =>
    readBatch(process.nats, streams.deadLetters, from(next), (message) => {
      texts.push(new TextDecoder().decode(message.data));
      next = message.seq + 1;
    });
  // A replica that lags may answer with less; it catches up.
  for (let empty = 0; texts.length < count && empty < 200;) {
    if ((await process.run(batch())) > 0) continue;
    empty += 1;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return texts;
};

/** Provisions the servers and connects two processes. */
export const startWorld = async (
  urls: readonly string[],
  options: Omit<ProvisionOptions, "accountShards">,
  times?: JournalTimes,
): Promise<JetstreamWorld> => {
  const provision = { ...options, accountShards };
  const [here, elsewhere] = [await startProcess(urls, times), await startProcess(urls, times)];
  await here.run(provisionShared(provision));
  const manager = await jetstreamManager(here.nats.client);
  const nextShard = (): Shard => {
    shards += 1;
    return venueShard(VenueId.make(`V${shards}`));
  };
  const freshShard = async (): Promise<Shard> => {
    const shard = nextShard();
    await here.run(provisionJournals([shard], provision));
    return shard;
  };
  return {
    ...here,
    runElsewhere: elsewhere.run,
    freshShard,
    manager,
    pass: (ms) => sleep(ms),
    feed: {
      run: here.run,
      // Any stream with a duplicate window will do; one that nothing else here writes to is best.
      freshSubject: () => deadLetterSubject(nextShard()),
      stored: (subject) => storedIn(here, manager, subject),
    },
    snapshots: snapshotHarness({ run: here.run, freshShard }, manager),
    close: async () => {
      await here.close();
      await elsewhere.close();
    },
  };
};
