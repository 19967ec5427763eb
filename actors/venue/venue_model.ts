/**
 * The venue shard: one session with one venue, as a pure model of facts and decisions.
 *
 * It stands between orders (account shards, over mailboxes) and a venue's wire (the driver). What
 * an order asks becomes a durable intent, then an effect; what the venue says becomes durable with
 * the order that it is about in the very frame that advances the session's inbound sequence.
 *
 * Owns: which input goes to which decision.
 * Never: touches a socket or a clock, or sends anything twice.
 *
 * Invariants (numbers of the design)
 *  2. No byte of an order leaves before its intent is committed, nor after its deadline: `send`
 *     follows `request_sending`, and the driver checks the deadline as the bytes leave.
 *  3. At most one `send` per ClOrdID, across crashes: an intent without an answer is asked for.
 *     Only a cancel that the venue refused unseen is sent again (`venue_refusal.ts`).
 *  10. The inbound sequence advances only together with the report's way to its order.
 */
import { parseMailboxSubject } from "../../protocols/kernel/subjects.ts";
import type { ShardInput, ShardModel, Turn } from "../../runtime/shard_model.ts";
import { rateTimer } from "./rate_budget.ts";
import { onControl } from "./venue_control.ts";
import { doubtTimer, sweepTimer } from "./venue_doubt.ts";
import { breakerTimer, tendBreaker } from "./venue_breaker.ts";
import { beginDrain, drainTimer, onDrainTimer } from "./venue_drain.ts";
import { makeVenueEvolve } from "./venue_evolve.ts";
import { onMassCancelAnswered, onTimerOfMassCancel } from "./venue_mass_cancel.ts";
import type { VenueOptions } from "./venue_options.ts";
import { parkInput } from "./venue_park.ts";
import { beginRun, onReconcileTimer, onSnapshot, reconcileTimer } from "./venue_reconcile.ts";
import { onAnswer, onReport } from "./venue_reports.ts";
import { onLimits, onRefused } from "./venue_refusal.ts";
import { onCommand } from "./venue_requests.ts";
import {
  onConnected,
  onConnecting,
  onDisconnected,
  onDoubtTimer,
  onLoggedOn,
  onRateTimer,
  onRefusedToSend,
  onStarted,
  onSweep,
  settle,
} from "./venue_session.ts";
import { onUnreadable } from "./venue_unreadable.ts";
import { venueKinds } from "./venue_state.ts";
import type { VenueEvent } from "./venue_event.ts";
import type { VenueEffect, VenueInput, VenueMessage } from "./venue_input.ts";
import type { VenueKinds } from "./venue_state.ts";
import { publishIncident } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** The model of a venue shard. */
export type VenueShardModel = ShardModel<
  VenueKinds,
  VenueEvent,
  VenueMessage,
  VenueInput,
  VenueEffect
>;

/** Makes the model of one venue's shard. */
export const venueShardModel = (options: VenueOptions): VenueShardModel => {
  const within = (turn: Turn<VenueKinds, VenueEvent, VenueMessage, VenueEffect>): VenueTurn => ({
    ...turn,
    options,
  });
  return {
    kinds: venueKinds,
    decide: (input, turn) => decide(input, within(turn)),
    evolve: makeVenueEvolve(options),
    isVital,
    park: (input, cause, turn) => parkInput(within(turn), input, cause),
  };
};

/**
 * Without what it was told, or its sweep, the session would stay in a state for ever. Only a report
 * may be put aside: the venue would send it again after every restart, and the session can go on
 * behind it. So can it without a part of a snapshot, or an answer: both are asked for again.
 */
const isVital = (input: ShardInput<VenueMessage, VenueInput>): boolean =>
  input.type === "started" ||
  input.type === "timer" ||
  (input.type === "local" && !spared.has(input.input.type));

/** Reports are asked for behind; what was refused and falls out is in doubt after its time. */
const spared: ReadonlySet<VenueInput["type"]> = new Set([
  "report",
  "unreadable",
  "refused",
  "limits",
  "snapshot",
  "answer",
]);

const decide = (input: ShardInput<VenueMessage, VenueInput>, turn: VenueTurn): void => {
  switch (input.type) {
    case "started":
      onStarted(turn);
      return;
    case "message":
      onMessage(turn, input.message);
      return;
    case "local":
      onLocal(turn, input.input);
      return;
    case "timer":
      if (input.id === sweepTimer) onSweep(turn);
      if (input.id === doubtTimer) onDoubtTimer(turn);
      if (input.id === rateTimer) onRateTimer(turn);
      onTimerOfMassCancel(turn, input.id);
      if (input.id === reconcileTimer) {
        onReconcileTimer(turn);
        settle(turn);
      }
      if (input.id === drainTimer) onDrainTimer(turn);
      if (input.id === breakerTimer) tendBreaker(turn);
      return;
    case "command":
      onMail(turn, input);
      return;
    default:
      return input satisfies never;
  }
};

/** What is no other shard's parcel: an operator's request, or what should not be here. */
const onMail = (
  turn: VenueTurn,
  { subject, data }: Extract<ShardInput<VenueMessage, VenueInput>, { type: "command" }>,
): void => {
  const parsed = parseMailboxSubject(subject);
  if (parsed.type === "control") onControl(turn, parsed.what, data);
  else publishIncident(turn, "not_for_a_venue", "a command in a venue's mailbox", { subject });
};

const onMessage = (turn: VenueTurn, message: VenueMessage): void => {
  switch (message.kind) {
    case "place":
    case "replace":
    case "cancel":
    case "query":
      onCommand(turn, message);
      return;
    case "reconcile":
      beginRun(turn, "demand");
      return;
    case "report":
    case "venue_status":
    case "cancel_at_venue":
    case "adopt_order":
    case "position_difference":
    case "difference_explained":
      publishIncident(turn, "not_for_a_venue", `a ${message.kind} in a venue's mailbox`);
      return;
    default:
      return message satisfies never;
  }
};

const onLocal = (turn: VenueTurn, input: VenueInput): void => {
  switch (input.type) {
    case "connecting":
      onConnecting(turn, input.link);
      return;
    case "logged_on":
      onLoggedOn(turn, input.link, input.answer);
      return;
    case "connected":
      onConnected(turn, input.link);
      return;
    case "disconnected":
      onDisconnected(turn, input);
      return;
    case "report":
      onReport(turn, input);
      return;
    case "unreadable":
      onUnreadable(turn, input);
      return;
    case "answer":
      onAnswer(turn, input);
      return;
    case "snapshot":
      onSnapshot(turn, input.link, input.answer);
      settle(turn);
      return;
    case "refused_to_send":
      onRefusedToSend(turn, input);
      return;
    case "refused":
      onRefused(turn, input);
      return;
    case "limits":
      onLimits(turn, input);
      return;
    case "mass_cancel_answered":
      onMassCancelAnswered(turn, input);
      return;
    case "unreachable": {
      const { failures, period_ms } = input;
      const text = "links fail one after the other: is it the venue, or the way to it?";
      publishIncident(turn, "unreachable", text, { failures, period_ms });
      return;
    }
    case "drain":
      beginDrain(turn);
      return;
    default:
      return input satisfies never;
  }
};
