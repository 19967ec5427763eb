/**
 * What `npm start` is told on its command line. Pure.
 *
 * Owns: names, defaults and bounds of the options, and the text of `--help`.
 */
import { parseArgs } from "node:util";
import { readDuration_ms } from "./duration.ts";

/** Everything that can be chosen for a run of the demo. */
export interface StartOptions {
  /** End by itself after so long; undefined: run until Ctrl-C. */
  readonly for_ms: number | undefined;
  /** Port of the embedded nats-server; undefined: 4222, or a free one where that is taken. */
  readonly natsPort: number | undefined;
  /** Chooses the simulated venues' liquidity, latencies and place in the recording. */
  readonly seed: number;
  /** Recorded time per real time. */
  readonly speed: number;
  /** Draw the terminal view where the output is a terminal. */
  readonly view: boolean;
  /** Leave the data folder and the logs behind. */
  readonly keep: boolean;
}

/** A wrong argument, in words for the user; or, with `help`, the help that was asked for. */
export class StartOptionError extends Error {
  override readonly name = "StartOptionError";
  readonly help: boolean;

  constructor(message: string, help = false) {
    super(message);
    this.help = help;
  }
}

/** Shown by `--help`. */
export const helpText = `npm start -- [options]

  --for 30s         end by itself after that long (ms, s, m, h); default: until Ctrl-C
  --nats-port N     port of the embedded nats-server; default 4222, or a free one
  --seed N          chooses liquidity and latencies of the simulated venues; default 1
  --speed X         recorded time per real time, 0.1 to 100; default 1
  --no-view         one status line every 5 s instead of the terminal view
  --keep            leave data and logs in the temporary folder`;

const options = {
  for: { type: "string" },
  "nats-port": { type: "string" },
  seed: { type: "string", default: "1" },
  speed: { type: "string", default: "1" },
  "no-view": { type: "boolean", default: false },
  keep: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const parseValues = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    throw new StartOptionError(cause instanceof Error ? cause.message : "unreadable arguments");
  }
};

/** Command line → options. Throws StartOptionError. */
export const parseStartOptions = (args: readonly string[]): StartOptions => {
  const values = parseValues(args);
  if (values.help) throw new StartOptionError(helpText, true);
  const for_ms = values.for === undefined ? undefined : readDuration_ms(values.for);
  if (values.for !== undefined && for_ms === undefined) {
    throw new StartOptionError(`--for is a duration such as 30s or 5m, not "${values.for}"`);
  }
  const port = values["nats-port"];
  const speed = Number(values.speed);
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(values.speed) || speed < 0.1 || speed > 100) {
    throw new StartOptionError(`--speed is a number from 0.1 to 100, not "${values.speed}"`);
  }
  return {
    for_ms,
    natsPort: port === undefined ? undefined : integer("nats-port", port, 1, 65_535),
    seed: integer("seed", values.seed, 0, 4_294_967_290),
    speed,
    view: !values["no-view"],
    keep: values.keep,
  };
};

const integer = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value < min || value > max) {
    throw new StartOptionError(`--${name} is an integer from ${min} to ${max}, not "${text}"`);
  }
  return value;
};
