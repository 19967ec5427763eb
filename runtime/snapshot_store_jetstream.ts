/**
 * Snapshots on JetStream: chunks first, then a manifest that makes them count.
 *
 * The manifest's subject is written only if its last message is still the one that was read before,
 * so that of two writers the slower one finds out. A reader takes the newest manifest whose chunks
 * are all there with the right digest, else the one before, else none.
 *
 * Owns: the layout `<snapshot>.<seq>.<index>` and the manifest, and removing older chunks.
 * Never: removes anything that one of the two newest manifests names, or that a newer one may.
 */
import { createHash } from "node:crypto";
import { Effect, Layer, Schedule, Schema } from "effect";
import { headers } from "nats";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import { snapshotSubject, streams } from "../protocols/kernel/subjects.ts";
import { NatsConnection } from "./nats_connection.ts";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { JetStreamRefusal, errCode, isTransient, objectOf } from "./nats_error.ts";
import { readReply, untilAgreed } from "./nats_error.ts";
import type { NatsFault } from "./nats_error.ts";
import { apiRequest, request } from "./nats_request.ts";
import type { Snapshot } from "./snapshot_store.ts";
import { SnapshotStore, SnapshotUnavailable, snapshotChunk_bytes_max } from "./snapshot_store.ts";
import type { StoredMessage } from "./nats_stream_message.ts";
import { readFromLeader, readLastDirect } from "./nats_stream_message.ts";

const stream = streams.snapshots;
/** Chunks on their way at once: a few megabytes. */
const chunksInFlight_max = 6;
const write_ms_max = 5_000;
/** Longest time that a transient failure of one step is retried. */
const retry_ms_max = 8_000;
/** How often a manifest is tried again after another writer's, an older one, came between. */
const manifestRounds_max = 3;

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    seq: Schema.Natural,
    chunks: Schema.Natural,
    bytes: Schema.Natural,
    sha256: Schema.String,
  }),
);
type Manifest = typeof Manifest.Type;

const decodeManifest = Schema.decodeUnknownOption(Manifest);
const encodeManifest = Schema.encodeSync(Manifest);
const utf8 = new TextDecoder();

type Fault = JetStreamRefusal | NatsFault;

/** A manifest as it is stored; undefined content where it cannot be read. */
interface StoredManifest {
  readonly at: number;
  readonly manifest: Manifest | undefined;
}

const patient = <A, E extends Fault>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.retry(effect, {
    schedule: Schedule.spaced("100 millis").pipe(Schedule.upTo({ duration: retry_ms_max })),
    while: isTransient,
  });

const chunkSubject = (shard: Shard, seq: number, index: number): string =>
  `${snapshotSubject(shard)}.${seq}.${index}`;

const manifestOf = (snapshot: Snapshot): Manifest => {
  const digest = createHash("sha256");
  let bytes = 0;
  for (const chunk of snapshot.chunks) {
    digest.update(chunk);
    bytes += Buffer.byteLength(chunk);
  }
  return { seq: snapshot.seq, chunks: snapshot.chunks.length, bytes, sha256: digest.digest("hex") };
};

const readManifest = (message: StoredMessage | undefined): StoredManifest | undefined => {
  if (message === undefined) return undefined;
  const decoded = decodeManifest(utf8.decode(message.data));
  return { at: message.seq, manifest: decoded._tag === "Some" ? decoded.value : undefined };
};

/** The stored manifests, the newest first; at most two. */
const manifests = Effect.fnUntraced(function* (nats: NatsConnectionShape, shard: Shard) {
  const subject = snapshotSubject(shard);
  const last = yield* patient(readFromLeader(nats, stream, { last_by_subj: subject }));
  const newest = readManifest(last);
  if (newest === undefined) return [];
  const first = yield* patient(readFromLeader(nats, stream, { seq: 1, next_by_subj: subject }));
  const oldest = readManifest(first);
  return oldest === undefined || oldest.at === newest.at ? [newest] : [newest, oldest];
});

const put = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  subject: string,
  text: string,
  expectedAt?: number,
) {
  const guard = headers();
  if (expectedAt !== undefined) {
    guard.set("Nats-Expected-Last-Subject-Sequence", String(expectedAt));
  }
  const reply = yield* request(nats.requests, subject, text, {
    headers: guard,
    timeout_ms: write_ms_max,
  });
  const answer = readReply(subject, reply);
  if (answer instanceof JetStreamRefusal) return yield* answer;
});

/** Removes chunks that no manifest needs and that are older than the ones they need. */
const removeOld = Effect.fnUntraced(function* (nats: NatsConnectionShape, shard: Shard) {
  const kept = (yield* manifests(nats, shard)).flatMap(({ manifest }) => manifest?.seq ?? []);
  const prefix = `${snapshotSubject(shard)}.`;
  const info = yield* apiRequest(nats.requests, `$JS.API.STREAM.INFO.${stream}`, {
    subjects_filter: `${prefix}>`,
  });
  const subjects = Object.keys(objectOf(objectOf(info["state"])?.["subjects"]) ?? {});
  const stored = new Set(
    subjects.map((subject) => Number(subject.slice(prefix.length).split(".")[0])),
  );
  const oldest = Math.min(...kept);
  for (const seq of stored) {
    if (!(seq < oldest)) continue;
    const purge = { filter: `${prefix}${seq}.>` };
    yield* apiRequest(nats.requests, `$JS.API.STREAM.PURGE.${stream}`, purge);
  }
});

const tooLarge = (chunk: string): boolean => Buffer.byteLength(chunk) > snapshotChunk_bytes_max;

const save = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  shard: Shard,
  snapshot: Snapshot,
) {
  if (snapshot.chunks.some(tooLarge)) {
    return yield* Effect.fail(new Error(`a chunk exceeds ${snapshotChunk_bytes_max} bytes`));
  }
  if (isCovered(yield* manifests(nats, shard), snapshot.seq)) return;
  yield* Effect.forEach(
    snapshot.chunks,
    (chunk, index) => patient(put(nats, chunkSubject(shard, snapshot.seq, index), chunk)),
    { concurrency: chunksInFlight_max, discard: true },
  );
  const text = encodeManifest(manifestOf(snapshot));
  for (let round = 0; round < manifestRounds_max; round += 1) {
    const stored = yield* manifests(nats, shard);
    if (isCovered(stored, snapshot.seq)) return;
    if (yield* putManifest(nats, snapshotSubject(shard), text, stored[0]?.at ?? 0)) {
      return yield* Effect.ignore(removeOld(nats, shard));
    }
  }
});

const isCovered = (stored: readonly StoredManifest[], seq: number): boolean =>
  (stored[0]?.manifest?.seq ?? -1) >= seq;

/**
 * Writes a manifest after the one at `expectedAt`; false where another writer was quicker. Sent
 * once: an unclear outcome is the caller's to repeat, and then finds its own manifest.
 */
const putManifest = (
  nats: NatsConnectionShape,
  subject: string,
  text: string,
  expectedAt: number,
): Effect.Effect<boolean, Fault> =>
  untilAgreed(put(nats, subject, text, expectedAt)).pipe(
    Effect.as(true),
    Effect.catchIf(
      (error) => error._tag === "JetStreamRefusal" && error.errCode === errCode.wrongLastSequence,
      () => Effect.succeed(false),
    ),
  );

const readChunk = (nats: NatsConnectionShape, subject: string) =>
  patient(readLastDirect(nats, stream, subject)).pipe(
    Effect.flatMap((found) =>
      found === undefined
        ? patient(readFromLeader(nats, stream, { last_by_subj: subject }))
        : Effect.succeed(found),
    ),
  );

const loadOne = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  shard: Shard,
  manifest: Manifest,
) {
  const indexes = Array.from({ length: manifest.chunks }, (_, index) => index);
  const found = yield* Effect.forEach(
    indexes,
    (index) => readChunk(nats, chunkSubject(shard, manifest.seq, index)),
    { concurrency: chunksInFlight_max },
  );
  const chunks = found.flatMap((message) => (message ? [utf8.decode(message.data)] : []));
  const snapshot: Snapshot = { seq: manifest.seq, chunks };
  return manifestOf(snapshot).sha256 === manifest.sha256 ? snapshot : undefined;
});

const load = Effect.fnUntraced(function* (nats: NatsConnectionShape, shard: Shard) {
  for (const { manifest } of yield* manifests(nats, shard)) {
    if (manifest === undefined) continue;
    const snapshot = yield* loadOne(nats, shard, manifest);
    if (snapshot !== undefined) return snapshot;
  }
  return undefined;
});

/** The snapshot store on JetStream. The shared streams must have been provisioned. */
export const snapshotStoreJetstream: Layer.Layer<SnapshotStore, never, NatsConnection> =
  Layer.effect(
    SnapshotStore,
    Effect.gen(function* () {
      const nats = yield* NatsConnection;
      const unavailable = (shard: Shard, operation: string) =>
        Effect.mapError(
          (cause: unknown) =>
            new SnapshotUnavailable({ shard: shardName(shard), operation, cause }),
        );
      return SnapshotStore.of({
        save: (shard, snapshot) => save(nats, shard, snapshot).pipe(unavailable(shard, "save")),
        load: (shard) => load(nats, shard).pipe(unavailable(shard, "load")),
      });
    }),
  );
