/**
 * Planted bugs in a venue's circuit breaker.
 */
import { closedBreaker } from "../../actors/venue/breaker_model.ts";
import type { ConditionSettings } from "./conditions.ts";
import type { FaultSettings } from "./faults.ts";
import { venue } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";

/** Venues have bad spells, and their breakers open soon. */
const nervous: ConditionSettings = { nervous_breakers: 1, operators: 0, bound_orders: 0 };

const spells: FaultSettings = { venue_bad_spell: 0.3 };

/** The planted bugs by name. */
export const breakerMutants = {
  breaker_lets_pass: {
    conditions: nervous,
    faults: spells,
    bug: "an open breaker does not stop what account shards send",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        const { space } = turn;
        const get: typeof space.get = (kind, key) => {
          const state = space.get(kind, key);
          return typeof state === "object" && "timeoutsInRow" in state
            ? { ...state, ...closedBreaker }
            : state;
        };
        const isMessage = input.type === "message";
        decide(input, isMessage ? { ...turn, space: { ...space, get } } : turn);
      },
    })),
  },
  breaker_stays_open: {
    conditions: nervous,
    faults: spells,
    bug: "a breaker that has opened never tries its venue again",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        decide(input, {
          ...turn,
          emit: (event) => {
            if (event.type !== "breaker_changed" || event.to !== "half_open") turn.emit(event);
          },
        });
      },
    })),
  },
} as const satisfies Readonly<Record<string, Mutant>>;
