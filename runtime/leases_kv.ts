/**
 * Leases and presence in two key-value buckets, each key with a time to live of its own.
 *
 * A key is written with the revision it replaces, so of two nodes one finds out that it was late.
 * The value names the node and the process (`instance`): a node's new process may take over what
 * its old one held, and a process recognises its own write when the answer to it was lost.
 *
 * Owns: the values of both buckets.
 * Never: tells anybody that they may write; the journal does.
 */
import { Effect, Layer, Schema } from "effect";
import { headers, nuid } from "nats";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import { buckets } from "../protocols/kernel/subjects.ts";
import type { Lease, NodePresence } from "./leases.ts";
import { LeaseLost, Leases, LeasesUnavailable, leaseTimeToLive_ms } from "./leases.ts";
import { NatsConnection } from "./nats_connection.ts";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { JetStreamRefusal, errCode, numberOf, readReply, untilAgreed } from "./nats_error.ts";
import type { NatsFault } from "./nats_error.ts";
import { request } from "./nats_request.ts";
import { readBatch } from "./nats_stream_batch.ts";
import type { StoredMessage } from "./nats_stream_message.ts";
import { readFromLeader } from "./nats_stream_message.ts";

/** Longest wait for one answer: a third of the time to live, so that a renewal can be repeated. */
const answer_ms_max = leaseTimeToLive_ms / 3;
const batch_max = 4_096;

const Holding = Schema.fromJsonString(
  Schema.Struct({ node: Schema.String, instance: Schema.String }),
);
type Holding = typeof Holding.Type;
const Presence = Schema.fromJsonString(
  Schema.Struct({
    node: Schema.String,
    weight: Schema.Finite,
    draining: Schema.Boolean,
    avoids: Schema.optionalKey(Schema.Array(Schema.String)),
  }),
);
const decodeHolding = Schema.decodeUnknownOption(Holding);
const encodeHolding = Schema.encodeSync(Holding);
const decodePresence = Schema.decodeUnknownOption(Presence);
const encodePresence = Schema.encodeSync(Presence);
const utf8 = new TextDecoder();

type Fault = JetStreamRefusal | NatsFault;

const streamOf = (bucket: string): string => `KV_${bucket}`;
const keySubject = (bucket: string, key: string): string => `$KV.${bucket}.${key}`;
const leaseSubject = (shard: Shard): string => keySubject(buckets.leases, shardName(shard));

/** Whether a stored message is the trace of a key that went, not a value. */
const isMarker = (message: StoredMessage): boolean =>
  message.header("KV-Operation") !== "" || message.header("Nats-Marker-Reason") !== "";

const holdingOf = (message: StoredMessage | undefined): Holding | undefined => {
  if (message === undefined || isMarker(message)) return undefined;
  const decoded = decodeHolding(utf8.decode(message.data));
  return decoded._tag === "Some" ? decoded.value : undefined;
};

/**
 * Writes a key that lives for a lease's time; with `after`, only as the successor of a revision.
 */
const put = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  subject: string,
  value: string,
  options: { readonly after?: number; readonly operation?: "DEL" },
) {
  const fields = headers();
  if (options.operation === undefined) fields.set("Nats-TTL", `${leaseTimeToLive_ms / 1_000}s`);
  else fields.set("KV-Operation", options.operation);
  if (options.after !== undefined) {
    fields.set("Nats-Expected-Last-Subject-Sequence", String(options.after));
  }
  const reply = yield* request(nats.requests, subject, value, {
    headers: fields,
    timeout_ms: answer_ms_max,
  });
  const answer = readReply(subject, reply);
  if (answer instanceof JetStreamRefusal) return yield* answer;
  return numberOf(answer["seq"]);
});

/** Writes after a revision; undefined where the key has another one by now. */
const putAfter = (
  nats: NatsConnectionShape,
  subject: string,
  value: string,
  options: { readonly after: number; readonly operation?: "DEL" },
): Effect.Effect<number | undefined, Fault> =>
  untilAgreed(put(nats, subject, value, options)).pipe(
    Effect.catchIf(
      (error) => error._tag === "JetStreamRefusal" && error.errCode === errCode.wrongLastSequence,
      () => Effect.succeed(undefined),
    ),
  );

const readKey = (nats: NatsConnectionShape, shard: Shard) =>
  readFromLeader(nats, streamOf(buckets.leases), { last_by_subj: leaseSubject(shard) });

const acquire = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  shard: Shard,
  holder: Holding,
) {
  const found = yield* readKey(nats, shard);
  const held = holdingOf(found);
  if (held !== undefined && held.node !== holder.node) return undefined;
  const after = found?.seq ?? 0;
  const revision = yield* putAfter(nats, leaseSubject(shard), encodeHolding(holder), { after });
  return revision === undefined ? undefined : { shard, node: holder.node, revision };
});

const lost = (lease: Lease): LeaseLost =>
  new LeaseLost({ shard: shardName(lease.shard), node: lease.node });

const renew = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  lease: Lease,
  instance: string,
) {
  const value = encodeHolding({ node: lease.node, instance });
  const subject = leaseSubject(lease.shard);
  const revision = yield* putAfter(nats, subject, value, { after: lease.revision });
  if (revision !== undefined) return { ...lease, revision };
  // An earlier renewal of ours may have been stored although its answer was lost.
  const found = yield* readKey(nats, lease.shard);
  const held = holdingOf(found);
  const ours = held?.node === lease.node && held.instance === instance;
  if (!ours || found === undefined) return yield* lost(lease);
  return { ...lease, revision: found.seq };
});

const release = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  lease: Lease,
  instance: string,
) {
  const subject = leaseSubject(lease.shard);
  const options = { after: lease.revision, operation: "DEL" } as const;
  if ((yield* putAfter(nats, subject, "", options)) !== undefined) return;
  const found = yield* readKey(nats, lease.shard);
  const held = holdingOf(found);
  if (held === undefined) return;
  const ours = held.node === lease.node && held.instance === instance;
  if (!ours || found === undefined) return yield* lost(lease);
  yield* putAfter(nats, subject, "", { ...options, after: found.seq });
});

/** Every value of a bucket, as any replica holds it. */
const values = Effect.fnUntraced(function* (nats: NatsConnectionShape, bucket: string) {
  const found: StoredMessage[] = [];
  const query = { seq: 1, batch: batch_max, next_by_subj: keySubject(bucket, ">") };
  yield* readBatch(nats, streamOf(bucket), query, (message) => {
    if (!isMarker(message)) found.push(message);
  });
  return found;
});

const holders = (nats: NatsConnectionShape) =>
  values(nats, buckets.leases).pipe(
    Effect.map((found) => {
      const prefix = keySubject(buckets.leases, "");
      const byShard = new Map<string, string>();
      for (const message of found) {
        const held = holdingOf(message);
        if (held !== undefined) byShard.set(message.subject.slice(prefix.length), held.node);
      }
      return byShard;
    }),
  );

const present = (nats: NatsConnectionShape): Effect.Effect<readonly NodePresence[], NatsFault> =>
  values(nats, buckets.nodes).pipe(
    Effect.map((found) =>
      found.flatMap((message) => {
        const decoded = decodePresence(utf8.decode(message.data));
        return decoded._tag === "Some" ? [decoded.value] : [];
      }),
    ),
  );

const unavailable =
  (operation: string) =>
  (cause: Fault): LeasesUnavailable =>
    new LeasesUnavailable({ operation, cause });

const isLost = (error: Fault | LeaseLost): error is LeaseLost => error._tag === "LeaseLost";

/** The leases in key-value buckets. The buckets must have been provisioned. */
export const leasesKv: Layer.Layer<Leases, never, NatsConnection> = Layer.effect(
  Leases,
  Effect.gen(function* () {
    const nats = yield* NatsConnection;
    const instance = nuid.next();
    const orLost = (operation: string) => (error: Fault | LeaseLost) =>
      isLost(error) ? error : unavailable(operation)(error);
    return Leases.of({
      acquire: (shard, node) =>
        acquire(nats, shard, { node, instance }).pipe(Effect.mapError(unavailable("acquire"))),
      renew: (lease) => renew(nats, lease, instance).pipe(Effect.mapError(orLost("renew"))),
      release: (lease) => release(nats, lease, instance).pipe(Effect.mapError(orLost("release"))),
      holders: () => holders(nats).pipe(Effect.mapError(unavailable("holders"))),
      announce: (presence) =>
        put(nats, keySubject(buckets.nodes, presence.node), encodePresence(presence), {}).pipe(
          Effect.mapError(unavailable("announce")),
          Effect.asVoid,
        ),
      present: () => present(nats).pipe(Effect.mapError(unavailable("present"))),
    });
  }),
);
