/**
 * Execution algorithms: how a strategy asks for one, and its terms on the grid.
 *
 * An order with an algorithm is worked in slices, its child orders. `type` is FIX TargetStrategy
 * (847), `startTime` EffectiveTime (168), `participation_bps` ParticipationRate (849). The order's
 * `price` is the limit that no slice crosses; `orderQty` the total.
 *
 * Owns: the form of `algo` in a submit, and what is kept of it.
 */
import { Schema } from "effect";
import type { Qty_lots } from "./kernel/grid.ts";
import type { Nanos } from "./kernel/instant.ts";
import * as scalar from "./scalar.ts";

/** Basis points in one. */
export const bps = 10_000;

/** Most slices that a schedule may have. */
export const slices_max = 200;
/** Shortest time between two slices of a schedule, milliseconds. */
export const interval_ms_min = 250;
const interval_ms_max = 86_400_000;
/** Largest weight of a volume profile. */
export const weight_max = 1_000_000;

const between = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }));

const Bps = between(1, bps);

/**
 * How slices are priced.
 *
 * - `taker`: at the best price of the other side, immediate or cancel.
 * - `passive`: at the best price of the order's own side, and moved with it.
 */
export const childStyles = ["taker", "passive"] as const;
/** How slices are priced. */
export type ChildStyle = (typeof childStyles)[number];

/** Weights of equal stretches of time; not all of them zero. */
export const Weights = Schema.Array(between(0, weight_max)).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(slices_max),
  Schema.makeFilter((weights) =>
    weights.some((weight) => weight > 0) ? undefined : "all weights are zero",
  ),
);

const window = {
  /** FIX EffectiveTime (168); absent: now. */
  startTime: Schema.optionalKey(scalar.NanosText),
  endTime: scalar.NanosText,
};

const child = {
  childStyle: Schema.optionalKey(Schema.Literals(childStyles)),
  /** Most of what others trade meanwhile. */
  participationMax_bps: Schema.optionalKey(Bps),
};

/** Equal slices over equal stretches of time. */
export const Twap = Schema.Struct({
  type: Schema.Literal("twap"),
  ...window,
  slices: Schema.optionalKey(between(1, slices_max)),
  interval_ms: Schema.optionalKey(between(interval_ms_min, interval_ms_max)),
  ...child,
});

/** Slices after a profile of the traded volume. */
export const Vwap = Schema.Struct({
  type: Schema.Literal("vwap"),
  ...window,
  /** Weights of equal stretches of the window; absent: the instrument's configured day. */
  profile: Schema.optionalKey(Weights),
  ...child,
});

/** A share of what others trade. */
export const Pov = Schema.Struct({
  type: Schema.Literal("pov"),
  startTime: Schema.optionalKey(scalar.NanosText),
  endTime: Schema.optionalKey(scalar.NanosText),
  /** FIX ParticipationRate (849), of what others trade. */
  participation_bps: Bps,
  /** The smallest slice. */
  minSlice: Schema.optionalKey(scalar.PositiveDecimal),
  childStyle: Schema.optionalKey(Schema.Literals(childStyles)),
});

/** Slices of `maxFloor` at the order's price, one after the other. */
export const Iceberg = Schema.Struct({
  type: Schema.Literal("iceberg"),
  /** How long after one slice is filled the next one is shown. */
  refreshDelay_ms: Schema.optionalKey(between(0, 3_600_000)),
  /** How far below `maxFloor` a slice, and above the delay its wait, may be. */
  variance_bps: Schema.optionalKey(between(0, bps - 1)),
  participationMax_bps: Schema.optionalKey(Bps),
});

/** An execution algorithm. */
export const Algo = Schema.Union([Twap, Vwap, Pov, Iceberg]);
/** An execution algorithm as it is asked for. */
export type Algo = typeof Algo.Type;

interface Common {
  /** The smallest order. */
  readonly minQty_lots: Qty_lots;
  readonly childStyle: ChildStyle;
  readonly start: Nanos;
  /** Most of what others trade. */
  readonly participationMax_bps?: number;
}

/** An algorithm's terms, decided at entry and journaled with the order's. */
export type AlgoTerms = Common &
  (
    | { readonly type: "twap"; readonly end: Nanos; readonly slices: number }
    /** One weight a slice, of equal stretches of the window. */
    | { readonly type: "vwap"; readonly end: Nanos; readonly weights: readonly number[] }
    | {
        readonly type: "pov";
        readonly end?: Nanos;
        readonly participation_bps: number;
        readonly minSlice_lots: Qty_lots;
      }
    | { readonly type: "iceberg"; readonly refreshDelay_ms: number; readonly variance_bps: number }
  );
