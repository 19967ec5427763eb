/**
 * VWAP: slices that follow a profile of the traded volume, each sent at the beginning of its
 * stretch.
 *
 * Like a TWAP with unequal slices: the total by a stretch is the share of the weights up to it,
 * rounded down, and the last one makes it exact.
 *
 * A configured profile is of a whole UTC day. An order's window cuts its own weights out of it, in
 * proportion to the time that each stretch shares with the day's.
 *
 * Owns: that schedule, and the cut. Never: is above it.
 */
import type { AlgoTerms } from "../../protocols/algo.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import { beginOf, shareOf, slotAt } from "./schedule.ts";
import type { Figures, Plan, Window } from "./schedule.ts";

/** What a VWAP may have out by now. */
export const planVwap = (
  { start, end, weights }: Extract<AlgoTerms, { type: "vwap" }>,
  { orderQty_lots, now_ns }: Pick<Figures, "orderQty_lots" | "now_ns">,
): Plan => {
  const slots = weights.length;
  const window: Window = { start_ns: fromNanos(start), end_ns: fromNanos(end), slots };
  const slot = slotAt(window, now_ns);
  let [upTo, all] = [0, 0];
  for (const [at, weight] of weights.entries()) {
    if (at <= slot) upTo += weight;
    all += weight;
  }
  const next = slot + 1 < slots ? { next_ns: beginOf(window, slot + 1) } : {};
  return { target_lots: shareOf(orderQty_lots, upTo, all), slot, ...next };
};

const day_ms = 86_400_000n;
const ms_ns = 1_000_000n;

/**
 * The weights of a window's stretches, cut out of a profile of a day. Undefined where nothing is
 * traded in the window by that profile.
 */
export const weightsOf = (profile: readonly number[], window: Window): number[] | undefined => {
  const edges: bigint[] = [];
  for (let slot = 0; slot < window.slots; slot += 1) edges.push(beginOf(window, slot) / ms_ns);
  edges.push(window.end_ns / ms_ns);
  const weights = edges.slice(1).map((to_ms, slot) => {
    const from_ms = edges[slot] ?? to_ms;
    return Number(traded(profile, to_ms) - traded(profile, from_ms));
  });
  const most = Math.max(...weights);
  if (most <= 0) return undefined;
  // Sums of weights stay safe integers; what is cut off is no millionth of the largest.
  const scale = Math.max(1, Math.ceil(most / weightScale));
  return weights.map((weight) => Math.floor(weight / scale));
};

const weightScale = 1_000_000;

/** Weight × milliseconds that the profile has from the epoch to a moment. */
const traded = (profile: readonly number[], to_ms: bigint): bigint => {
  const buckets = BigInt(profile.length);
  const days = to_ms / day_ms;
  // In milliseconds × buckets every edge between two buckets is a whole number.
  const into = (to_ms % day_ms) * buckets;
  let [sum, part] = [0n, 0n];
  for (const [at, weight] of profile.entries()) {
    const from = BigInt(at) * day_ms;
    const within = into <= from ? 0n : into - from < day_ms ? into - from : day_ms;
    part += BigInt(weight) * within;
    sum += BigInt(weight);
  }
  return days * sum * day_ms + part;
};
