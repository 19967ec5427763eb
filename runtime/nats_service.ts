/**
 * A NATS micro service (the services protocol of NATS, ADR-32) over the core client: what
 * `nats micro ls`, `info`, `stats` and `ping` see, and endpoints that answer requests.
 *
 * Written here because the library for it on npm stops at a pre-release of another client version.
 * The protocol: three verbs, each heard on `$SRV.<verb>`, `.<name>` and `.<name>.<id>` by every
 * instance; endpoints heard in a queue group, so that one instance answers; an error is an answer
 * with two headers.
 *
 * Owns: the protocol's words, and the counting of requests.
 * Never: knows what an endpoint does.
 */
import { headers, nuid } from "nats";
import type { Msg, NatsConnection, Subscription } from "nats";

/** An error that an endpoint answers with. */
export interface ServiceError {
  /** As HTTP has them: 400 for what was asked, 5xx for us. */
  readonly code: number;
  readonly text: string;
}

/** What an endpoint answers: a body, with an error or without. */
export interface ServiceAnswer {
  readonly body: object;
  readonly error?: ServiceError;
}

/** One endpoint. */
export interface ServiceEndpoint {
  /** `[A-Za-z0-9_-]+`. */
  readonly name: string;
  readonly subject: string;
  /** False: every instance hears every request; for a subject that names one instance. */
  readonly queued: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  /** Must not throw; what it throws all the same is answered with code 500. */
  readonly handle: (data: Uint8Array) => Promise<ServiceAnswer>;
}

/** A service and its endpoints. */
export interface ServiceConfig {
  /** `[A-Za-z0-9_-]+`. */
  readonly name: string;
  /** Semantic version. */
  readonly version: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly endpoints: readonly ServiceEndpoint[];
  /** Told of what an endpoint throws. */
  readonly failed: (endpoint: string, cause: unknown) => void;
}

/** A started service. */
export interface NatsService {
  readonly id: string;
  /** Answers what is under way and hears nothing more. */
  readonly stop: () => Promise<void>;
}

/** The queue group of the protocol. */
const queueGroup = "q";

interface Counts {
  requests: number;
  errors: number;
  lastError: string;
  processing_ns: bigint;
}

/** Starts an instance of a service. */
export const startNatsService = (client: NatsConnection, config: ServiceConfig): NatsService => {
  const id = nuid.next();
  const started = new Date().toISOString();
  const counts = new Map<string, Counts>();
  const { name, version, metadata } = config;
  const identity = { name, id, version, metadata };
  const subscriptions: Subscription[] = [
    ...config.endpoints.map((endpoint) => {
      const counted = { requests: 0, errors: 0, lastError: "", processing_ns: 0n };
      counts.set(endpoint.name, counted);
      return serve(client, config, endpoint, counted);
    }),
    ...discover(client, identity, "PING", () => ({})),
    ...discover(client, identity, "INFO", () => ({
      description: config.description,
      endpoints: config.endpoints.map(described),
    })),
    ...discover(client, identity, "STATS", () => ({
      started,
      endpoints: config.endpoints.map((endpoint) => statsOf(endpoint, counts.get(endpoint.name))),
    })),
  ];
  return {
    id,
    stop: async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.drain()));
    },
  };
};

const serve = (
  client: NatsConnection,
  { failed }: ServiceConfig,
  endpoint: ServiceEndpoint,
  counted: Counts,
): Subscription => {
  const { subject, queued, handle } = endpoint;
  const take = async (message: Msg): Promise<void> => {
    const began_ns = process.hrtime.bigint();
    let answer: ServiceAnswer;
    try {
      answer = await handle(message.data);
    } catch (cause) {
      failed(endpoint.name, cause);
      const error = { code: 500, text: "INTERNAL_ERROR" };
      answer = { body: { error: "INTERNAL_ERROR" }, error };
    }
    try {
      respond(message, answer);
    } catch (cause) {
      failed(endpoint.name, cause);
      answer = unsaid(message);
    }
    counted.requests += 1;
    counted.processing_ns += process.hrtime.bigint() - began_ns;
    if (answer.error !== undefined) {
      counted.errors += 1;
      counted.lastError = `${answer.error.code}:${answer.error.text}`;
    }
  };
  return client.subscribe(subject, {
    ...(queued ? { queue: queueGroup } : {}),
    callback: (error, message) => {
      if (error === null) void take(message);
    },
  });
};

const respond = (message: Msg, { body, error }: ServiceAnswer): void => {
  if (error === undefined) {
    message.respond(JSON.stringify(body));
    return;
  }
  const head = headers();
  head.set("Nats-Service-Error", error.text);
  head.set("Nats-Service-Error-Code", String(error.code));
  message.respond(JSON.stringify(body), { headers: head });
};

/** Says that an answer could not be: it is too large for a message, or the connection is closed. */
const unsaid = (message: Msg): ServiceAnswer => {
  const error = { code: 500, text: "ANSWER_NOT_SENT" };
  const answer: ServiceAnswer = { body: { error: "ANSWER_NOT_SENT" }, error };
  try {
    respond(message, answer);
  } catch {
    // Nobody can be told on a connection that is closed.
  }
  return answer;
};

interface Identity {
  readonly name: string;
  readonly id: string;
}

const discover = (
  client: NatsConnection,
  identity: Identity,
  verb: "PING" | "INFO" | "STATS",
  body: () => object,
): readonly Subscription[] => {
  const all = `$SRV.${verb}`;
  const type = `io.nats.micro.v1.${verb.toLowerCase()}_response`;
  return [all, `${all}.${identity.name}`, `${all}.${identity.name}.${identity.id}`].map((subject) =>
    client.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) message.respond(JSON.stringify({ type, ...identity, ...body() }));
      },
    }),
  );
};

const described = ({ name, subject, queued, metadata }: ServiceEndpoint): object => ({
  name,
  subject,
  queue_group: queued ? queueGroup : "",
  metadata,
});

const statsOf = (endpoint: ServiceEndpoint, counted: Counts | undefined): object => {
  const { name, subject, queued } = endpoint;
  const { requests = 0, errors = 0, lastError = "", processing_ns = 0n } = counted ?? {};
  const average_ns = requests === 0 ? 0n : processing_ns / BigInt(requests);
  return {
    name,
    subject,
    queue_group: queued ? queueGroup : "",
    num_requests: requests,
    num_errors: errors,
    last_error: lastError,
    processing_time: Number(processing_ns),
    average_processing_time: Number(average_ns),
  };
};
