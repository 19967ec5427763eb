/**
 * Mailboxes on JetStream: two streams, one per lane, read by ack-none pull consumers.
 *
 * A consumer on the server is a throw-away: it lives in the memory of one server, and whenever
 * anything about it is in doubt a new one starts after the last message that reached the intake.
 * The reading position that counts is the one in the shard's journal.
 *
 * Owns: publishing into mailboxes, making consumers and replacing them.
 * Never: acks, or skips a message because its sequence number was given out twice; a stream that
 * ends before the reading position is reported as broken.
 */
import { Clock, Effect, Layer } from "effect";
import { headers, nuid } from "nats";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Lane } from "../protocols/kernel/subjects.ts";
import { mailboxFilter, streams } from "../protocols/kernel/subjects.ts";
import type { Intake } from "./mailbox.ts";
import { Mailbox, MailboxBroken, MailboxUnavailable } from "./mailbox.ts";
import type { FlowStop, Prefetch } from "./nats_mailbox_pull.ts";
import { MailboxFlow } from "./nats_mailbox_pull.ts";
import { NatsConnection } from "./nats_connection.ts";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { JetStreamRefusal, isTransient, readReply } from "./nats_error.ts";
import type { NatsFault } from "./nats_error.ts";
import { apiRequest, request, request_ms_max } from "./nats_request.ts";
import { streamRange } from "./nats_stream_range.ts";

/** What one consumption holds in memory unless configured otherwise. */
export const defaultPrefetch: Prefetch = { messages_max: 512, bytes_max: 4 * 1024 * 1024 };

/** The server removes a consumer that nobody pulls from for this long. */
const consumerIdle_ms_max = 30_000;
/** Pause before a new consumer replaces one that ended. */
const renew_ms = 50;
/**
 * How long a replicated stream may seem to end before the reading position: a leader cut off from
 * the others may answer with an old state for a while.
 */
const regress_ms_max = 12_000;

const broken = (shard: Shard, lane: Lane, cause: unknown): MailboxBroken =>
  new MailboxBroken({ shard: shardName(shard), lane, cause });

/** One consumption and how far it got. */
interface Consumption {
  readonly shard: Shard;
  readonly lane: Lane;
  readonly intake: Intake;
  readonly prefetch: Prefetch;
  position: number;
}

type Start =
  | { readonly type: "made"; readonly consumer: string }
  /** The stream ends before the position. */
  | { readonly type: "regressed"; readonly lastSeq: number; readonly replicated: boolean };

/** Makes a consumer that starts after the position. */
const makeConsumer = Effect.fnUntraced(function* (nats: NatsConnectionShape, on: Consumption) {
  const stream = streams.mailbox[on.lane];
  const { lastSeq, replicated } = yield* streamRange(nats, stream);
  if (lastSeq < on.position) return { type: "regressed", lastSeq, replicated } satisfies Start;
  const filter = mailboxFilter(on.shard, on.lane);
  const consumer = `${shardName(on.shard)}_${on.lane}_${nuid.next()}`;
  yield* apiRequest(nats.requests, `$JS.API.CONSUMER.CREATE.${stream}.${consumer}.${filter}`, {
    stream_name: stream,
    action: "create",
    config: {
      name: consumer,
      description: `${shardName(on.shard)} reads lane ${on.lane}`,
      deliver_policy: "by_start_sequence",
      opt_start_seq: on.position + 1,
      ack_policy: "none",
      replay_policy: "instant",
      filter_subject: filter,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: consumerIdle_ms_max * 1_000_000,
    },
  });
  return { type: "made", consumer } satisfies Start;
});

/** Runs one consumer until it ends; the position moves with every delivery. */
const runConsumer = (
  nats: NatsConnectionShape,
  on: Consumption,
  consumer: string,
): Effect.Effect<FlowStop> => {
  const stream = streams.mailbox[on.lane];
  const start = (): MailboxFlow => {
    const { bytes_max, messages_max } = on.prefetch;
    return new MailboxFlow(nats, {
      stream,
      consumer,
      lane: on.lane,
      afterSeq: on.position,
      // One message of the largest size must always fit, else the pull would never advance.
      prefetch: { messages_max, bytes_max: Math.max(bytes_max, 2 * nats.maxPayload_bytes) },
      intake: on.intake,
    });
  };
  const finish = (flow: MailboxFlow): void => {
    flow.close();
    on.position = flow.position;
    const remove = `$JS.API.CONSUMER.DELETE.${stream}.${consumer}`;
    nats.requests.send(remove, "", undefined, request_ms_max, () => undefined);
  };
  return Effect.acquireUseRelease(
    Effect.sync(start),
    (flow) =>
      Effect.gen(function* () {
        while (true) {
          const stop = yield* flow.stopped;
          if (stop.type !== "full") return stop;
          yield* on.intake.room(on.lane);
          flow.resume();
        }
      }),
    (flow) => Effect.sync(() => finish(flow)),
  );
};

const consume = Effect.fnUntraced(function* (nats: NatsConnectionShape, on: Consumption) {
  let regressed_ms: number | undefined;
  while (true) {
    yield* nats.whenUp;
    const start = yield* Effect.result(makeConsumer(nats, on));
    if (start._tag === "Failure") {
      if (!isTransient(start.failure)) return yield* broken(on.shard, on.lane, start.failure);
    } else if (start.success.type === "made") {
      regressed_ms = undefined;
      const stop = yield* runConsumer(nats, on, start.success.consumer);
      if (stop.type === "broken") return yield* broken(on.shard, on.lane, stop.cause);
    } else {
      const now_ms = yield* Clock.currentTimeMillis;
      regressed_ms ??= now_ms;
      if (!start.success.replicated || now_ms - regressed_ms >= regress_ms_max) {
        const text = `ends at ${start.success.lastSeq}, before ${on.position} which was read`;
        return yield* broken(on.shard, on.lane, `${streams.mailbox[on.lane]} ${text}`);
      }
    }
    yield* Effect.sleep(renew_ms);
  }
});

const publish = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  subject: string,
  data: Uint8Array,
  msgId: string,
) {
  const id = headers();
  id.set("Nats-Msg-Id", msgId);
  const reply = yield* request(nats.requests, subject, data, { headers: id });
  const answer = readReply(subject, reply);
  if (answer instanceof JetStreamRefusal) return yield* answer;
});

/** The mailboxes on JetStream. The shared streams must have been provisioned. */
export const mailboxJetstream = (
  prefetch: Prefetch = defaultPrefetch,
): Layer.Layer<Mailbox, never, NatsConnection> =>
  Layer.effect(
    Mailbox,
    Effect.gen(function* () {
      const nats = yield* NatsConnection;
      return Mailbox.of({
        publish: (subject, data, msgId) =>
          publish(nats, subject, data, msgId).pipe(
            Effect.mapError((cause) => new MailboxUnavailable({ subject, cause })),
          ),
        consume: (shard, lane, afterSeq, intake) =>
          consume(nats, { shard, lane, intake, prefetch, position: afterSeq }),
        trim: (shard, lane, throughSeq) =>
          trim(nats, shard, lane, throughSeq).pipe(
            Effect.mapError(
              (cause) => new MailboxUnavailable({ subject: mailboxFilter(shard, lane), cause }),
            ),
          ),
      });
    }),
  );

const trim = (
  nats: NatsConnectionShape,
  shard: Shard,
  lane: Lane,
  throughSeq: number,
): Effect.Effect<void, JetStreamRefusal | NatsFault> =>
  apiRequest(nats.requests, `$JS.API.STREAM.PURGE.${streams.mailbox[lane]}`, {
    filter: mailboxFilter(shard, lane),
    seq: throughSeq + 1,
  }).pipe(Effect.asVoid);
