/**
 * From an algorithm as a strategy wrote it to its terms, or the reason why not.
 *
 * What goes together stands in a column: the first that refuses answers. Slices are limit orders,
 * so venues need nothing special for them; what the parent says of itself must mean something for
 * an order that lives a while and is worked by us.
 *
 * Owns: which fields go together, and the moments and sizes that follow from them.
 */
import type { Algo, AlgoTerms, ChildStyle } from "../../protocols/algo.ts";
import { bps, interval_ms_min, slices_max } from "../../protocols/algo.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import { formatSteps, toSteps } from "../../protocols/kernel/grid.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { fromNanos, milliseconds, toNanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import type { OrderTerms } from "../../protocols/order.ts";
import { weightsOf } from "./vwap_model.ts";

/** How far slices are apart where an order does not say, milliseconds. */
export const interval_ms_default = 60_000;

type Asked = Pick<
  OrderTerms,
  "ordType" | "timeInForce" | "execInst" | "orderQty_lots" | "maxFloor_lots" | "expireTime"
>;

type Rule = (algo: Algo, terms: Asked) => Refusal | undefined;

const styleOf = (algo: Algo): ChildStyle =>
  algo.type === "iceberg" ? "passive" : (algo.childStyle ?? "taker");

/** Combinations that mean nothing, in the order in which they are answered. */
const contradictions: readonly Rule[] = [
  ({ type }, { ordType }) => {
    const isPlain = ordType === "limit" || (ordType === "market" && type !== "iceberg");
    return isPlain ? undefined : refuse("ALGO_UNSUPPORTED", { algo: type, ordType });
  },
  ({ type }, { timeInForce }) =>
    timeInForce === "day" || timeInForce === "gtc" || timeInForce === "gtd"
      ? undefined
      : refuse("ALGO_UNSUPPORTED", { algo: type, timeInForce }),
  ({ type }, { execInst }) =>
    execInst.includes("all_or_none")
      ? refuse("ALGO_UNSUPPORTED", { algo: type, execInst: "all_or_none" })
      : undefined,
  (algo, { execInst }) =>
    execInst.includes("post_only") && styleOf(algo) === "taker"
      ? refuse("ALGO_UNSUPPORTED", { childStyle: "taker", execInst: "post_only" })
      : undefined,
  ({ type }, { maxFloor_lots }) =>
    (type === "iceberg") === (maxFloor_lots !== undefined)
      ? undefined
      : refuse("ALGO_UNSUPPORTED", {
          algo: type,
          maxFloor: maxFloor_lots === undefined ? "none" : "set",
        }),
  (algo) =>
    algo.type === "twap" && algo.slices !== undefined && algo.interval_ms !== undefined
      ? refuse("ALGO_SLICES_INVALID", { slices: algo.slices, interval_ms: algo.interval_ms })
      : undefined,
];

/** An algorithm's terms for an order whose own terms are good; or why it cannot be worked so. */
export const algoTermsOf = (
  algo: Algo,
  terms: Asked,
  instrument: Instrument,
  now_ns: Instant_ns,
): AlgoTerms | Refusal => {
  for (const rule of contradictions) {
    const refusal = rule(algo, terms);
    if (refusal !== undefined) return refusal;
  }
  const { minQty_lots } = instrument;
  const asked_ns = "startTime" in algo ? instantOf(algo.startTime) : undefined;
  const start_ns = asked_ns === undefined || asked_ns < now_ns ? now_ns : asked_ns;
  const end_ns = "endTime" in algo ? instantOf(algo.endTime) : undefined;
  const refusal = badTimes(start_ns, end_ns, terms, now_ns);
  if (refusal !== undefined) return refusal;
  const cap = "participationMax_bps" in algo ? algo.participationMax_bps : undefined;
  const common = {
    minQty_lots,
    childStyle: styleOf(algo),
    start: toNanos(start_ns),
    ...(cap === undefined ? {} : { participationMax_bps: cap }),
  };
  switch (algo.type) {
    case "twap":
    case "vwap": {
      const window = { start_ns, end_ns: fromNanos(algo.endTime) };
      return algo.type === "twap"
        ? twapOf(algo, window, terms, common)
        : vwapOf(algo, window, instrument, common);
    }
    case "pov":
      return povOf(algo, end_ns, instrument, common);
    case "iceberg":
      return icebergOf(algo, terms, common);
  }
};

const instantOf = (text: Parameters<typeof fromNanos>[0] | undefined): Instant_ns | undefined =>
  text === undefined ? undefined : fromNanos(text);

/** Whether an answer is a refusal. */
export const isAlgoRefusal = (answer: AlgoTerms | Refusal): answer is Refusal => "code" in answer;

const badTimes = (
  start_ns: Instant_ns,
  end_ns: Instant_ns | undefined,
  { expireTime }: Asked,
  now_ns: Instant_ns,
): Refusal | undefined => {
  const expire_ns = instantOf(expireTime);
  const last_ns = end_ns ?? expire_ns;
  if (end_ns !== undefined && end_ns <= now_ns) {
    return refuse("ALGO_TIME_INVALID", { endTime: toNanos(end_ns), now: toNanos(now_ns) });
  }
  if (last_ns !== undefined && start_ns >= last_ns) {
    return refuse("ALGO_TIME_INVALID", { startTime: toNanos(start_ns), end: toNanos(last_ns) });
  }
  return end_ns !== undefined && expire_ns !== undefined && end_ns > expire_ns
    ? refuse("ALGO_TIME_INVALID", { endTime: toNanos(end_ns), expireTime: toNanos(expire_ns) })
    : undefined;
};

interface Span {
  readonly start_ns: Instant_ns;
  readonly end_ns: Instant_ns;
}

type Common = Pick<AlgoTerms, "minQty_lots" | "childStyle" | "start" | "participationMax_bps">;

/** Most stretches of so many milliseconds that fit, at least one. */
const fitting = ({ start_ns, end_ns }: Span, interval_ms: number): number => {
  const count = (end_ns - start_ns) / milliseconds(interval_ms);
  return count > BigInt(slices_max) ? slices_max + 1 : Math.max(1, Number(count));
};

const twapOf = (
  algo: Extract<Algo, { type: "twap" }>,
  span: Span,
  { orderQty_lots }: Asked,
  common: Common,
): AlgoTerms | Refusal => {
  const { minQty_lots } = common;
  const most = Math.min(slices_max, Math.max(1, Math.floor(orderQty_lots / minQty_lots)));
  const asked = algo.interval_ms === undefined ? undefined : fitting(span, algo.interval_ms);
  const slices = algo.slices ?? asked ?? Math.min(fitting(span, interval_ms_default), most);
  const shortest = fitting(span, interval_ms_min);
  if (slices > most || slices > shortest) {
    return refuse("ALGO_SLICES_INVALID", { slices, limit: Math.min(most, shortest) });
  }
  return { ...common, type: "twap", end: toNanos(span.end_ns), slices };
};

const vwapOf = (
  { profile }: Extract<Algo, { type: "vwap" }>,
  span: Span,
  { volumeProfile }: Instrument,
  common: Common,
): AlgoTerms | Refusal => {
  const slots = Math.min(fitting(span, interval_ms_default), slices_max);
  const weights =
    profile ??
    (volumeProfile === undefined ? undefined : weightsOf(volumeProfile, { ...span, slots }));
  if (weights === undefined) {
    const configured = volumeProfile === undefined ? "none" : "empty_in_window";
    return refuse("ALGO_PROFILE_MISSING", { configured });
  }
  const shortest = fitting(span, interval_ms_min);
  if (weights.length > shortest) {
    return refuse("ALGO_SLICES_INVALID", { slices: weights.length, limit: shortest });
  }
  return { ...common, type: "vwap", end: toNanos(span.end_ns), weights };
};

const povOf = (
  { participation_bps, minSlice }: Extract<Algo, { type: "pov" }>,
  end_ns: Instant_ns | undefined,
  { grid, minQty_lots }: Instrument,
  common: Common,
): AlgoTerms | Refusal => {
  const { lot } = grid;
  const asked = minSlice === undefined ? minQty_lots : toSteps(minSlice, lot);
  if (asked === undefined || asked < minQty_lots) {
    return refuse("ALGO_SLICES_INVALID", {
      minSlice: minSlice ?? "",
      minimum: formatSteps(minQty_lots, lot),
    });
  }
  return {
    ...common,
    type: "pov",
    ...(end_ns === undefined ? {} : { end: toNanos(end_ns) }),
    participation_bps,
    minSlice_lots: asked,
  };
};

const icebergOf = (
  { refreshDelay_ms = 0, variance_bps = 0 }: Extract<Algo, { type: "iceberg" }>,
  { orderQty_lots, maxFloor_lots = 0 }: Asked,
  common: Common,
): AlgoTerms | Refusal => {
  const span_lots = Math.floor((maxFloor_lots * variance_bps) / bps);
  const smallest_lots = Math.max(1, common.minQty_lots, maxFloor_lots - span_lots);
  const slices = Math.ceil(orderQty_lots / smallest_lots);
  return slices > slices_max
    ? refuse("ALGO_SLICES_INVALID", { slices, limit: slices_max })
    : { ...common, type: "iceberg", refreshDelay_ms, variance_bps };
};
