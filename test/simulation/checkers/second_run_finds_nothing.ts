/**
 * Scenario 41: a world at rest is started again and reconciled several times in a row. The first
 * run may look up what its venue cannot tell any more; no run finds anything else, books anything,
 * or asks for an order that the one before has asked for.
 */
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "second_run_finds_nothing";

/** What a run that finds nothing leaves in its venue's journal. */
const silent: ReadonlySet<VenueEvent["type"]> = new Set([
  "reconcile_begun",
  "reconcile_part",
  "reconcile_done",
  "reconcile_due",
  "session_changed",
]);

/** What the first run after a logon may leave besides: questions that only a person can answer. */
const questions: ReadonlySet<VenueEvent["type"]> = new Set([
  "order_to_check",
  "order_asked",
  "sweep_set",
]);

/** Makes the checker. */
export const secondRunFindsNothing: CheckerMaker = ({ venues }) => {
  /** Runs that were done since the restart, by venue; undefined: it did not begin. */
  let runs: Map<string, number> | undefined;
  return {
    name,
    onRestart: () => {
      runs = new Map();
    },
    onFrame: ({ shard, frame: { content } }) => {
      if (runs === undefined || shard.kind !== "venue" || content.kind === "epoch") return;
      for (const turn of content.turns) {
        const events = turn.events as readonly VenueEvent[];
        if (!events.some(({ type }) => type === "reconcile_part")) continue;
        const before = runs.get(shard.key) ?? 0;
        for (const event of events) {
          const isQuestion = before === 0 && questions.has(event.type);
          if (!silent.has(event.type) && !isQuestion) {
            throw new Violation(name, `${shard.key}, run ${before + 1}: ${JSON.stringify(event)}`);
          }
          if (event.type === "reconcile_done") runs.set(shard.key, before + 1);
        }
      }
    },
    atRest: () => {
      for (const venue of runs === undefined ? [] : venues.keys()) {
        const count = runs?.get(venue) ?? 0;
        if (count < 2) throw new Violation(name, `${venue} was reconciled ${count} times`);
      }
    },
  };
};
