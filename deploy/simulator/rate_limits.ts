/**
 * What a session has used of the venue's limits, and whether it is banned. Pure: told the time.
 *
 * Windows begin at whole multiples of their length, as venues count them: twice the limit
 * fits around a border. A refused request uses nothing, but enough of them within a time ban the
 * session.
 *
 * Owns: the counts of one session.
 */
import type { SimFaultSettings, SimLimits, SimRequestKind } from "../../protocols/sim_wire.ts";

/** The limits of a venue. */
export type RateLimits = NonNullable<SimFaultSettings["rateLimits"]>;

/** Why a request is refused, and when to ask again. */
export interface RateRefusal {
  readonly code: "rate_limited" | "banned";
  readonly retryAfter_ms: number;
  readonly text: string;
  /** The limit that it does not fit into. */
  readonly limit?: string;
  /** True where this one refusal began the ban. */
  readonly beginsBan: boolean;
}

interface Window {
  start_ms: number;
  used: number;
}

/** One session's use. Times are monotonic ms. */
export class SessionLimits {
  readonly #windows = new Map<string, Window>();
  #violations: number[] = [];
  #bannedUntil_ms = 0;

  /** Counts a request if it may pass; else says why not. */
  take(kind: SimRequestKind, limits: RateLimits, now_ms: number): RateRefusal | undefined {
    const ban_ms = this.banned_ms(now_ms);
    if (ban_ms > 0) {
      return { code: "banned", retryAfter_ms: ban_ms, text: "banned", beginsBan: false };
    }
    for (const rule of limits.rules) {
      const window = this.#window(rule, now_ms);
      if (window.used + costOf(kind, rule, limits) <= rule.limit) continue;
      const retryAfter_ms = Math.max(1, window.start_ms + rule.window_ms - now_ms);
      return this.#refuse(limits, now_ms, {
        retryAfter_ms,
        text: `limit ${rule.name}`,
        limit: rule.name,
      });
    }
    for (const rule of limits.rules) {
      this.#window(rule, now_ms).used += costOf(kind, rule, limits);
    }
    return undefined;
  }

  /** An order traded for the first time: it is not unfilled any more. */
  traded(limits: RateLimits, now_ms: number): void {
    for (const rule of limits.rules) {
      if (rule.counts !== "unfilled") continue;
      const window = this.#window(rule, now_ms);
      window.used = Math.max(0, window.used - 1);
    }
  }

  /** How much longer the session is banned; 0: it is not. */
  banned_ms(now_ms: number): number {
    return Math.max(0, this.#bannedUntil_ms - now_ms);
  }

  /** What is counted in the windows of now. */
  lines(limits: RateLimits, now_ms: number): SimLimits["limits"] {
    return limits.rules.map((rule) => {
      const { name, window_ms, limit } = rule;
      return { name, window_ms, limit, used: this.#window(rule, now_ms).used };
    });
  }

  #refuse(
    { ban }: RateLimits,
    now_ms: number,
    refusal: Pick<RateRefusal, "retryAfter_ms" | "text" | "limit">,
  ): RateRefusal {
    if (ban === undefined) return { code: "rate_limited", beginsBan: false, ...refusal };
    const recent = this.#violations.filter((at_ms) => at_ms > now_ms - ban.within_ms);
    recent.push(now_ms);
    this.#violations = recent;
    if (recent.length < ban.violations) {
      return { code: "rate_limited", beginsBan: false, ...refusal };
    }
    this.#violations = [];
    this.#bannedUntil_ms = now_ms + ban.for_ms;
    return { ...refusal, code: "banned", retryAfter_ms: ban.for_ms, beginsBan: true };
  }

  #window(rule: RateLimits["rules"][number], now_ms: number): Window {
    const start_ms = now_ms - (now_ms % rule.window_ms);
    const existing = this.#windows.get(rule.name);
    if (existing !== undefined && existing.start_ms === start_ms) return existing;
    const window = { start_ms, used: 0 };
    this.#windows.set(rule.name, window);
    return window;
  }
}

const costOf = (
  kind: SimRequestKind,
  { counts }: RateLimits["rules"][number],
  { weights }: RateLimits,
): number => {
  if (counts === "weight") return weights?.[kind] ?? 1;
  if (counts === "unfilled") return kind === "new_order" ? 1 : 0;
  return kind === "new_order" || kind === "replace" ? 1 : 0;
};
