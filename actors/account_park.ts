/**
 * What an account shard does about an input that failed every time and that no command is waiting
 * behind: reports, requests of operators, rests of its own work, timers.
 *
 * Owns: the answer to each. A timer comes again: what it does would else never be done any more.
 * Never: guesses what the input would have done.
 */
import { milliseconds } from "../protocols/kernel/instant.ts";
import { accountEventSubject } from "../protocols/kernel/subjects.ts";
import type { AccountId } from "../protocols/kernel/ids.ts";
import type { AccountMessage, AccountTurn } from "./account_kinds.ts";
import { allAccounts } from "./control/control_fact.ts";
import { raise } from "./account_outcome.ts";

/** How long a timer whose turn failed waits for its next attempt. */
export const timerAgain_ms = 60_000;

/** A timer failed: it is set once more. */
export const parkTimer = (turn: AccountTurn, id: string): void =>
  turn.timer(id, turn.now_ns + milliseconds(timerAgain_ms));

/** A message failed: who sent it, or an operator, is told. */
export const parkMessage = (turn: AccountTurn, message: AccountMessage, cause: string): void => {
  const refused = { rejectCode: "INTERNAL_ERROR", text: `parked: ${cause}`.slice(0, 200) };
  const answer = (account: AccountId, what: string, body: object): void => {
    turn.publish(accountEventSubject(account, what), (eventId) => ({
      eventId,
      account,
      ...body,
      ...refused,
      tsInit: turn.now,
    }));
  };
  switch (message.kind) {
    case "report": {
      const { orderId, execType, execId } = message;
      const text = `${execType} ${execId} was parked: ${cause}`;
      raise(turn, orderId, { what: "report_unreadable", text });
      return;
    }
    case "adjust_position": {
      const { account, instrument, adjustmentId, at } = message;
      answer(account, "adjustment_refused", { instrument, adjustmentId, tsEvent: at });
      return;
    }
    case "mark_positions": {
      const { account, date, done, at } = message;
      answer(account, "positions_marked", { date, positions: done, unmarked: [], tsEvent: at });
      return;
    }
    case "mass_cancel": {
      const { account, strategy, cancelId, asked, at } = message;
      answer(account as AccountId, "mass_cancel", {
        strategy,
        cancelId,
        orders: asked,
        tsEvent: at,
      });
      return;
    }
    case "cancel_at_venue": {
      const { venue, cause: what, by } = message;
      answer(allAccounts as AccountId, what, { ...by, venue, phase: "failed" });
      return;
    }
    case "adopt_order": {
      const { orderId } = message;
      raise(turn, orderId, { what: "order_unknown", text: `not adopted: ${cause}` });
      return;
    }
    case "position_difference":
    case "difference_explained": {
      const { account, instrument, adjustmentId, at } = message;
      answer(account, "adjustment_refused", { instrument, adjustmentId, tsEvent: at });
      return;
    }
    case "venue_status":
      // The dead letter says it; the venue's next word overrides whatever was missed.
      return;
    default:
      message satisfies never;
  }
};
