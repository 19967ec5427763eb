/**
 * The node's connection to NATS: one, kept for the life of the process, reconnecting for ever.
 *
 * Owns: the client and its settings, the check of the server's version, the state of the
 * connection.
 * Never: relies on a publish made while it is down (this client drops those silently), so whoever
 * needs an answer goes through `requests`, which fails fast.
 */
import { Context, Effect, Layer, Schedule, Schema } from "effect";
import { connect, errors } from "nats";
import type { NatsConnection as Client, NodeConnectionOptions } from "nats";
import { makeRequests } from "./nats_request.ts";
import type { Requests } from "./nats_request.ts";

/**
 * Oldest server with every feature we use working right (atomic checks, term fencing of writes).
 */
export const serverVersion_min = "2.14.5";

const reconnectWait_ms = 50;
const reconnectJitter_ms = 200;
/** Two unanswered pings end a connection: a frozen server is noticed in three of these. */
const ping_ms = 2_000;
const dial_ms_max = 2_000;
const drain_ms_max = 2_000;

/** How to reach the servers. */
export interface NatsOptions {
  /** One URL or several of one cluster. */
  readonly servers: string | readonly string[];
  /** Shown by the server's monitoring and by `nats server report connections`. */
  readonly name: string;
  /** Credentials, where the servers want some. */
  readonly credentials?: Pick<NodeConnectionOptions, "authenticator" | "pass" | "tls" | "user">;
  /** How long the first connect is tried; default 10 s. */
  readonly firstConnect_ms_max?: number;
}

/** The servers could not be reached in time, or are too old. */
export class NatsUnreachable extends Schema.TaggedError<NatsUnreachable>()("NatsUnreachable", {
  servers: Schema.String,
  detail: Schema.String,
}) {
  override get message() {
    return `cannot use NATS at ${this.servers}: ${this.detail}`;
  }
}

/** The connection as its users see it. */
export interface NatsConnectionShape {
  readonly client: Client;
  readonly requests: Requests;
  /** Whether the connection is up just now. */
  readonly up: boolean;
  /** Reconnects since the start. */
  readonly reconnects: number;
  /** Largest message the server takes, bytes. */
  readonly maxPayload_bytes: number;
  /** Calls the listener on every change; returns what ends it. */
  readonly onChange: (listener: (up: boolean) => void) => () => void;
  /** Completes once the connection is up. */
  readonly whenUp: Effect.Effect<void>;
}

/** The node's connection to NATS. */
export class NatsConnection extends Context.Service<NatsConnection, NatsConnectionShape>()(
  "natoms/runtime/NatsConnection",
) {
  /** Connects; closes in order with the scope. */
  static readonly layer = (options: NatsOptions): Layer.Layer<NatsConnection, NatsUnreachable> =>
    Layer.effect(NatsConnection, open(options));
}

const serverList = (options: NatsOptions): string =>
  typeof options.servers === "string" ? options.servers : options.servers.join(",");

/** The servers as they may be shown: credentials in a URL are for the server alone. */
const shownServers = (options: NatsOptions): string =>
  serverList(options).replace(/\/\/[^@,/]*@/g, "//[redacted]@");

/** Whether `version` is at least `min`; both `major.minor.patch`, a suffix is ignored. */
export const versionAtLeast = (version: string, min: string): boolean => {
  const parts = (text: string): number[] => text.split(/[.-]/).slice(0, 3).map(Number);
  const have = parts(version);
  for (const [index, wanted] of parts(min).entries()) {
    const part = have[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
};

const firstConnect = (options: NatsOptions): Effect.Effect<Client, NatsUnreachable> =>
  Effect.tryPromise({
    try: () =>
      connect({
        ...options.credentials,
        servers: serverList(options).split(","),
        name: options.name,
        maxReconnectAttempts: -1,
        reconnectTimeWait: reconnectWait_ms,
        reconnectJitter: reconnectJitter_ms,
        pingInterval: ping_ms,
        timeout: dial_ms_max,
        noAsyncTraces: true,
      }),
    catch: (cause) =>
      new NatsUnreachable({ servers: shownServers(options), detail: String(cause) }),
  }).pipe(
    Effect.retry(
      Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("1 second")]).pipe(
        Schedule.upTo({ duration: options.firstConnect_ms_max ?? 10_000 }),
      ),
    ),
  );

/** Ends the connection; what was written reaches the server where there is one. */
const shut = async (client: Client, up: boolean): Promise<void> => {
  if (client.isClosed()) return;
  if (up) {
    const late = new Promise((resolve) => setTimeout(resolve, drain_ms_max).unref());
    await Promise.race([client.drain().catch(() => undefined), late]);
  }
  if (!client.isClosed()) await client.close();
};

const open = Effect.fnUntraced(function* (options: NatsOptions) {
  const state: ConnectionState = { up: true, reconnects: 0, listeners: new Set() };
  const client = yield* Effect.acquireRelease(firstConnect(options), (connected) =>
    Effect.promise(() => shut(connected, state.up)),
  );
  const version = client.info?.version ?? "0.0.0";
  if (!versionAtLeast(version, serverVersion_min)) {
    return yield* new NatsUnreachable({
      servers: shownServers(options),
      detail: `server ${version} is older than ${serverVersion_min}`,
    });
  }
  const requests = yield* Effect.acquireRelease(
    Effect.sync(() => makeRequests(client, () => state.up)),
    (made) => Effect.sync(made.close),
  );
  void watch(client, requests, state);
  return NatsConnection.of({
    client,
    requests,
    get up() {
      return state.up;
    },
    get reconnects() {
      return state.reconnects;
    },
    get maxPayload_bytes() {
      return client.info?.max_payload ?? 0;
    },
    onChange: (listener) => {
      state.listeners.add(listener);
      return () => state.listeners.delete(listener);
    },
    whenUp: Effect.callback<void>((resume) => {
      if (state.up) return resume(Effect.void);
      const listener = (up: boolean): void => {
        if (!up) return;
        state.listeners.delete(listener);
        resume(Effect.void);
      };
      state.listeners.add(listener);
      return Effect.sync(() => state.listeners.delete(listener));
    }),
  });
});

interface ConnectionState {
  up: boolean;
  reconnects: number;
  readonly listeners: Set<(up: boolean) => void>;
}

/** Follows the client's status for as long as the client lives. */
const watch = async (client: Client, requests: Requests, state: ConnectionState): Promise<void> => {
  const change = (up: boolean): void => {
    if (state.up === up) return;
    state.up = up;
    if (!up) requests.failAll("the connection went down");
    for (const listener of state.listeners) listener(up);
  };
  for await (const status of client.status()) {
    if (status.type === "disconnect" || status.type === "close") change(false);
    if (status.type === "reconnect") {
      state.reconnects += 1;
      change(true);
    }
    if (status.type === "error" && status.error instanceof errors.PermissionViolationError) {
      requests.failSubject(status.error.subject, status.error.message);
    }
  }
  change(false);
};
