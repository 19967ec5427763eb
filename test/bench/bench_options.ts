/**
 * What `npm run bench` is told on its command line, and how much a full and a quick run measure.
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";

/** How the server stores: the modes that the order path is measured in. */
export type ServerMode = "R1" | "R1 sync" | "R3";

/** How much is measured. */
export interface BenchSize {
  readonly modes: readonly ServerMode[];
  /** Orders that go through before anything is measured: compilers and caches are warm then. */
  readonly warmUpOrders: number;
  /** Rounds of the order path; each runs a block of the floors and one of the product in turn. */
  readonly rounds: number;
  /** Samples of one block. */
  readonly blockSamples: number;
  /** Repetitions of the load and of its floor, in turn. */
  readonly loadRuns: number;
  readonly load_ms: number;
  /** Calls of the pure functions. */
  readonly calls: number;
  /** Open orders of the shard that is taken over and weighed. */
  readonly openOrders: number;
  readonly takeovers: number;
}

/** The command line. */
export interface BenchOptions {
  readonly quick: boolean;
  readonly size: BenchSize;
  /** Where the figures are written as JSON. */
  readonly json: string;
  /** Folder for CPU profiles of the measured nodes and takeovers; undefined: none are made. */
  readonly profile: string | undefined;
  /** Parts to run: `path`, `load`, `calls`, `memory`, `takeover`. */
  readonly only: ReadonlySet<string>;
}

const full: BenchSize = {
  modes: ["R1", "R1 sync", "R3"],
  warmUpOrders: 3_000,
  rounds: 15,
  blockSamples: 100,
  loadRuns: 3,
  load_ms: 4_000,
  calls: 1_000_000,
  openOrders: 100_000,
  takeovers: 3,
};

const quick: BenchSize = {
  modes: ["R1"],
  warmUpOrders: 1_500,
  rounds: 5,
  blockSamples: 50,
  loadRuns: 1,
  load_ms: 2_000,
  calls: 100_000,
  openOrders: 10_000,
  takeovers: 1,
};

const parts = ["path", "load", "calls", "memory", "takeover"];

/** Reads the arguments; throws where one is unknown. */
export const readBenchOptions = (args: readonly string[]): BenchOptions => {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      profile: { type: "string" },
      only: { type: "string", default: parts.join(",") },
      mode: { type: "string" },
    },
  });
  const only = new Set(values.only.split(","));
  for (const part of only) {
    if (!parts.includes(part)) throw new Error(`--only knows ${parts.join(", ")}, not ${part}`);
  }
  const size = values.quick ? quick : full;
  const modes = full.modes.filter((mode) => values.mode?.split(",").includes(mode) ?? true);
  return {
    quick: values.quick,
    size: values.mode === undefined ? size : { ...size, modes },
    json: values.json ?? fileURLToPath(new URL("../../.cache/bench.json", import.meta.url)),
    profile: values.profile,
    only,
  };
};
