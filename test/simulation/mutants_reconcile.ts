/**
 * Planted bugs in how a venue's shard settles what its venue has more or less than it knows.
 */
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { ConditionSettings } from "./conditions.ts";
import type { FaultSettings } from "./faults.ts";
import { account, venue } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";

/** Persons trade by hand, and little else is going on. */
const manual: ConditionSettings = {
  manual_trades: 1,
  operators: 0,
  rate_limits: 0,
  nervous_breakers: 0,
  bound_orders: 0,
};

const longAgo = toNanos(1n);

const hands: FaultSettings = { venue_traded_by_hand: 0.05 };

/** The planted bugs by name. */
export const reconcileMutants = {
  difference_found_again: {
    conditions: { ...manual, eager_reconciliation: 1 },
    faults: hands,
    bug: "a difference of positions that was settled is found again",
    mutation: venue(({ evolve }) => ({
      evolve: (space, event) => {
        const isSettled = event.type === "position_settled";
        evolve(space, isSettled ? { ...event, lots: 0 } : event);
      },
    })),
  },
  listing_forgotten: {
    conditions: { ...manual, manual_trades: 0, eager_reconciliation: 1 },
    faults: { venue_restarts: 0.03, trade_busted: 0.5, venue_drops_executions: 0 },
    bug: "what was listed of an amended order is asked for in every run",
    mutation: venue(({ evolve }) => ({
      evolve: (space, event) => {
        if (event.type !== "order_checked") {
          evolve(space, event);
          return;
        }
        const { listing: _, ...checked } = event;
        evolve(space, checked);
      },
    })),
  },
  difference_booked_at_once: {
    conditions: manual,
    faults: hands,
    bug: "a difference of positions is settled before its grace is over",
    mutation: venue(({ evolve }) => ({
      evolve: (space, event) => {
        evolve(space, event.type === "position_differs" ? { ...event, at: longAgo } : event);
      },
    })),
  },
  difference_never_given_back: {
    conditions: manual,
    faults: hands,
    bug: "an execution that explains a difference is booked beside its adjustment",
    mutation: account(({ decide }) => ({
      decide: (input, turn) => {
        const isBack = input.type === "message" && input.message.kind === "difference_explained";
        if (!isBack) decide(input, turn);
      },
    })),
  },
} as const satisfies Readonly<Record<string, Mutant>>;
