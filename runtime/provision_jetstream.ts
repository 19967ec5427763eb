/**
 * Declares the streams and buckets, and refuses a server whose streams contradict the declaration.
 *
 * Safe to run at every start, by several nodes at once: what is there is compared, what differs is
 * updated where that loses nothing, and refused by name where it does not fit.
 *
 * Owns: the configuration of every stream and bucket.
 * Never: deletes a stream or a message.
 */
import { Effect, Schedule, Schema } from "effect";
import { accountShards_max } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import type { Lane } from "../protocols/kernel/subjects.ts";
import {
  buckets,
  commandTransform,
  journalStream,
  journalSubject,
  patterns,
  streams,
} from "../protocols/kernel/subjects.ts";
import { defaultLimits, duplicateWindow_ms, keyMarker_ms } from "./jetstream_limits.ts";
import type { LimitsTable, StreamLimits } from "./jetstream_limits.ts";
import { NatsConnection } from "./nats_connection.ts";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { errCode, isTransient, objectOf, textOf } from "./nats_error.ts";
import type { JetStreamRefusal, NatsFault } from "./nats_error.ts";
import { apiRequest } from "./nats_request.ts";

/** What a deployment decides about its streams. */
export interface ProvisionOptions {
  /** Copies of every stream: 1 on a single server, 3 in a cluster. */
  readonly replicas: 1 | 3;
  /** Number of account shards; fixed for the life of the streams. */
  readonly accountShards: number;
  /**
   * Lets the server acknowledge events before they are on disk, on one replica. A killed server
   * then loses the last few of them. Mailboxes are never relaxed: they would give sequence numbers
   * a second time, and a shard that has read up to the first use would skip the second one.
   */
  readonly relaxed?: boolean;
  readonly limits?: LimitsTable;
}

/** A stream that is there contradicts what is declared. */
export class ProvisionRefused extends Schema.TaggedError<ProvisionRefused>()("ProvisionRefused", {
  stream: Schema.String,
  difference: Schema.String,
}) {
  override get message() {
    return `stream ${this.stream}: ${this.difference}`;
  }
}

/** Everything that provisioning can fail with. */
export type ProvisionError = JetStreamRefusal | NatsFault | ProvisionRefused;

/** A stream's configuration in the server's own terms. */
export type StreamDeclaration = Readonly<Record<string, unknown>> & { readonly name: string };

const schemaVersion = "1";
const shardsKey = "account_shards";
/** A cluster needs a moment to place a stream and elect its leader. */
const place_ms_max = 10_000;
const leaderPoll_ms = 50;
const leaderPolls_max = 300;

const nanos = (ms: number): number => ms * 1_000_000;

const declare = (
  name: string,
  description: string,
  subjects: readonly string[],
  options: ProvisionOptions,
  limits: StreamLimits,
): StreamDeclaration => ({
  name,
  description,
  subjects,
  retention: "limits",
  storage: "file",
  discard: "old",
  num_replicas: options.replicas,
  max_bytes: limits.bytes_max,
  max_age: nanos(limits.age_ms_max),
  duplicate_window: nanos(duplicateWindow_ms),
  allow_direct: true,
  metadata: { owner: "natoms", schema: schemaVersion },
});

const mailbox = (lane: Lane, options: ProvisionOptions, limits: StreamLimits) => {
  const { name, description, subjects } = {
    n: {
      name: streams.mailbox.n,
      description: "New work for the shards: submit, replace",
      subjects: patterns.newWork,
    },
    h: {
      name: streams.mailbox.h,
      description: "What must not wait behind new work: cancels, reports, parcels",
      subjects: patterns.urgent,
    },
  }[lane];
  return {
    ...declare(name, description, subjects, options, limits),
    discard: "new",
    subject_transform: {
      src: patterns.command,
      dest: commandTransform(lane, options.accountShards),
    },
    metadata: {
      owner: "natoms",
      schema: schemaVersion,
      [shardsKey]: String(options.accountShards),
    },
  };
};

/** A key-value bucket whose keys have a time to live each and leave a marker when they go. */
const bucket = (
  name: string,
  description: string,
  options: ProvisionOptions,
): StreamDeclaration => ({
  ...declare(`KV_${name}`, description, [`$KV.${name}.>`], options, {
    bytes_max: -1,
    age_ms_max: 0,
  }),
  discard: "new",
  max_msgs_per_subject: 1,
  allow_rollup_hdrs: true,
  deny_delete: true,
  allow_msg_ttl: true,
  subject_delete_marker_ttl: nanos(keyMarker_ms),
});

/** The declaration of every stream that all shards share, mailboxes first. */
export const sharedStreams = (options: ProvisionOptions): readonly StreamDeclaration[] => {
  const limits = options.limits ?? defaultLimits;
  const events = declare(
    streams.events,
    "Committed events of orders, positions, accounts and venues",
    patterns.events,
    options,
    limits.events,
  );
  const relaxed = options.relaxed === true && options.replicas === 1;
  return [
    mailbox("n", options, limits.mailboxNew),
    mailbox("h", options, limits.mailboxUrgent),
    relaxed ? { ...events, persist_mode: "async" } : events,
    {
      ...declare(
        streams.snapshots,
        "Two newest snapshots of each shard, in chunks with a manifest",
        patterns.snapshots,
        options,
        limits.snapshots,
      ),
      max_msgs_per_subject: 2,
    },
    declare(
      streams.deadLetters,
      "What a shard could not process, with its cause",
      patterns.deadLetters,
      options,
      limits.deadLetters,
    ),
    bucket(buckets.nodes, "Nodes that are alive", options),
    bucket(buckets.leases, "Which node should own which shard", options),
  ];
};

/**
 * The declaration of a shard's journal. Nothing that writes or removes by itself may be on it: the
 * fence is the last sequence, and a hole stops the replay.
 */
export const journalDeclaration = (shard: Shard, options: ProvisionOptions): StreamDeclaration => ({
  ...declare(
    journalStream(shard),
    "Journal: the truth of one shard, written by its owner alone",
    [journalSubject(shard)],
    options,
    { bytes_max: -1, age_ms_max: 0 },
  ),
  discard: "new",
  deny_delete: true,
});

const canonical = (value: unknown): string => {
  const object = objectOf(value);
  if (object === undefined) return JSON.stringify(value) ?? "undefined";
  const entries = Object.entries(object).filter(([key]) => !key.startsWith("_nats."));
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** Fields whose declared value the server leaves out because it is its default. */
const serverDefaults: Readonly<Record<string, unknown>> = { persist_mode: "default", max_age: 0 };

/** Fields that a stream's configuration has otherwise than declared, as `field: is → wanted`. */
export const differences = (
  wanted: StreamDeclaration,
  actual: Readonly<Record<string, unknown>>,
): readonly string[] =>
  Object.entries(wanted).flatMap(([field, value]) => {
    const have = canonical(actual[field] ?? serverDefaults[field]);
    return have === canonical(value) ? [] : [`${field}: ${have} → ${canonical(value)}`];
  });

const shardsOf = (config: Readonly<Record<string, unknown>>): string =>
  textOf(objectOf(config["metadata"])?.[shardsKey]);

const refused = (stream: string, difference: string): ProvisionRefused =>
  new ProvisionRefused({ stream, difference });

const streamInfo = (nats: NatsConnectionShape, name: string) =>
  apiRequest(nats.requests, `$JS.API.STREAM.INFO.${name}`, undefined).pipe(
    Effect.catchIf(
      (error) => error._tag === "JetStreamRefusal" && error.errCode === errCode.streamNotFound,
      () => Effect.succeed(undefined),
    ),
  );

/** Brings a stream that is there in line, or says why that cannot be. */
const reconcile = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  wanted: StreamDeclaration,
  actual: Readonly<Record<string, unknown>>,
) {
  const differing = differences(wanted, actual);
  if (differing.length === 0) return;
  const shards = { have: shardsOf(actual), want: shardsOf(wanted) };
  if (shards.have !== shards.want) {
    const text = `has account_shards ${shards.have || "unset"}, this node wants ${shards.want}`;
    return yield* refused(wanted.name, `${text}; accounts would move away from their journals`);
  }
  const updated = { ...actual, ...wanted };
  yield* apiRequest(
    nats.requests,
    `$JS.API.STREAM.UPDATE.${wanted.name}`,
    updated,
    place_ms_max,
  ).pipe(
    Effect.catchTag("JetStreamRefusal", (refusal) =>
      Effect.fail(refused(wanted.name, `${differing.join("; ")}: ${refusal.description}`)),
    ),
  );
});

/** Waits until the stream answers with a leader: a new one on a cluster is not there at once. */
const awaitLeader = Effect.fnUntraced(function* (nats: NatsConnectionShape, name: string) {
  for (let poll = 0; poll < leaderPolls_max; poll += 1) {
    const info = yield* Effect.result(streamInfo(nats, name));
    if (info._tag === "Success" && info.success !== undefined) {
      const cluster = objectOf(info.success["cluster"]);
      if (cluster === undefined || textOf(cluster["leader"]) !== "") return;
    }
    yield* Effect.sleep(leaderPoll_ms);
  }
  return yield* refused(name, "has no leader");
});

const declareStream = Effect.fnUntraced(function* (wanted: StreamDeclaration) {
  const nats = yield* NatsConnection;
  const info = yield* streamInfo(nats, wanted.name);
  if (info !== undefined) {
    yield* reconcile(nats, wanted, objectOf(info["config"]) ?? {});
  } else {
    const subject = `$JS.API.STREAM.CREATE.${wanted.name}`;
    yield* apiRequest(nats.requests, subject, wanted, place_ms_max);
  }
  yield* awaitLeader(nats, wanted.name);
});

/** Makes a stream or brings it in line; completes when it can be used. */
export const provisionStream = (
  wanted: StreamDeclaration,
): Effect.Effect<void, ProvisionError, NatsConnection> =>
  declareStream(wanted).pipe(
    Effect.retry({
      schedule: Schedule.spaced("250 millis").pipe(Schedule.upTo({ duration: place_ms_max })),
      while: (error) => error._tag !== "ProvisionRefused" && isTransient(error),
    }),
  );

/** Makes or checks the streams and buckets that all shards share. */
export const provisionShared = (
  options: ProvisionOptions,
): Effect.Effect<void, ProvisionError, NatsConnection> => {
  const count = options.accountShards;
  if (!Number.isInteger(count) || count < 1 || count > accountShards_max) {
    return Effect.fail(refused(streams.mailbox.n, `account_shards ${count} is out of range`));
  }
  return Effect.forEach(sharedStreams(options), provisionStream, { discard: true });
};

/** Makes or checks the journals of these shards. */
export const provisionJournals = (
  shards: readonly Shard[],
  options: ProvisionOptions,
): Effect.Effect<void, ProvisionError, NatsConnection> =>
  Effect.forEach(shards, (shard) => provisionStream(journalDeclaration(shard, options)), {
    discard: true,
    concurrency: 4,
  });
