/**
 * What every strategy process is told on its command line, read with the strategy's own options.
 *
 * Owns: names and checks of the options common to all strategies, and the words of a complaint.
 */
import { parseArgs } from "node:util";
import { stepOf } from "../../protocols/kernel/grid.ts";
import type { Step } from "../../protocols/kernel/grid.ts";
import { toSteps } from "../../protocols/kernel/grid.ts";
import { isToken } from "../../protocols/kernel/ids.ts";

/** Common to all strategies. */
export interface CommonOptions {
  readonly nats: string;
  readonly account: string;
  readonly strategy: string;
  readonly instrument: string;
  readonly tick: Step;
  readonly lot: Step;
  readonly logLevel: string;
  /** End when standard input ends. */
  readonly exitWithParent: boolean;
}

/** A wrong argument, in words for the user. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

const common = {
  nats: "nats://127.0.0.1:4222",
  account: "",
  strategy: "",
  instrument: "BTC-USDT",
  tick: "0.01",
  lot: "0.00001",
  "log-level": "info",
} as const;

/** Options as text, by name. */
export type OptionTexts<Name extends string> = Readonly<Record<Name, string>>;

/** Reads the command line; `defaults` names the strategy's own options. Throws OptionError. */
export const readOptions = <Name extends string>(
  args: readonly string[],
  defaults: OptionTexts<Name>,
): { readonly common: CommonOptions; readonly own: OptionTexts<Name> } => {
  const texts = { ...common, ...defaults };
  const names = Object.keys(texts);
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    const flags = { "exit-with-parent": { type: "boolean" as const } };
    ({ values } = parseArgs({ args: [...args], options: { ...options, ...flags }, strict: true }));
  } catch (cause) {
    throw new OptionError(cause instanceof Error ? cause.message : "unreadable", { cause });
  }
  const text = (name: keyof typeof texts): string => {
    const value = values[name];
    return typeof value === "string" ? value : texts[name];
  };
  const token = (name: "account" | "instrument" | "strategy"): string => {
    if (!isToken(text(name))) throw new OptionError(`--${name} cannot be "${text(name)}"`);
    return text(name);
  };
  const step = (name: "lot" | "tick"): Step => {
    const found = stepOf(text(name));
    if (found === undefined) throw new OptionError(`--${name} cannot be "${text(name)}"`);
    return found;
  };
  const own = Object.fromEntries(
    Object.keys(defaults).map((name) => [name, text(name as Name)]),
  ) as OptionTexts<Name>;
  return {
    common: {
      nats: text("nats"),
      account: token("account"),
      strategy: token("strategy"),
      instrument: token("instrument"),
      tick: step("tick"),
      lot: step("lot"),
      logLevel: text("log-level"),
      exitWithParent: values["exit-with-parent"] === true,
    },
    own,
  };
};

/** A decimal option as a count of steps, at least `min`. */
export const stepsOption = (name: string, text: string, step: Step, min = 1): number => {
  const steps = toSteps(text, step);
  if (steps === undefined || steps < min) {
    throw new OptionError(`--${name} is a multiple of ${step.text}, not "${text}"`);
  }
  return steps;
};

/** A whole-number option within bounds. */
export const integerOption = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < min || value > max) {
    throw new OptionError(`--${name} is an integer from ${min} to ${max}, not "${text}"`);
  }
  return value;
};
