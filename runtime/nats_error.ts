/**
 * What can go wrong between this process and a NATS server, as two typed errors.
 *
 * Owns: the reasons of a lost request, the JetStream error codes we act on, and reading an API
 * reply.
 * Never: decides what a failure means for a journal or a mailbox; their implementations do.
 */
import { Effect, Schedule, Schema } from "effect";
import type { Msg } from "nats";

/**
 * Why a request has no answer.
 *
 * - `disconnected`: the connection is down, or went down while waiting. Unknown whether it arrived.
 * - `timeout`: no answer in time. Unknown whether it arrived.
 * - `no_responders`: nobody listens: JetStream is starting, or the stream has no leader just now.
 * - `refused`: the client or the server would not take it (size, permission). Not stored.
 */
export type NatsFaultReason = "disconnected" | "no_responders" | "refused" | "timeout";

/** A request that got no answer. */
export class NatsFault extends Schema.TaggedError<NatsFault>()("NatsFault", {
  subject: Schema.String,
  reason: Schema.Literals(["disconnected", "no_responders", "refused", "timeout"]),
  detail: Schema.String,
}) {
  override get message() {
    return `${this.subject}: ${this.reason}${this.detail === "" ? "" : ` (${this.detail})`}`;
  }
}

/** JetStream answered with an error. */
export class JetStreamRefusal extends Schema.TaggedError<JetStreamRefusal>()("JetStreamRefusal", {
  subject: Schema.String,
  /** HTTP-like class: 400, 404, 503. */
  code: Schema.Number,
  /** The exact error; see `errCode`. */
  errCode: Schema.Number,
  description: Schema.String,
}) {
  override get message() {
    return `${this.subject}: ${this.description} (${this.errCode})`;
  }
}

/** JetStream error codes that we act on. */
export const errCode = {
  /** A cluster lacks servers for the replicas, just now. */
  noSuitablePeers: 10005,
  messageNotFound: 10037,
  streamNotFound: 10059,
  /** The expected sequence is not the last one. */
  wrongLastSequence: 10071,
  /** The same, while another write is still being agreed on: says nothing about ours. */
  wrongLastSequenceInFlight: 10164,
} as const;

/** Whether the same request may well succeed a little later: an election, a restart, a race. */
export const isTransient = (error: JetStreamRefusal | NatsFault): boolean => {
  if (error._tag === "NatsFault") return error.reason !== "refused";
  const passing: readonly number[] = [errCode.noSuitablePeers, errCode.wrongLastSequenceInFlight];
  return error.code === unavailable || passing.includes(error.errCode);
};

const unavailable = 503;

/**
 * Repeats a guarded write that was refused only because another one to the same subject was not yet
 * agreed on: this one is not stored, and a moment later the server can say whether it may be.
 */
export const untilAgreed = <A, E extends JetStreamRefusal | NatsFault>(
  write: Effect.Effect<A, E>,
): Effect.Effect<A, E> =>
  Effect.retry(write, {
    schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 50 })),
    while: (error) =>
      error._tag === "JetStreamRefusal" && error.errCode === errCode.wrongLastSequenceInFlight,
  });

/** Reads a JSON object out of unknown data; undefined where it is not one. */
export const objectOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;

/** A string field's value, or the fallback where it is missing or something else. */
export const textOf = (value: unknown, fallback = ""): string =>
  typeof value === "string" ? value : fallback;

/** A number field's value, or the fallback where it is missing or something else. */
export const numberOf = (value: unknown, fallback = 0): number =>
  typeof value === "number" ? value : fallback;

/** A JetStream answer: its JSON object, or the refusal that it carries. */
export const readReply = (
  subject: string,
  reply: Msg,
): Readonly<Record<string, unknown>> | JetStreamRefusal => {
  const object = parse(reply);
  if (object === undefined) return refusal(subject, { description: "unreadable answer" });
  if (object["error"] === undefined) return object;
  return refusal(subject, objectOf(object["error"]) ?? {});
};

const parse = (reply: Msg): Readonly<Record<string, unknown>> | undefined => {
  try {
    return objectOf(reply.json<unknown>());
  } catch {
    return undefined;
  }
};

const refusal = (subject: string, error: Readonly<Record<string, unknown>>): JetStreamRefusal =>
  new JetStreamRefusal({
    subject,
    code: numberOf(error["code"]),
    errCode: numberOf(error["err_code"]),
    description: textOf(error["description"], "no description"),
  });
