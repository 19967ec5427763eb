/**
 * The checkers catch planted bugs: each class within a bounded number of seeds.
 */
import { describe, expect, it } from "vitest";
import { mutants, mutantSeeds_max } from "./mutants.ts";
import type { Mutant } from "./mutant.ts";
import { simulate } from "./simulation.ts";
import { actions_default } from "./simulation_run.ts";

/** The checker that catches a planted bug, with the seed; undefined where none does. */
const catchOf = ({
  mutation,
  faults = {},
  conditions = {},
  from = 1,
}: Mutant): string | undefined => {
  for (let seed = from; seed < from + mutantSeeds_max; seed += 1) {
    const run = { seed, actions: actions_default, mutation, faults, conditions };
    const { violation } = simulate(run);
    if (violation !== undefined) return violation.checker;
  }
  return undefined;
};

/** Which checkers may be the first to see a bug. */
const catchers: Readonly<Record<keyof typeof mutants, readonly string[]>> = {
  drop_late_fill: ["position_equals_fills", "quiescence"],
  double_apply: ["position_equals_fills", "cum_never_falls", "quiescence"],
  // What is not stated has the version of what is stated next.
  provisional_beside_real: ["cum_never_falls", "quiescence", "one_answer_per_command"],
  position_applied_twice: ["position_equals_fills"],
  resend_blindly: ["one_venue_order_per_leg"],
  release_exposure_early: ["reserved_covers_worst_case"],
  forget_leg_back: ["reserved_covers_worst_case", "quiescence"],
  end_doubt_by_guess: ["reserved_covers_worst_case", "quiescence", "replace_keeps_one_order"],
  absence_is_proof: ["reserved_covers_worst_case", "quiescence"],
  repeat_is_news: ["venues_agree"],
  forget_early_cancel: ["one_answer_per_command"],
  answer_twice: ["one_answer_per_command"],
  cum_from_venue: ["cum_never_falls"],
  evolve_remembers: ["replay_equals_live"],
  order_books_itself: ["position_equals_fills"],
  kill_forgets_the_queue: ["kill_stops_everything"],
  halt_lets_commands_pass: ["kill_stops_everything"],
  halted_account_goes_on: ["kill_stops_everything"],
  kill_only_halts: ["kill_stops_everything", "quiescence"],
  group_forgotten: ["bound_orders_follow", "quiescence"],
  siblings_unknown: ["bound_orders_follow", "quiescence"],
  breaker_lets_pass: ["breaker_holds"],
  breaker_stays_open: ["quiescence"],
  budget_forgets: ["rate_budget_holds"],
  queue_forgets_cancel: ["queue_obeys_cancels"],
  new_orders_first: ["queue_obeys_cancels"],
  difference_found_again: ["quiescence"],
  listing_forgotten: ["second_run_finds_nothing"],
  difference_booked_at_once: ["nobodys_trades_are_booked"],
  difference_never_given_back: ["nobodys_trades_are_booked"],
  child_reserves_early: ["bound_orders_follow"],
  ignore_fence: ["single_writer"],
  send_before_commit: ["single_writer", "no_send_before_commit"],
  position_read_before_commit: [
    "nothing_acknowledged_is_lost",
    "position_equals_fills",
    "reserved_covers_worst_case",
    "quiescence",
  ],
};

describe("a planted bug is caught", () => {
  for (const name of Object.keys(mutants) as (keyof typeof mutants)[]) {
    const mutant: Mutant = mutants[name];
    it(`${name}: ${mutant.bug}`, () => {
      expect(catchers[name]).toContain(catchOf(mutant));
    });
  }
});
