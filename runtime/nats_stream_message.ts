/**
 * One stored message, read from the leader of its stream.
 *
 * A direct get may be answered by a follower that lags; this one may not, so it sees every write
 * that was acknowledged. Slower (base64 in JSON), therefore only for single messages.
 *
 * Owns: the shape of `STREAM.MSG.GET` and of direct answers.
 * Never: caches.
 */
import { Effect } from "effect";
import type { Msg } from "nats";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { errCode, numberOf, objectOf, textOf } from "./nats_error.ts";
import type { JetStreamRefusal, NatsFault } from "./nats_error.ts";
import { apiRequest, request } from "./nats_request.ts";

/** A message as its stream holds it. */
export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  /** A header's first value, empty where there is none. */
  readonly header: (name: string) => string;
}

/** Which message: by sequence, the last of a subject, or the first of a subject from a sequence. */
export type MessageQuery =
  | { readonly seq: number }
  | { readonly last_by_subj: string }
  | { readonly seq: number; readonly next_by_subj: string };

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

const headerIn = (base64: string, name: string): string => {
  const lines = Buffer.from(base64, "base64").toString("latin1").split("\r\n");
  const line = lines.find((text) => text.startsWith(`${name}:`)) ?? "";
  return line.slice(name.length + 1).trim();
};

/** A message as the leader holds it; undefined where there is none. */
export const readFromLeader = (
  nats: NatsConnectionShape,
  stream: string,
  query: MessageQuery,
): Effect.Effect<StoredMessage | undefined, JetStreamRefusal | NatsFault> =>
  apiRequest(nats.requests, `$JS.API.STREAM.MSG.GET.${stream}`, query).pipe(
    Effect.map((answer): StoredMessage | undefined => {
      const message = objectOf(answer["message"]) ?? {};
      return {
        seq: numberOf(message["seq"]),
        subject: textOf(message["subject"]),
        data: bytesOf(textOf(message["data"])),
        header: (name) => headerIn(textOf(message["hdrs"]), name),
      };
    }),
    Effect.catchIf(
      (error) => error._tag === "JetStreamRefusal" && error.errCode === errCode.messageNotFound,
      () => Effect.succeed(undefined),
    ),
  );

/** The last message of a subject as any replica holds it: fast, may lag; undefined where none. */
export const readLastDirect = (
  nats: NatsConnectionShape,
  stream: string,
  subject: string,
): Effect.Effect<StoredMessage | undefined, NatsFault> =>
  request(nats.requests, `$JS.API.DIRECT.GET.${stream}.${subject}`, "").pipe(
    Effect.map((reply) => directMessage(reply)),
  );

/** Reads a direct get's answer; undefined where it is a status instead of a message. */
export const directMessage = (reply: Msg): StoredMessage | undefined => {
  const { headers } = reply;
  if (headers === undefined || headers.code !== 0) return undefined;
  return {
    seq: Number(headers.get("Nats-Sequence")),
    subject: headers.get("Nats-Subject"),
    data: reply.data,
    header: (name) => headers.get(name),
  };
};
