/**
 * The strategy's side of the wire contract: commands out, events in, over plain NATS.
 *
 *   const client = await connectStrategy({ servers, account: "MM1", strategy: "quotes" });
 *   const order = await client.submit({ instrument: "BTC-USDT", side: "buy", ordType: "limit",
 *                                       orderQty: "0.001", price: "62000" });
 *   // here JetStream holds the command: *durably received*
 *   const first = await order.answer;   // the business answer: pending_new, denied, …
 *
 * Promises: a command keeps its message id over all attempts, so repeating after an unknown outcome
 * is safe; every command ends in an acknowledgement or in a rejection that says what is known; each
 * order's events come in order and once, and what is missing is reported.
 *
 * Owns: the connection and everything made from it.
 * Never: decides anything about trading, and never talks to anything but NATS.
 */
import { connect } from "nats";
import type { NatsConnection, NodeConnectionOptions } from "nats";
import { Result } from "effect";
import { isToken } from "../kernel/ids.ts";
import { orderEventFilter } from "../kernel/subjects.ts";
import { liveClock, liveIds } from "./client_clock.ts";
import type { ClientClock, IdSource } from "./client_clock.ts";
import { makeCommandPublisher, publishLimits_default } from "./command_publisher.ts";
import type { PublishLimits } from "./command_publisher.ts";
import { makeEventIntake } from "./event_intake.ts";
import { makeEventListeners } from "./event_listeners.ts";
import { readBbo } from "./event_message.ts";
import type { PositionEventMessage } from "./event_message.ts";
import { eventOrderLimits_default } from "./event_order.ts";
import type { EventOrderLimits } from "./event_order.ts";
import { openEventReader } from "./event_reader.ts";
import { followLink } from "./link_state.ts";
import type { LinkState } from "./link_state.ts";
import type { OrderView } from "./order_view.ts";
import { makeStrategyCommands } from "./strategy_commands.ts";
import type { StrategyCommands } from "./strategy_commands.ts";
import type { MarketDataHandler, StrategyEvent } from "./strategy_event.ts";
import { bboFilter, matchesFilter, positionEventFilter } from "./subscription_subject.ts";

/** Who trades, and where. */
export interface StrategyOptions {
  readonly servers: string | readonly string[];
  readonly account: string;
  readonly strategy: string;
  /** The connection's name on the server; default `<account>.<strategy>`. */
  readonly name?: string;
  readonly credentials?: Pick<NodeConnectionOptions, "authenticator" | "pass" | "tls" | "user">;
  /**
   * `new` (default): events from now on. `all`: everything the feed still keeps, so that a strategy
   * that starts again knows its old orders.
   */
  readonly startFrom?: "new" | "all";
  /** Makes ids for orders, replaces, cancels and messages; default unique for every process. */
  readonly ids?: IdSource;
  readonly clock?: ClientClock;
  readonly publishLimits?: Partial<PublishLimits>;
  readonly eventLimits?: Partial<EventOrderLimits>;
  /** Most commands waiting for their acknowledgement; one more is refused at once. Default 1000. */
  readonly inFlight_max?: number;
  /** Most ended orders remembered; default 10 000. */
  readonly endedOrders_max?: number;
}

/** A strategy's connection to the OMS. */
export interface StrategyClient extends StrategyCommands {
  readonly account: string;
  readonly strategy: string;
  /** Whether the connection to NATS is up; commands sent while it is down wait for it. */
  readonly up: boolean;
  readonly order: (clOrdId: string) => OrderView | undefined;
  /** Every order remembered; `openOrders` only those not known to have ended. */
  readonly orders: () => readonly OrderView[];
  readonly openOrders: () => readonly OrderView[];
  /** The account's positions by instrument, as far as events told since the start. */
  readonly positions: () => ReadonlyMap<string, PositionEventMessage>;
  /** Calls for everything that happens, in order; the result ends it. Must not throw. */
  readonly onEvent: (listener: (event: StrategyEvent) => void) => () => void;
  /** The same as an iterable; ends with the client, fails when the reader falls 10 000 behind. */
  readonly events: () => AsyncIterableIterator<StrategyEvent>;
  /** Best bids and offers; `*` for every venue or instrument. The result ends it. */
  readonly marketData: (
    venue: string,
    instrument: string,
    handler: MarketDataHandler,
  ) => () => void;
  /** Stops everything; answers still waited for are rejected with ClientClosed. */
  readonly close: () => Promise<void>;
}

const inFlight_max_default = 1_000;
const endedOrders_max_default = 10_000;
const eventsBuffered_max = 10_000;
const drain_ms_max = 2_000;

/** Connects; rejects when the servers or the event feed cannot be reached. */
export const connectStrategy = async (options: StrategyOptions): Promise<StrategyClient> => {
  for (const token of [options.account, options.strategy]) {
    if (!isToken(token)) throw new TypeError(`"${token}" is not a token`);
  }
  const connection = await connect({
    ...options.credentials,
    servers: typeof options.servers === "string" ? options.servers : [...options.servers],
    name: options.name ?? `${options.account}.${options.strategy}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    reconnectJitter: 100,
    pingInterval: 2_000,
    noAsyncTraces: true,
  });
  try {
    return await assemble(connection, options);
  } catch (error) {
    await connection.close();
    throw error;
  }
};

const assemble = async (
  connection: NatsConnection,
  options: StrategyOptions,
): Promise<StrategyClient> => {
  const { account, strategy } = options;
  const clock = options.clock ?? liveClock;
  const link = followLink(connection, clock);
  const listeners = makeEventListeners(eventsBuffered_max);
  const { tell } = listeners;
  const eventLimits = { ...eventOrderLimits_default, ...options.eventLimits };
  const endedOrders_max = options.endedOrders_max ?? endedOrders_max_default;
  const intake = makeEventIntake(clock, eventLimits, endedOrders_max, tell);
  link.onChange((up) => tell({ type: "link", up }));
  const positionFilter = positionEventFilter(account);
  const reader = await openEventReader(connection, link, clock, {
    filters: [orderEventFilter(account, strategy), positionFilter],
    startFrom: options.startFrom ?? "new",
    onMessage: ({ subject, data }) => {
      if (matchesFilter(subject, positionFilter)) intake.takePosition(subject, data);
      else intake.takeOrder(subject, data);
    },
    onTrouble: (reason) => tell({ type: "trouble", reason }),
  });
  const publishLimits = { ...publishLimits_default, ...options.publishLimits };
  const commands = makeStrategyCommands({
    account,
    strategy,
    ids: options.ids ?? liveIds(),
    inFlight_max: options.inFlight_max ?? inFlight_max_default,
    publisher: makeCommandPublisher(connection, link, clock, publishLimits),
    intake,
  });
  return {
    ...commands,
    account,
    strategy,
    get up() {
      return link.up;
    },
    order: (clOrdId) => intake.views.get(clOrdId),
    orders: () => intake.views.all(),
    openOrders: () => intake.views.open(),
    positions: () => intake.positions,
    onEvent: listeners.onEvent,
    events: listeners.events,
    marketData: (venue, instrument, handler) =>
      subscribeBbo(connection, bboFilter(venue, instrument), handler, tell),
    close: async () => {
      await reader.close();
      intake.close();
      listeners.close();
      await shut(connection, link, clock);
    },
  };
};

const subscribeBbo = (
  connection: NatsConnection,
  filter: string,
  handler: MarketDataHandler,
  tell: (event: StrategyEvent) => void,
): (() => void) => {
  const subscription = connection.subscribe(filter, {
    callback: (error, message) => {
      if (error !== null) return tell({ type: "trouble", reason: error.message });
      const read = readBbo(message.subject, message.data);
      if (Result.isSuccess(read)) handler(read.success);
      else tell({ type: "unreadable", subject: message.subject, reason: read.failure });
    },
  });
  return () => subscription.unsubscribe();
};

/** Lets what was written reach the server, where there is one, for a bounded time. */
const shut = async (
  connection: NatsConnection,
  link: LinkState,
  clock: ClientClock,
): Promise<void> => {
  if (connection.isClosed()) return;
  if (link.up) {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancelTimer = clock.after(drain_ms_max, resolve);
    await Promise.race([connection.drain().catch(() => undefined), late]);
    cancelTimer();
  }
  await connection.close();
};
