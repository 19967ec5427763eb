/**
 * The processes of a run: started in order, watched, and ended in the reverse order.
 *
 * A node that dies is started again like a supervisor would, a bounded number of times; a venue or
 * nats-server that dies ends the run. Whatever died unasked is remembered: the run has failed.
 *
 * Owns: which process runs now and what its end means.
 */
import { fileURLToPath } from "node:url";
import { showExit, startChild } from "./child.ts";
import type { Child, ChildSpec } from "./child.ts";
import { planNode, planStrategies, planVenues } from "./demo_plan.ts";
import type { DemoConfig, PlannedProcess } from "./demo_plan.ts";
import type { HistogramCounts } from "./latency_histogram.ts";
import type { StartOptions } from "./start_options.ts";
import type { Watchdog } from "./watchdog.ts";

const deployFolder = new URL("..", import.meta.url);
const ready_ms_max = 60_000;
const nodeRestarts_max = 3;
const strategyEnd_ms_max = 15_000;
const nodeEnd_ms_max = 30_000;
const venueEnd_ms_max = 5_000;
/** A drained node ends with 0, or with what shells give to the end by SIGINT or SIGTERM. */
const nodeEndStatuses: readonly number[] = [0, 130, 143];

/** What the processes of a run tell. */
export interface CastListener {
  /** Something that the user should see. */
  readonly notice: (text: string) => void;
  /** A process died unasked. */
  readonly died: (text: string) => void;
  /** The run cannot go on. */
  readonly fatal: (text: string) => void;
  /** Latencies that a strategy counted. */
  readonly latencies: (ack: HistogramCounts, event: HistogramCounts) => void;
}

/** The processes of a run. */
export class Cast {
  readonly #options: StartOptions;
  readonly #config: DemoConfig;
  readonly #configFile: string;
  readonly #folder: string;
  readonly #watchdog: Watchdog;
  readonly #tell: CastListener;
  readonly #ending = new Set<string>();
  readonly #strategies: { readonly child: Child; readonly ready: Promise<unknown> }[] = [];
  readonly #venueChildren: Child[] = [];
  readonly #venues: { readonly venue: string; readonly port: number }[] = [];
  #node: Child | undefined;
  #nodeRestarts = 0;
  #metricsPort: number | undefined;

  constructor(
    options: StartOptions,
    config: { readonly read: DemoConfig; readonly file: string },
    folder: string,
    watchdog: Watchdog,
    tell: CastListener,
  ) {
    this.#options = options;
    this.#config = config.read;
    this.#configFile = config.file;
    this.#folder = folder;
    this.#watchdog = watchdog;
    this.#tell = tell;
  }

  /** The venues that run, with the ports they listen on. */
  get venues(): readonly { readonly venue: string; readonly port: number }[] {
    return this.#venues;
  }

  /** Where the node serves its metrics; undefined while there is none. */
  get metricsPort(): number | undefined {
    return this.#metricsPort;
  }

  /** Starts the simulated venues. */
  async startVenues(): Promise<void> {
    const { seed, speed } = this.#options;
    for (const plan of planVenues(this.#config, seed, speed)) {
      const { child, ready } = this.#launch(plan, portOfVenue);
      this.#venueChildren.push(child);
      this.watch(child, (text) => this.#tell.fatal(text));
      this.#venues.push({ venue: plan.venue, port: await ready });
    }
  }

  /** Starts the node and waits until its shards are live and its venues open. */
  async startNode(nats: string): Promise<void> {
    const plan = planNode(nats, this.#configFile, this.#venues);
    const { child, ready } = this.#launch(plan, portOfMetrics);
    this.#node = child;
    this.watch(child, (text) => {
      this.#metricsPort = undefined;
      this.#nodeRestarts += 1;
      if (this.#nodeRestarts > nodeRestarts_max) return this.#tell.fatal(`${text}; gave up`);
      this.#tell.notice(`${text}; starting it again`);
      this.startNode(nats).catch((error: unknown) => {
        this.#tell.fatal(error instanceof Error ? error.message : String(error));
      });
    });
    this.#metricsPort = await ready;
  }

  /** Starts the strategies. */
  startStrategies(nats: string): void {
    for (const plan of planStrategies(this.#config, nats)) {
      const started = this.#launch(plan, (line) => {
        this.#strategyLine(line);
        return fieldOf(line, "ready");
      });
      this.#strategies.push(started);
      this.watch(started.child, (text) => this.#tell.notice(text));
    }
  }

  /**
   * Ends the strategies, which cancel what they have open. One that has only just been started is
   * given the time to heed the signal.
   */
  async endStrategies(): Promise<void> {
    await Promise.all(
      this.#strategies.map(async ({ child, ready }) => {
        await ready.catch(() => undefined);
        await this.end(child, strategyEnd_ms_max);
      }),
    );
  }

  /** Drains the node. */
  async endNode(): Promise<void> {
    if (this.#node === undefined) return;
    await this.end(this.#node, nodeEnd_ms_max, "SIGTERM", nodeEndStatuses);
  }

  /** Ends the venues. */
  async endVenues(): Promise<void> {
    await Promise.all(this.#venueChildren.map((child) => this.end(child, venueEnd_ms_max)));
  }

  /** Ends one process in order; a status that is not a good one counts as a death. */
  async end(
    child: Child,
    wait_ms: number,
    signal: "SIGINT" | "SIGTERM" = "SIGTERM",
    good: readonly number[] = [0],
  ): Promise<void> {
    if (child.exit !== undefined) return;
    this.#ending.add(child.name);
    const exit = await child.end(signal, wait_ms);
    if (!good.includes(exit.code ?? -1))
      this.#tell.died(`${child.name} ended with ${showExit(exit)}`);
  }

  /** Tells when a process ends unasked. */
  watch(child: Child, consequence: (text: string) => void): void {
    child.ended.then(
      (exit) => {
        if (this.#ending.has(child.name)) return;
        const text = `${child.name} died (${showExit(exit)})`;
        // Killed from outside, it had nothing to say about it.
        const words = exit.signal === null ? child.tail().slice(-3) : [];
        this.#tell.died([text, ...words].join("\n          "));
        consequence(text);
      },
      (error: Error) => this.#tell.fatal(error.message),
    );
  }

  /** Starts a process that says on standard output when it is ready. */
  #launch<Ready>(
    plan: PlannedProcess,
    read: (line: unknown) => Ready | undefined,
  ): { readonly child: Child; readonly ready: Promise<Ready> } {
    const { promise: ready, resolve, reject } = Promise.withResolvers<Ready>();
    const script = fileURLToPath(new URL(plan.script, deployFolder));
    const spec: ChildSpec = {
      name: plan.name,
      program: process.execPath,
      args: [script, ...plan.args],
      onLine: (line) => {
        const said = read(parseJson(line));
        if (said !== undefined) resolve(said);
      },
    };
    const child = startChild(spec, this.#folder, this.#watchdog);
    const timer = setTimeout(() => {
      reject(new Error(`${plan.name} was not ready in ${ready_ms_max / 1_000} s`));
    }, ready_ms_max);
    ready.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
    child.ended.then(
      (exit) => {
        const words = [`${plan.name} did not start (${showExit(exit)})`, ...child.tail()];
        reject(new Error(words.join("\n  ")));
      },
      (error: Error) => reject(error),
    );
    return { child, ready };
  }

  #strategyLine(line: unknown): void {
    const stats = fieldOf(line, "stats");
    const counts = (name: string): HistogramCounts => {
      const list = fieldOf(stats, name);
      return Array.isArray(list) ? list.filter(isCount) : [];
    };
    this.#tell.latencies(counts("ack"), counts("event"));
  }
}

const parseJson = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;

const isCount = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger);

const portIn = (line: unknown, about: string, name: string): number | undefined => {
  const port = fieldOf(fieldOf(line, about), name);
  return typeof port === "number" ? port : undefined;
};

/** `{"listening":{"venue":…,"port":…}}`. */
const portOfVenue = (line: unknown): number | undefined => portIn(line, "listening", "port");

/** `{"ready":{"metrics":…}}`. */
const portOfMetrics = (line: unknown): number | undefined => portIn(line, "ready", "metrics");
