/**
 * What is the same for every strategy process: connect, run, report, and end in order.
 *
 * On SIGTERM, SIGINT or the end of standard input the strategy stops deciding, cancels all that it
 * has open and waits, not for ever, until the OMS has said so. Status 0: nothing is left open; 1:
 * something may be; 2: the arguments are wrong.
 *
 * Standard output carries a JSON line when signals are heeded and then one a second with counts of
 * latencies; logs go to standard error.
 *
 * Owns: the process: signals, timers, streams, exit status.
 */
import { liveClock, liveIds, pause } from "../../protocols/client/client_clock.ts";
import type { IdSource } from "../../protocols/client/client_clock.ts";
import { connectStrategy } from "../../protocols/client/strategy_client.ts";
import type { StrategyClient } from "../../protocols/client/strategy_client.ts";
import { makeLogger } from "../log.ts";
import { LatencyHistogram } from "../start/latency_histogram.ts";
import type { SlotWatch } from "./order_slot.ts";
import { OptionError } from "./strategy_options.ts";
import type { CommonOptions } from "./strategy_options.ts";

/** What a strategy is made with. */
export interface StrategyContext {
  readonly client: StrategyClient;
  readonly options: CommonOptions;
  readonly watch: SlotWatch;
  /** Ids for orders, new in every process. */
  readonly newId: IdSource;
}

/** A strategy as its process drives it. */
export interface RunningStrategy {
  /** Decide and act; called at least every `tick_ms` and after every event. Must not throw. */
  readonly step: () => void;
  /** Stop listening to the market. */
  readonly stop: () => void;
  /** For the log line of each minute. */
  readonly describe: () => Readonly<Record<string, unknown>>;
}

const tick_ms = 50;
const stats_ms = 1_000;
const minute_ms = 60_000;
const cancelRound_ms = 1_500;
const cancelRounds_max = 5;

/** Runs a strategy until it is told to end; sets the exit status. */
export const runStrategy = async (
  read: () => {
    readonly options: CommonOptions;
    readonly make: (context: StrategyContext) => RunningStrategy;
  },
): Promise<void> => {
  try {
    const { options, make } = read();
    process.exitCode = await live(options, make);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${JSON.stringify({ event: "cannot run", reason })}\n`);
    process.exitCode = error instanceof OptionError ? 2 : 1;
  }
  // Standard input, if it is watched, would keep the process alive.
  process.stdin.destroy();
};

const live = async (
  options: CommonOptions,
  make: (context: StrategyContext) => RunningStrategy,
): Promise<number> => {
  const { account, strategy } = options;
  const log = makeLogger(`${account}.${strategy}`, options.logLevel);
  const asked = whenToldToEnd(options.exitWithParent);
  // From here on a signal ends it in order.
  process.stdout.write(`${JSON.stringify({ ready: { account, strategy } })}\n`);
  const client = await connectStrategy({ servers: options.nats, account, strategy });
  const latencies = { ack: new LatencyHistogram(), event: new LatencyHistogram() };
  const running = make({
    client,
    options,
    newId: liveIds(),
    watch: {
      acknowledged: (took_us) => latencies.ack.record(took_us),
      answered: (took_us) => latencies.event.record(took_us),
      trouble: (what, details) => log.warn(details, what),
    },
  });
  client.onEvent((event) => {
    if (event.type === "gap") log.warn(event.gap, "order events missing");
    if (event.type === "unreadable") log.error(event, "unreadable message");
    if (event.type === "link") log.info({ up: event.up }, "connection");
    if (event.type === "trouble") log.warn({ reason: event.reason }, "event feed");
  });
  // What an earlier run may have left open.
  await client.cancelAll();
  log.info({ instrument: options.instrument }, "trading");
  const timers = [
    setInterval(() => running.step(), tick_ms),
    setInterval(() => writeStats(latencies), stats_ms),
    setInterval(() => log.info(running.describe(), "minute"), minute_ms),
  ];
  const stopListening = client.onEvent((event) => {
    if (event.type === "order") running.step();
  });
  await asked;
  stopListening();
  for (const timer of timers) clearInterval(timer);
  running.stop();
  const left = await cancelEverything(client);
  writeStats(latencies);
  log.info({ ...running.describe(), open: left }, left === 0 ? "done" : "orders may be open");
  await client.close();
  return left === 0 ? 0 : 1;
};

/** Resolves on the first request to end. */
const whenToldToEnd = (exitWithParent: boolean): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => resolve();
    process.on("SIGTERM", end).on("SIGINT", end);
    if (exitWithParent) process.stdin.on("end", end).on("error", end).resume();
  });

/** Cancels until nothing is open or the rounds are used up; gives the number still open. */
const cancelEverything = async (client: StrategyClient): Promise<number> => {
  for (let round = 0; round < cancelRounds_max; round += 1) {
    await client.cancelAll().catch(() => undefined);
    for (let waited_ms = 0; waited_ms < cancelRound_ms; waited_ms += 25) {
      if (client.openOrders().length === 0) return 0;
      await pause(liveClock, 25);
    }
  }
  return client.openOrders().length;
};

const writeStats = (latencies: Readonly<Record<"ack" | "event", LatencyHistogram>>): void => {
  const stats = { ack: latencies.ack.take(), event: latencies.event.take() };
  process.stdout.write(`${JSON.stringify({ stats })}\n`);
};

// Whoever started us may have gone; its pipes must not end us before our orders are cancelled.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
