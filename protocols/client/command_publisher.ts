/**
 * Sends a command until JetStream says that it is durably stored, or says honestly that it is not.
 *
 * One command keeps one `Nats-Msg-Id` over all its attempts: after a timeout, a lost connection or
 * a restarted server the same message is sent again, and the server stores it once.
 *
 * Owns: attempts, their waits and the reading of the acknowledgement.
 * Never: makes two commands out of one call; never resolves without an acknowledgement.
 */
import { errors, headers } from "nats";
import type { Msg, NatsConnection } from "nats";
import type { ClientClock } from "./client_clock.ts";
import { pause } from "./client_clock.ts";
import { ClientClosed, CommandFailed } from "./client_error.ts";
import type { LinkState } from "./link_state.ts";

/** JetStream's acknowledgement. */
export interface Acknowledgement {
  readonly stream: string;
  readonly seq: number;
  /** The server had this very message already: an earlier attempt had arrived. */
  readonly duplicate: boolean;
  /** Attempts that were needed. */
  readonly attempts: number;
}

/** How long and how often a command is tried. */
export interface PublishLimits {
  /** One attempt's wait for the acknowledgement. */
  readonly attempt_ms_max: number;
  /** All attempts together, waits for the link included. */
  readonly total_ms_max: number;
  readonly attempts_max: number;
  /** Wait before the second attempt; doubles up to `backoff_ms_max`. */
  readonly backoff_ms_min: number;
  readonly backoff_ms_max: number;
}

/** Long enough to outlive the restart of a server and an election of a stream's leader. */
export const publishLimits_default: PublishLimits = {
  attempt_ms_max: 2_000,
  total_ms_max: 20_000,
  attempts_max: 30,
  backoff_ms_min: 25,
  backoff_ms_max: 1_000,
};

/** What one attempt came to. */
type Attempt =
  | {
      readonly type: "stored";
      readonly stream: string;
      readonly seq: number;
      readonly dup: boolean;
    }
  | { readonly type: "refused"; readonly reason: string; readonly final: boolean }
  | { readonly type: "unknown"; readonly reason: string };

/** Sends commands. */
export interface CommandPublisher {
  /** Rejects with CommandFailed when no acknowledgement was had within the limits. */
  readonly publish: (subject: string, body: string, msgId: string) => Promise<Acknowledgement>;
}

/** A publisher on that connection. */
export const makeCommandPublisher = (
  connection: NatsConnection,
  link: LinkState,
  clock: ClientClock,
  limits: PublishLimits,
): CommandPublisher => ({
  publish: async (subject, body, msgId) => {
    const deadline_ms = clock.now_ms() + limits.total_ms_max;
    let maybeStored = false;
    let reason = "no connection";
    for (let attempts = 1; attempts <= limits.attempts_max; attempts += 1) {
      if (connection.isClosed()) throw new ClientClosed();
      const left_ms = deadline_ms - clock.now_ms();
      if (left_ms <= 0 || !(await link.whenUp(left_ms))) break;
      const wait_ms = Math.max(1, Math.min(limits.attempt_ms_max, deadline_ms - clock.now_ms()));
      const outcome = await attempt(connection, link, subject, body, msgId, wait_ms);
      if (outcome.type === "stored") {
        return { stream: outcome.stream, seq: outcome.seq, duplicate: outcome.dup, attempts };
      }
      reason = outcome.reason;
      if (outcome.type === "unknown") maybeStored = true;
      else if (outcome.final) break;
      const backoff_ms = limits.backoff_ms_min * 2 ** Math.min(attempts - 1, 10);
      await pause(clock, Math.min(backoff_ms, limits.backoff_ms_max));
    }
    throw new CommandFailed(subject, maybeStored ? "unknown" : "refused", reason);
  },
});

const attempt = (
  connection: NatsConnection,
  link: LinkState,
  subject: string,
  body: string,
  msgId: string,
  wait_ms: number,
): Promise<Attempt> =>
  new Promise((resolve) => {
    const settle = (outcome: Attempt): void => {
      cancelListener();
      resolve(outcome);
    };
    const cancelListener = link.onChange((up) => {
      if (!up) settle({ type: "unknown", reason: "the connection broke" });
    });
    const head = headers();
    head.set("Nats-Msg-Id", msgId);
    // Throws at once for a subject or a size that cannot be sent, hence the async wrapper.
    const send = async (): Promise<Msg> =>
      connection.request(subject, body, { headers: head, timeout: wait_ms });
    send().then(
      (reply) => settle(readReply(reply)),
      (error: unknown) => settle(readFailure(error)),
    );
  });

/** No responders: no stream listened (yet), so nothing was stored; anything else is unknown. */
const readFailure = (error: unknown): Attempt => {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof errors.RequestError && error.isNoResponders()) {
    return { type: "refused", reason: "no stream takes it", final: false };
  }
  const neverSent =
    error instanceof errors.InvalidSubjectError ||
    error instanceof errors.InvalidArgumentError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError;
  return neverSent ? { type: "refused", reason, final: true } : { type: "unknown", reason };
};

/** Reads `{stream, seq, duplicate}` or `{error: {code, description}}`. */
const readReply = (reply: Msg): Attempt => {
  let body: unknown;
  try {
    body = reply.json();
  } catch {
    return { type: "unknown", reason: "the answer is not JSON" };
  }
  if (typeof body !== "object" || body === null) {
    return { type: "unknown", reason: "the answer is no acknowledgement" };
  }
  if ("error" in body && typeof body.error === "object" && body.error !== null) {
    const code = "code" in body.error ? Number(body.error.code) : 0;
    const words = "description" in body.error ? String(body.error.description) : "refused";
    return { type: "refused", reason: words, final: code < 500 && code !== 429 };
  }
  if (!("stream" in body) || !("seq" in body) || typeof body.seq !== "number") {
    return { type: "unknown", reason: "the answer is no acknowledgement" };
  }
  const dup = "duplicate" in body && body.duplicate === true;
  return { type: "stored", stream: String(body.stream), seq: body.seq, dup };
};
