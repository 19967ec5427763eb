/**
 * What a venue process is told on its command line: one checked object.
 *
 * Owns: names, defaults and bounds of the arguments.
 * Never: reads the environment, opens anything.
 */
import { parseArgs } from "node:util";
import { parseBasisPoints } from "./fees.ts";
import type { FeeSchedule } from "./fees.ts";
import { findInstrumentSpec, instrumentSpecs } from "./instrument_spec.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";
import { parseLatencyModel } from "./latency_model.ts";
import type { LatencyModel } from "./latency_model.ts";

/** Everything that a venue is told. */
export interface VenueSettings {
  /** The venue's id; part of all ids that it makes. */
  readonly venue: string;
  /** TCP port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** Chooses the venue's liquidity, its place in the recording and its latencies. */
  readonly seed: number;
  /** Recorded time per real time; 0 freezes the market at its start. */
  readonly speed: number;
  /** Of each request and of each report or answer. */
  readonly latency: LatencyModel;
  readonly instruments: readonly InstrumentSpec[];
  readonly fees: FeeSchedule;
  /** Folder of the recordings; undefined: the one that comes with the project. */
  readonly dataFolder: string | undefined;
  /** Ids of orders and executions begin at 1 again after a restart. */
  readonly idsAreReused: boolean;
  /** File with the faults to come by time. */
  readonly scenarioFile: string | undefined;
  /** File that keeps the venue's state across its restarts. */
  readonly stateFile: string | undefined;
  /** With a state file: go on with the numbering and incarnation of before, or begin anew. */
  readonly restartsAs: "same" | "new";
  /** End when standard input ends. */
  readonly exitWithParent: boolean;
  /** Reports kept per session; older ones cannot be sent again. */
  readonly reports_max: number;
  /** Client order ids remembered in all; then new orders are refused. */
  readonly clOrdIds_max: number;
  readonly sessions_max: number;
  readonly connections_max: number;
  /** Bytes waiting for one slow client; more ends its connection. */
  readonly outboundBytes_max: number;
  /** Idle time after which the venue sends a heartbeat. */
  readonly heartbeat_ms: number;
  /** Silence of an order session's client after which its connection ends. */
  readonly silence_ms_max: number;
}

/** A wrong argument, in words for the user. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const integer = (name: string, text: string, minimum: number, maximum: number): number => {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || value < minimum || value > maximum) {
    throw new SettingsError(`--${name} is an integer from ${minimum} to ${maximum}, not ${text}`);
  }
  return value;
};

const present = <Value>(name: string, text: string, value: Value | undefined): Value => {
  if (value === undefined) throw new SettingsError(`--${name} cannot be ${text}`);
  return value;
};

const options = {
  venue: { type: "string", default: "SIMX" },
  port: { type: "string", default: "0" },
  seed: { type: "string", default: "1" },
  speed: { type: "string", default: "1" },
  latency: { type: "string", default: "none" },
  instruments: {
    type: "string",
    default: instrumentSpecs.map((spec) => spec.instrument).join(","),
  },
  "maker-bps": { type: "string", default: "1" },
  "taker-bps": { type: "string", default: "2" },
  data: { type: "string" },
  "reuse-ids": { type: "boolean", default: false },
  scenario: { type: "string" },
  state: { type: "string" },
  "restart-as": { type: "string", default: "same" },
  "exit-with-parent": { type: "boolean", default: false },
  "reports-max": { type: "string", default: "1000000" },
  "ids-max": { type: "string", default: "2000000" },
  "sessions-max": { type: "string", default: "64" },
  "connections-max": { type: "string", default: "256" },
  "outbound-bytes-max": { type: "string", default: "8388608" },
  "heartbeat-ms": { type: "string", default: "1000" },
  "silence-ms": { type: "string", default: "30000" },
} as const;

const parseValues = (args: readonly string[]) => {
  try {
    // `--maker-bps -1` is a rebate; without the joined form it would read as an option.
    const joined = args
      .join("\0")
      .replace(/(--(?:maker|taker)-bps)\0(?=-\d)/g, "$1=")
      .split("\0");
    return parseArgs({ args: args.length === 0 ? [] : joined, options, strict: true }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unreadable";
    throw new SettingsError(`cannot read the arguments: ${reason}`, { cause });
  }
};

const restartWord = (text: string): "same" | "new" => {
  if (text === "same" || text === "new") return text;
  throw new SettingsError(`--restart-as is same or new, not ${text}`);
};

/** Command line → settings. Throws `SettingsError`. */
export const parseSettings = (args: readonly string[]): VenueSettings => {
  const values = parseValues(args);
  const { venue, speed, latency } = values;
  if (!/^[A-Za-z0-9-]{1,16}$/.test(venue)) throw new SettingsError(`--venue cannot be ${venue}`);
  if (!/^\d{1,4}(\.\d{1,6})?$/.test(speed)) {
    throw new SettingsError(`--speed is a number from 0 to 9999, not ${speed}`);
  }
  const instruments = values.instruments
    .split(",")
    .map((name) => present("instruments", name, findInstrumentSpec(name)));
  if (new Set(instruments).size !== instruments.length) {
    throw new SettingsError("--instruments names an instrument twice");
  }
  const bps = (name: "maker-bps" | "taker-bps") =>
    present(name, values[name], parseBasisPoints(values[name]));
  return {
    venue,
    port: integer("port", values.port, 0, 65_535),
    seed: integer("seed", values.seed, 0, 4_294_967_295),
    speed: Number(speed),
    latency: present("latency", latency, parseLatencyModel(latency)),
    instruments,
    fees: { maker_e4bps: bps("maker-bps"), taker_e4bps: bps("taker-bps") },
    dataFolder: values.data,
    idsAreReused: values["reuse-ids"],
    scenarioFile: values.scenario,
    stateFile: values.state,
    restartsAs: restartWord(values["restart-as"]),
    exitWithParent: values["exit-with-parent"],
    reports_max: integer("reports-max", values["reports-max"], 1, 100_000_000),
    clOrdIds_max: integer("ids-max", values["ids-max"], 1, 16_000_000),
    sessions_max: integer("sessions-max", values["sessions-max"], 1, 10_000),
    connections_max: integer("connections-max", values["connections-max"], 1, 10_000),
    // At least a few of the longest lines, or no answer would fit.
    outboundBytes_max: integer(
      "outbound-bytes-max",
      values["outbound-bytes-max"],
      262_144,
      2 ** 30,
    ),
    heartbeat_ms: integer("heartbeat-ms", values["heartbeat-ms"], 10, 600_000),
    silence_ms_max: integer("silence-ms", values["silence-ms"], 10, 3_600_000),
  };
};
