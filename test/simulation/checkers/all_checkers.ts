/**
 * Every checker of a simulated world, one invariant each.
 */
import type { CheckerMaker } from "./checker.ts";
import { boundOrdersFollow } from "./bound_orders_follow.ts";
import { breakerHolds } from "./breaker_holds.ts";
import { cumNeverFalls } from "./cum_never_falls.ts";
import { icebergShowsItsPart } from "./iceberg_shows_its_part.ts";
import { killStopsEverything } from "./kill_stops_everything.ts";
import { nobodysTradesAreBooked } from "./nobodys_trades_are_booked.ts";
import { noSendBeforeCommit } from "./no_send_before_commit.ts";
import { nothingAcknowledgedIsLost } from "./nothing_acknowledged_is_lost.ts";
import { oneAnswerPerCommand } from "./one_answer_per_command.ts";
import { oneVenueOrderPerLeg } from "./one_venue_order_per_leg.ts";
import { positionEqualsFills } from "./position_equals_fills.ts";
import { queueObeysCancels } from "./queue_obeys_cancels.ts";
import { quiescence } from "./quiescence.ts";
import { rateBudgetHolds } from "./rate_budget_holds.ts";
import { reduceOnlyNeverFlips } from "./reduce_only_never_flips.ts";
import { replaceKeepsOneOrder } from "./replace_keeps_one_order.ts";
import { replayEqualsLive } from "./replay_equals_live.ts";
import { reservedCoversWorstCase } from "./reserved_covers_worst_case.ts";
import { secondRunFindsNothing } from "./second_run_finds_nothing.ts";
import { singleWriter } from "./single_writer.ts";
import { triggersFireOnce } from "./triggers_fire_once.ts";
import { venuesAgree } from "./venues_agree.ts";

/** The checkers by the number of the invariant; the last ones have none of their own. */
export const allCheckers: readonly CheckerMaker[] = [
  singleWriter,
  noSendBeforeCommit,
  oneVenueOrderPerLeg,
  positionEqualsFills,
  reservedCoversWorstCase,
  cumNeverFalls,
  oneAnswerPerCommand,
  replayEqualsLive,
  killStopsEverything,
  nothingAcknowledgedIsLost,
  replaceKeepsOneOrder,
  triggersFireOnce,
  reduceOnlyNeverFlips,
  icebergShowsItsPart,
  boundOrdersFollow,
  rateBudgetHolds,
  queueObeysCancels,
  venuesAgree,
  nobodysTradesAreBooked,
  secondRunFindsNothing,
  breakerHolds,
  quiescence,
];
