/**
 * Planted bugs in how a venue's shard keeps to the venue's limits.
 */
import { emptyTally } from "../../actors/venue/rate_tally.ts";
import type { ConditionSettings } from "./conditions.ts";
import { venue } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";

/** Every venue takes few orders, and strategies alone are busy. */
const limited: ConditionSettings = {
  rate_limits: 1,
  tight_limits: 1,
  long_deadlines: 1,
  operators: 0,
  nervous_breakers: 0,
  bound_orders: 0,
};

/** The planted bugs by name. */
export const limitMutants = {
  budget_forgets: {
    conditions: limited,
    bug: "what was sent is not counted against the venue's limits",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        const { space } = turn;
        const get: typeof space.get = (kind, key) => {
          const state = space.get(kind, key);
          if (typeof state !== "object" || !("plan" in state)) return state;
          const limits = state.plan.limits.map((limit) => ({ tally: emptyTally(limit) }));
          return { ...state, limits };
        };
        decide(input, { ...turn, space: { ...space, get } });
      },
    })),
  },
  queue_forgets_cancel: {
    conditions: limited,
    bug: "a cancel does not find the place that waits for the budget",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        const { space } = turn;
        const isCancel = input.type === "message" && input.message.kind === "cancel";
        const get: typeof space.get = (kind, key) =>
          kind === "queuedPlace" ? undefined : space.get(kind, key);
        decide(input, isCancel ? { ...turn, space: { ...space, get } } : turn);
      },
    })),
  },
  new_orders_first: {
    conditions: limited,
    bug: "cancels that wait for the budget go when new orders have gone",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        const { space } = turn;
        const isBusy = space.size("queuedPlace") > 0 && input.type === "timer";
        const entries: typeof space.entries = (kind) =>
          kind === "waiting" && isBusy ? [][Symbol.iterator]() : space.entries(kind);
        decide(input, { ...turn, space: { ...space, entries } });
      },
    })),
  },
} as const satisfies Readonly<Record<string, Mutant>>;
