/**
 * What an algorithm does next: send a slice, take the live one back, or wait, and until when.
 *
 * A stretch of time begins with a slice of all that is due by then. Within it more is sent only
 * after a pause that grows with the number of slices an order has had, so that neither a market
 * that moves nor a venue that refuses makes an order use its slices up.
 *
 * Owns: that decision, from figures alone. Never: knows a venue.
 */
import type { AlgoTerms } from "../../protocols/algo.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { milliseconds } from "../../protocols/kernel/instant.ts";
import { participation_lots, planPov } from "./pov_model.ts";
import type { Figures, Plan } from "./schedule.ts";
import { sliceSize_lots } from "./slice_size.ts";
import { planTwap } from "./twap_model.ts";
import { planVwap } from "./vwap_model.ts";

/** Most slices that a worked order can have, whatever becomes of them. */
export const slicesEver_max = 512;

/** How often a share of the volume, and the price of a slice that rests, is looked at. */
const look_ms = 500;
/** A slice that is to be filled at once and is still there so long after is taken back. */
const taker_ms_max = 5_000;

/** The slice that is live. */
export interface LiveSlice {
  readonly leaves_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  /** Whether its outcome is unknown, or it is being taken back: it is left alone. */
  readonly isUntouchable: boolean;
}

/** What the decision looks at. */
export interface SliceSituation extends Figures {
  readonly algo: Exclude<AlgoTerms, { type: "iceberg" }> | IcebergNow;
  /** Slices so far. */
  readonly slices: number;
  readonly sentAt_ns?: Instant_ns;
  /** Whether the last one was filled. */
  readonly isFilled: boolean;
  readonly live?: LiveSlice;
  /** The price that a slice would have; undefined where it can have none. */
  readonly price_ticks?: Price_ticks;
}

/** An iceberg, with what its next slice shows. */
export type IcebergNow = Extract<AlgoTerms, { type: "iceberg" }> & {
  readonly shown_lots: Qty_lots;
};

/** What is to be done. */
export type SliceStep =
  | { readonly kind: "send"; readonly qty_lots: Qty_lots; readonly price_ticks: Price_ticks }
  | { readonly kind: "take_back" }
  /** Absent `until_ns`: until something happens to the order. */
  | { readonly kind: "wait"; readonly until_ns?: Instant_ns }
  | { readonly kind: "used_up" };

/** How long after one slice another one of the same stretch is sent. */
export const pause_ms = (slices: number): number => {
  if (slices < 128) return 1_000;
  if (slices < 256) return 5_000;
  return slices < 384 ? 30_000 : 120_000;
};

/** What may be out by now: the plan of the algorithm, within its participation. */
export const planOf = ({ algo, ...figures }: Pick<SliceSituation, "algo"> & Figures): Plan => {
  const plan = scheduleOf(algo, figures);
  const { participationMax_bps } = algo;
  if (participationMax_bps === undefined) return plan;
  const most = participation_lots(figures.volume_lots, participationMax_bps);
  return { ...plan, target_lots: Math.min(plan.target_lots, most) };
};

const scheduleOf = (algo: SliceSituation["algo"], figures: Figures): Plan => {
  switch (algo.type) {
    case "twap":
      return planTwap(algo, figures);
    case "vwap":
      return planVwap(algo, figures);
    case "pov":
      return planPov(algo, figures);
    case "iceberg":
      return { target_lots: figures.executed_lots + algo.shown_lots, slot: 0 };
  }
};

/** Whether traded volume matters to an algorithm. */
export const countsVolume = (algo: AlgoTerms): boolean =>
  algo.type === "pov" || algo.participationMax_bps !== undefined;

/** What to do now. */
export const stepOfSlices = (situation: SliceSituation): SliceStep => {
  const { algo, now_ns, live, sentAt_ns, slices } = situation;
  const plan = planOf(situation);
  if (plan.slot < 0) return wait(plan.next_ns);
  const isNewSlot = sentAt_ns === undefined || slotOf(situation, sentAt_ns) < plan.slot;
  const isPaused = isPausedNow(situation, isNewSlot);
  if (live !== undefined) return tend(situation, live, plan, isNewSlot, isPaused);
  const qty_lots = sizeOf(situation, plan, 0);
  const { price_ticks } = situation;
  if (qty_lots === 0) return wait(nextLook(plan, now_ns, countsVolume(algo)));
  if (slices >= slicesEver_max) return { kind: "used_up" };
  if (isPaused && sentAt_ns !== undefined) {
    return wait(earliest(plan.next_ns, sentAt_ns + milliseconds(pause_ms(slices))));
  }
  if (price_ticks === undefined) return wait(nextLook(plan, now_ns, true));
  return { kind: "send", qty_lots, price_ticks };
};

/** An iceberg's slice follows the fill of the one before it; it waits only for what was refused. */
const isPausedNow = (situation: SliceSituation, isNewSlot: boolean): boolean => {
  const { algo, now_ns, sentAt_ns, slices, isFilled } = situation;
  if (isNewSlot || sentAt_ns === undefined) return false;
  if (algo.type === "iceberg" && isFilled) return false;
  return now_ns < sentAt_ns + milliseconds(pause_ms(slices));
};

const slotOf = (situation: SliceSituation, at_ns: Instant_ns): number =>
  scheduleOf(situation.algo, { ...situation, now_ns: at_ns }).slot;

/** What may be sent beside so much that is open. */
const sizeOf = (
  { algo, orderQty_lots, executed_lots }: SliceSituation,
  { target_lots }: Plan,
  open_lots: Qty_lots,
): Qty_lots => {
  const { minQty_lots } = algo;
  const minSlice_lots = algo.type === "pov" ? algo.minSlice_lots : minQty_lots;
  const room = { target_lots, orderQty_lots, executed_lots, open_lots };
  return sliceSize_lots({ ...room, minSlice_lots, minQty_lots });
};

/** A live slice stays, or is taken back for one at another price or of what is due by now. */
const tend = (
  situation: SliceSituation,
  live: LiveSlice,
  plan: Plan,
  isNewSlot: boolean,
  isPaused: boolean,
): SliceStep => {
  const { algo, now_ns, sentAt_ns = now_ns, price_ticks, slices } = situation;
  if (algo.type === "iceberg") return wait(undefined);
  const soon = wait(now_ns + milliseconds(look_ms));
  if (live.isUntouchable) return soon;
  if (algo.childStyle === "taker") {
    const until_ns = sentAt_ns + milliseconds(taker_ms_max);
    return now_ns >= until_ns ? { kind: "take_back" } : wait(until_ns);
  }
  // One more slice must be left to go on with.
  if (isPaused || slices + 1 >= slicesEver_max) return soon;
  const isMoved = price_ticks !== undefined && price_ticks !== live.price_ticks;
  const isMore = isNewSlot || algo.type === "pov";
  const hasMore = isMore && sizeOf(situation, plan, live.leaves_lots) > 0;
  return isMoved || hasMore ? { kind: "take_back" } : soon;
};

const wait = (until_ns: Instant_ns | undefined): SliceStep =>
  until_ns === undefined ? { kind: "wait" } : { kind: "wait", until_ns };

const nextLook = ({ next_ns }: Plan, now_ns: Instant_ns, isSoon: boolean): Instant_ns | undefined =>
  isSoon ? earliest(next_ns, now_ns + milliseconds(look_ms)) : next_ns;

const earliest = (a: Instant_ns | undefined, b: Instant_ns): Instant_ns =>
  a === undefined || b < a ? b : a;
