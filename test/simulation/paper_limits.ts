/**
 * How a paper venue counts what it is sent, and refuses what is over its limits: a request over a
 * limit is refused unseen, with the time after which there is room, and after a few of those the
 * venue takes nothing for a while. Others may use the same session.
 *
 * Owns: that counting, by the world's clock. Never: knows what we count.
 */
import { weightOf } from "../../actors/venue/rate_limits.ts";
import type { RateLimit, RequestKind } from "../../actors/venue/rate_limits.ts";
import type { VenueRefusal } from "../../actors/venue/venue_link.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Conditions } from "./conditions.ts";
import type { Faults } from "./faults.ts";
import { makePrng } from "./prng.ts";

/** What a venue may take longer to count a request than we think, milliseconds. */
export const rateDelay_ms = 300;

/** Refusals for a limit within a while, after which the venue bans, and for how long. */
const refusals_max = 3;
const refusals_ms = 10_000;
const ban_ms = 3_000;

/** The limits of a venue: some take few orders in a time, the rest of the venues have none. */
export const limitsOf = (
  seed: number,
  venue: VenueId,
  { likely, holds }: Conditions,
): readonly RateLimit[] => {
  const prng = makePrng(seed, `rate ${venue}`);
  if (!prng.chance(likely("rate_limits"))) return [];
  const name = "orders";
  const weights = { place: 1, replace: 1, cancel: prng.pick([0, 1]) };
  if (holds("tight_limits")) return [{ name, kind: "rolling", window_ms: 200, limit: 2, weights }];
  const kind = prng.pick(["window", "rolling", "rolling", "bucket"] as const);
  return [
    {
      name,
      kind,
      window_ms: kind === "rolling" ? prng.pick([200, 400]) : 1_000,
      limit: prng.between(2, 4),
      weights,
    },
  ];
};

interface Use {
  readonly at_ms: number;
  readonly weight: number;
}

/** One venue's counts. */
export class PaperLimits {
  readonly #limits: readonly RateLimit[];
  readonly #faults: Faults;
  readonly #uses = new Map<string, Use[]>();
  #refusals: number[] = [];
  #bannedUntil_ms = 0;
  /** When others used the session last, ms since the epoch. */
  lastForeign_ms = 0;

  constructor(limits: readonly RateLimit[], faults: Faults) {
    this.#limits = limits;
    this.#faults = faults;
  }

  /** Counts a request that has arrived; why it is refused, or undefined: it is taken. */
  take(kind: RequestKind, now_ms: number): VenueRefusal | undefined {
    if (now_ms < this.#bannedUntil_ms) {
      return { code: "banned", retryAfter_ms: this.#bannedUntil_ms - now_ms };
    }
    if (this.#limits.length > 0 && this.#faults.strikes("limit_used_by_others")) {
      this.lastForeign_ms = now_ms;
      for (const limit of this.#limits) this.#count(limit, now_ms, limit.limit);
    }
    for (const limit of this.#limits) {
      const weight = weightOf(limit, kind);
      if (weight === 0 || this.#usedOf(limit, now_ms) + weight <= limit.limit) continue;
      return this.#refuse(limit, now_ms);
    }
    for (const limit of this.#limits) this.#count(limit, now_ms, weightOf(limit, kind));
    return undefined;
  }

  #refuse({ name, window_ms }: RateLimit, now_ms: number): VenueRefusal {
    this.#refusals = [...this.#refusals.filter((at) => at > now_ms - refusals_ms), now_ms];
    if (this.#refusals.length < refusals_max) {
      return { code: "rate_limited", retryAfter_ms: window_ms, limit: name };
    }
    this.#bannedUntil_ms = now_ms + ban_ms;
    return { code: "banned", retryAfter_ms: ban_ms, limit: name };
  }

  #count({ name }: RateLimit, at_ms: number, weight: number): void {
    const uses = this.#uses.get(name) ?? [];
    if (weight > 0) this.#uses.set(name, [...uses, { at_ms, weight }].slice(-64));
  }

  #usedOf({ name, kind, window_ms, limit }: RateLimit, now_ms: number): number {
    const uses = this.#uses.get(name) ?? [];
    if (kind === "bucket") return levelOf(uses, limit / window_ms, now_ms);
    const from_ms = kind === "rolling" ? now_ms - window_ms : now_ms - (now_ms % window_ms) - 1;
    return uses.reduce((sum, { at_ms, weight }) => (at_ms > from_ms ? sum + weight : sum), 0);
  }
}

/** A counter that each use lifts and that falls steadily. */
const levelOf = (uses: readonly Use[], perMs: number, now_ms: number): number => {
  let [level, since_ms] = [0, 0];
  for (const { at_ms, weight } of uses) {
    level = Math.max(0, level - (at_ms - since_ms) * perMs) + weight;
    since_ms = at_ms;
  }
  return Math.max(0, level - (now_ms - since_ms) * perMs);
};
