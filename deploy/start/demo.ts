/**
 * One run of the demo from nothing to its summary.
 *
 * Order: nats-server, venues, node, strategies; trade; then strategies, open orders, node, checks,
 * venues, nats-server. Each step waits for the one before, and every wait is bounded.
 *
 * Owns: that order. Never: leaves a process or (unless told to keep it) a folder behind.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { render } from "../view/render.ts";
import { enterScreen } from "../view/screen.ts";
import { statusLine } from "../view/status_line.ts";
import { Rates, hopRows, viewStateOf } from "../view/view_state.ts";
import { readConfig } from "../reference_config.ts";
import { Cast } from "./cast.ts";
import { checkFeed, checkJournals, checkVenues } from "./checks.ts";
import { commandsToTry, readDemoConfig } from "./demo_plan.ts";
import { startEmbeddedNats } from "./embedded_nats.ts";
import type { EmbeddedNats } from "./embedded_nats.ts";
import { openEventTap } from "./event_tap.ts";
import type { EventTap } from "./event_tap.ts";
import { fetchSamples } from "./node_metrics.ts";
import type { Sample } from "./node_metrics.ts";
import { RunRecord } from "./run_record.ts";
import type { StartOptions } from "./start_options.ts";
import { isGood, summaryLines } from "./summary.ts";
import type { Check } from "./summary.ts";
import { startWatchdog } from "./watchdog.ts";

const configFile = fileURLToPath(new URL("../demo.json", import.meta.url));
const draw_ms = 250;
const statusEvery_ms = 5_000;
const scrapeEvery_ms = 1_000;
const openOrdersEnd_ms_max = 5_000;
const natsEnd_ms_max = 5_000;
const catchUp_ms_max = 10_000;

/** How a run is told to end, and what it tells. */
export interface DemoControl {
  /** Resolves when the user wants it to end. */
  readonly asked: Promise<void>;
  /** Prints a line for the user. */
  readonly print: (line: string) => void;
  /** Is given what kills everything at once. */
  readonly onStarted: (killAll: () => void) => void;
  /** URL of a server to use instead of an embedded one. */
  readonly natsUrl: string | undefined;
}

/** What a run knows while it goes on. */
interface Run {
  readonly options: StartOptions;
  readonly control: DemoControl;
  readonly record: RunRecord;
  readonly cast: Cast;
  readonly deaths: string[];
  readonly fatal: Promise<void>;
  readonly nats: string;
  notice: string;
  samples: readonly Sample[];
}

/** Runs the demo; gives the exit status. */
export const runDemo = async (options: StartOptions, control: DemoControl): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), "natoms-start-"));
  const watchdog = startWatchdog(options.keep ? undefined : folder);
  control.onStarted(() => watchdog.close());
  let embedded: EmbeddedNats | undefined;
  try {
    if (control.natsUrl === undefined) {
      control.print("starting nats-server");
      embedded = await startEmbeddedNats(options.natsPort, folder, watchdog);
    }
    const nats = embedded?.url ?? control.natsUrl ?? "";
    const deaths: string[] = [];
    const { promise: fatal, resolve: end } = Promise.withResolvers<void>();
    const config = { read: readDemoConfig(readFileSync(configFile, "utf8")), file: configFile };
    const record = new RunRecord(embedded !== undefined);
    const cast = new Cast(options, config, folder, watchdog, {
      notice: (text) => {
        run.notice = text;
      },
      died: (text) => deaths.push(text),
      fatal: (text) => {
        run.notice = text;
        if (deaths.length === 0) deaths.push(text);
        end();
      },
      latencies: (ack, event) => {
        record.hops.submitToAck.merge(ack);
        record.hops.submitToEvent.merge(event);
      },
    });
    const run: Run = {
      options,
      control,
      record,
      cast,
      deaths,
      fatal,
      nats,
      notice: "",
      samples: [],
    };
    if (embedded !== undefined) cast.watch(embedded.child, () => end());
    const status = await play(run, embedded !== undefined);
    // On SIGTERM nats-server ends with status 1, on SIGINT with 0; both in order.
    if (embedded !== undefined) await cast.end(embedded.child, natsEnd_ms_max, "SIGINT");
    return status;
  } finally {
    watchdog.close();
    if (options.keep) control.print(`data and logs are in ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
};

const play = async (run: Run, isEmbedded: boolean): Promise<number> => {
  const { cast, control, nats, options, record } = run;
  control.print("starting venues and node");
  await cast.startVenues();
  await cast.startNode(nats);
  const tap = await openEventTap(nats, record, isEmbedded ? "all" : "new");
  cast.startStrategies(nats);
  const began_ms = performance.now();
  control.print(`NATS at ${nats}; to try in another terminal:`);
  for (const line of commandsToTry(nats)) control.print(`  ${line}`);
  const stopShowing = show(run, began_ms);
  const ends = [control.asked, run.fatal];
  const timer = new AbortController();
  if (options.for_ms !== undefined) {
    ends.push(sleep(options.for_ms, undefined, { signal: timer.signal }).catch(() => undefined));
  }
  await Promise.race(ends);
  timer.abort();
  stopShowing();
  const ran_ms = performance.now() - began_ms;
  control.print("ending: strategies, open orders, node, checks");
  const checks = await wind(run, tap);
  const summary = {
    ran_ms,
    record,
    hops: hopRows(record, run.samples),
    checks,
    deaths: run.deaths,
  };
  for (const line of summaryLines(summary)) control.print(line);
  return isGood(summary) ? 0 : 1;
};

/** Ends everything but nats-server and says what the checks found. */
const wind = async (run: Run, tap: EventTap): Promise<readonly Check[]> => {
  const { cast, record } = run;
  await cast.endStrategies();
  await tap.catchUp(catchUp_ms_max).catch(() => false);
  if (record.open.size > 0) await tap.cancelOpen();
  const waits = Math.ceil(openOrdersEnd_ms_max / 50);
  for (let wait = 0; wait < waits && record.open.size > 0; wait += 1) await sleep(50);
  run.samples = await scrape(run);
  await cast.endNode();
  const complete = await tap.catchUp(catchUp_ms_max).catch(() => false);
  const checks = [
    await checkJournals(run.nats, readConfig(configFile)),
    ...(await checkVenues(record, cast.venues)),
    checkFeed(record, complete),
  ];
  await tap.close();
  await cast.endVenues();
  return checks;
};

const scrape = async ({ cast, samples }: Run): Promise<readonly Sample[]> => {
  if (cast.metricsPort === undefined) return samples;
  const fresh = await fetchSamples(cast.metricsPort, scrapeEvery_ms);
  return fresh.length === 0 ? samples : fresh;
};

/** Draws the view or prints a line now and then; the result ends it and gives the terminal back. */
const show = (run: Run, began_ms: number): (() => void) => {
  const screen = run.options.view ? enterScreen() : undefined;
  const rates = new Rates();
  let printed_ms = began_ms;
  const tick = (): void => {
    const now_ms = performance.now();
    const ran_ms = now_ms - began_ms;
    const { for_ms } = run.options;
    const left_ms = for_ms === undefined ? undefined : Math.max(0, for_ms - ran_ms);
    const venues = run.cast.venues.map(({ venue }) => venue);
    const { nats, notice, record, samples } = run;
    const inputs = { nats, ran_ms, left_ms, notice, venues, record, samples };
    const state = viewStateOf(inputs, rates, now_ms);
    if (screen !== undefined) return screen.draw(render(state, screen.size()));
    if (now_ms - printed_ms < statusEvery_ms) return;
    printed_ms = now_ms;
    run.control.print(statusLine(state));
  };
  const timers = [
    setInterval(tick, draw_ms),
    setInterval(() => {
      void scrape(run).then((samples) => {
        run.samples = samples;
      });
    }, scrapeEvery_ms),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
    screen?.leave();
  };
};
