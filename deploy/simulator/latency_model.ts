/**
 * How long a message takes: a distribution, sampled once for each message from a seeded generator.
 *
 * Owns: the models and their two spellings (command line, wire).
 * Never: waits. `delay_line.ts` does.
 */
import type { SimLatencyModel } from "../../protocols/sim_wire.ts";
import type { Prng } from "./prng.ts";

/** A latency distribution of independent delays; durations in whole nanoseconds. */
export type SteadyLatency =
  | { readonly kind: "none" }
  | { readonly kind: "constant"; readonly delay_ns: number }
  | { readonly kind: "uniform"; readonly min_ns: number; readonly max_ns: number }
  | { readonly kind: "lognormal"; readonly median_ns: number; readonly sigma: number }
  | { readonly kind: "empirical"; readonly samples_ns: readonly number[] };

/** A latency distribution; `bursts` has two states and moves between them before each message. */
export type LatencyModel =
  | SteadyLatency
  | {
      readonly kind: "bursts";
      readonly calm: SteadyLatency;
      readonly burst: SteadyLatency;
      readonly toBurst: number;
      readonly toCalm: number;
    };

/** No message takes longer than this, whatever the distribution says: one minute. */
export const latency_ns_max = 60_000_000_000;

const nanosecondsPerUnit: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1_000,
  ms: 1_000_000,
  s: 1_000_000_000,
};

const parseDuration_ns = (text: string): number | undefined => {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)(ns|us|ms|s)$/.exec(text);
  const unit_ns = nanosecondsPerUnit[match?.[2] ?? ""];
  if (match === null || unit_ns === undefined) return undefined;
  return Math.round(Number(match[1]) * unit_ns);
};

const checked = <Model extends SteadyLatency>(model: Model): Model | undefined =>
  isWithinBounds(model) ? model : undefined;

const isWithinBounds = (model: SteadyLatency): boolean => {
  switch (model.kind) {
    case "none":
      return true;
    case "constant":
      return model.delay_ns <= latency_ns_max;
    case "uniform":
      return model.min_ns <= model.max_ns && model.max_ns <= latency_ns_max;
    case "lognormal":
      return model.median_ns <= latency_ns_max && model.sigma <= 10;
    case "empirical":
      return model.samples_ns.length > 0 && model.samples_ns.every((ns) => ns <= latency_ns_max);
    default:
      return model satisfies never;
  }
};

/**
 * `none`, `constant:1ms`, `uniform:200us,3ms`, `lognormal:1ms,0.5` (median, sigma of the log).
 * Undefined when it is none of these or exceeds `latency_ns_max`.
 */
export const parseLatencyModel = (text: string): SteadyLatency | undefined => {
  const [kind, list = "", ...more] = text.split(":");
  const [first = "", second = "", ...rest] = list.split(",");
  if (more.length > 0 || rest.length > 0) return undefined;
  const first_ns = parseDuration_ns(first);
  if (kind === "none") return list === "" ? { kind: "none" } : undefined;
  if (first_ns === undefined) return undefined;
  if (kind === "constant") {
    return second === "" ? checked({ kind: "constant", delay_ns: first_ns }) : undefined;
  }
  if (kind === "uniform") {
    const max_ns = parseDuration_ns(second);
    if (max_ns === undefined) return undefined;
    return checked({ kind: "uniform", min_ns: first_ns, max_ns });
  }
  if (kind === "lognormal" && /^\d{1,2}(\.\d{1,9})?$/.test(second)) {
    return checked({ kind: "lognormal", median_ns: first_ns, sigma: Number(second) });
  }
  return undefined;
};

type WireSteady = Exclude<SimLatencyModel, { readonly kind: "bursts" }>;

const steadyFromWire = (wire: WireSteady): SteadyLatency | undefined => {
  switch (wire.kind) {
    case "none":
      return wire;
    case "constant":
      return checked({ kind: "constant", delay_ns: Number(wire.delay_ns) });
    case "uniform":
      return checked({ kind: "uniform", min_ns: Number(wire.min_ns), max_ns: Number(wire.max_ns) });
    case "lognormal":
      return checked({
        kind: "lognormal",
        median_ns: Number(wire.median_ns),
        sigma: Number(wire.sigma),
      });
    case "empirical":
      return checked({ kind: "empirical", samples_ns: wire.samples_ns.map(Number) });
    default:
      return wire satisfies never;
  }
};

/** The wire's model → ours. Undefined when its numbers are out of bounds. */
export const latencyModelFromWire = (wire: SimLatencyModel): LatencyModel | undefined => {
  if (wire.kind !== "bursts") return steadyFromWire(wire);
  const calm = steadyFromWire(wire.calm);
  const burst = steadyFromWire(wire.burst);
  if (calm === undefined || burst === undefined) return undefined;
  const { toBurst, toCalm } = wire;
  return { kind: "bursts", calm, burst, toBurst, toCalm };
};

/** One delay in whole nanoseconds, in [0, `latency_ns_max`]. */
export const sampleLatency_ns = (model: SteadyLatency, prng: Prng): number => {
  switch (model.kind) {
    case "none":
      return 0;
    case "constant":
      return model.delay_ns;
    case "uniform":
      return Math.floor(model.min_ns + prng.nextUnit() * (model.max_ns - model.min_ns + 1));
    case "lognormal": {
      const sampled_ns = model.median_ns * Math.exp(model.sigma * prng.nextNormal());
      return Math.min(latency_ns_max, Math.round(sampled_ns));
    }
    case "empirical":
      return model.samples_ns[prng.nextUint32() % model.samples_ns.length] ?? 0;
    default:
      return model satisfies never;
  }
};

/** Samples one delay after the other; remembers whether it is in a burst, beginning calm. */
export const latencySampler = (model: LatencyModel, prng: Prng): (() => number) => {
  if (model.kind !== "bursts") return () => sampleLatency_ns(model, prng);
  let isBurst = false;
  return () => {
    const chance = prng.nextUnit();
    isBurst = isBurst ? chance >= model.toCalm : chance < model.toBurst;
    return sampleLatency_ns(isBurst ? model.burst : model.calm, prng);
  };
};
