/**
 * Requests to the server, as the durable services need them.
 *
 * The client's own `request` leaves what is in flight hanging for its whole time-out when the
 * connection drops, and drops what is published while it is down. Here a request on a connection
 * that is down fails at once, and one in flight fails in the moment of the disconnect, so that its
 * owner can begin to find out what became of it. All requests share one inbox and one timer.
 *
 * Owns: the requests in flight.
 * Never: retries; only the caller knows what a repeat would mean.
 */
import { Effect } from "effect";
import { createInbox } from "nats";
import type { Msg, MsgHdrs, NatsConnection as Client } from "nats";
import { NatsFault, JetStreamRefusal, readReply } from "./nats_error.ts";
import type { NatsFaultReason } from "./nats_error.ts";

/** Longest wait for one answer unless the caller says otherwise. */
export const request_ms_max = 2_000;

/** How often deadlines are looked at; a time-out is late by at most this. */
const sweep_ms = 50;

const noResponders = 503;

/** Called exactly once, after `send` has returned, unless the request was cancelled. */
export type OnReply = (outcome: Msg | NatsFault) => void;

/** Sends requests over one connection. */
export interface Requests {
  /** Sends now; returns what forgets the request. */
  readonly send: (
    subject: string,
    data: Uint8Array | string,
    headers: MsgHdrs | undefined,
    timeout_ms: number,
    onReply: OnReply,
  ) => () => void;
  /** Requests in flight. */
  readonly inFlight: () => number;
  /** Fails everything in flight as `disconnected`. */
  readonly failAll: (detail: string) => void;
  /** Fails what was sent to a subject that the server refused. */
  readonly failSubject: (subject: string, detail: string) => void;
  /** Fails everything in flight and stops listening. */
  readonly close: () => void;
}

interface Pending {
  readonly subject: string;
  readonly deadline_ms: number;
  readonly onReply: OnReply;
}

const fault = (subject: string, reason: NatsFaultReason, detail = ""): NatsFault =>
  new NatsFault({ subject, reason, detail });

/** The requests in flight, by token. */
class PendingRequests {
  readonly #byToken = new Map<string, Pending>();
  #serial = 0;
  #sweeper: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#byToken.size;
  }

  subjectOf(token: string): string | undefined {
    return this.#byToken.get(token)?.subject;
  }

  /** Enters a request and returns its token. */
  enter(entry: Pending): string {
    this.#serial += 1;
    const token = this.#serial.toString(36);
    this.#byToken.set(token, entry);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweep_ms);
    return token;
  }

  forget(token: string): boolean {
    return this.#byToken.delete(token);
  }

  settle(token: string, outcome: Msg | NatsFault): void {
    const entry = this.#byToken.get(token);
    if (entry === undefined) return;
    this.#byToken.delete(token);
    entry.onReply(outcome);
  }

  failWhere(reason: NatsFaultReason, detail: string, wanted: (entry: Pending) => boolean): void {
    const failing = [...this.#byToken].filter(([, entry]) => wanted(entry));
    for (const [token, { subject }] of failing) {
      this.settle(token, fault(subject, reason, detail));
    }
  }

  stopSweeping(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #sweep(): void {
    const now_ms = performance.now();
    this.failWhere("timeout", "", (entry) => entry.deadline_ms <= now_ms);
    if (this.size === 0) this.stopSweeping();
  }
}

/**
 * Makes the sender of a connection.
 *
 * @param up whether the connection is up just now
 */
export const makeRequests = (client: Client, up: () => boolean): Requests => {
  const prefix = `${createInbox()}.`;
  const pending = new PendingRequests();

  const subscription = client.subscribe(`${prefix}*`, {
    callback: (error, reply) => {
      if (error !== null) return pending.failWhere("refused", error.message, () => true);
      const token = reply.subject.slice(prefix.length);
      const subject = pending.subjectOf(token);
      if (subject === undefined) return;
      const nobody = reply.data.length === 0 && reply.headers?.code === noResponders;
      pending.settle(token, nobody ? fault(subject, "no_responders") : reply);
    },
  });

  const send: Requests["send"] = (subject, data, headers, timeout_ms, onReply) => {
    const deadline_ms = performance.now() + timeout_ms;
    const token = pending.enter({ subject, deadline_ms, onReply });
    const reply = prefix + token;
    // Never before `send` has returned: its caller could not have the means to cancel yet.
    const failSoon = (reason: NatsFaultReason, detail: string): void =>
      queueMicrotask(() => pending.settle(token, fault(subject, reason, detail)));
    try {
      if (!up()) failSoon("disconnected", "the connection is down");
      else client.publish(subject, data, headers === undefined ? { reply } : { reply, headers });
    } catch (cause) {
      failSoon("refused", String(cause));
    }
    return () => pending.forget(token);
  };

  return {
    send,
    inFlight: () => pending.size,
    failAll: (detail) => pending.failWhere("disconnected", detail, () => true),
    failSubject: (subject, detail) =>
      pending.failWhere("refused", detail, (entry) => entry.subject === subject),
    close: () => {
      pending.failWhere("disconnected", "the connection is closing", () => true);
      pending.stopSweeping();
      subscription.unsubscribe();
    },
  };
};

/** One request as an effect; interrupting it forgets the answer, not the request. */
export const request = (
  requests: Requests,
  subject: string,
  data: Uint8Array | string,
  options: { readonly headers?: MsgHdrs; readonly timeout_ms?: number } = {},
): Effect.Effect<Msg, NatsFault> =>
  Effect.callback((resume) => {
    const { headers, timeout_ms = request_ms_max } = options;
    const cancel = requests.send(subject, data, headers, timeout_ms, (outcome) =>
      resume(outcome instanceof NatsFault ? Effect.fail(outcome) : Effect.succeed(outcome)),
    );
    return Effect.sync(cancel);
  });

/** One JetStream API request: JSON in, the answer's JSON object out. */
export const apiRequest = (
  requests: Requests,
  subject: string,
  body: object | undefined,
  timeout_ms: number = request_ms_max,
): Effect.Effect<Readonly<Record<string, unknown>>, JetStreamRefusal | NatsFault> =>
  request(requests, subject, body === undefined ? "" : JSON.stringify(body), { timeout_ms }).pipe(
    Effect.flatMap((reply) => {
      const answer = readReply(subject, reply);
      return answer instanceof JetStreamRefusal ? Effect.fail(answer) : Effect.succeed(answer);
    }),
  );
