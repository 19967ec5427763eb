/**
 * What an account shard states of operators' requests: each with who asked and why.
 *
 * Owns: the facts' shapes, and the rules that they leave in force.
 */
import type { AskedBy, RuledBy } from "../../protocols/control.ts";
import type { ControlVerb } from "../../protocols/kernel/subjects.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { TradingState } from "../../protocols/trading_state.ts";
import type { OperatorCancel } from "./operator_cancel.ts";

/** A trading state that holds for more or less than one account. */
export interface TradingRule {
  readonly state: TradingState;
  readonly by: RuledBy;
}

/** The key of the rule for all accounts of a shard. */
export const allAccounts = "_all";

/** The key of a strategy's rule. */
export const strategyRule = (account: string, strategy: string): string => `${account}.${strategy}`;

/** Facts about operators' requests. */
export type ControlFact =
  /** A request is carried out: the same one never is again. */
  | {
      readonly what: "control_taken";
      readonly verb: ControlVerb;
      readonly by: AskedBy;
      /** The id that it came with, where it is carried out under another one. */
      readonly cameAs?: string;
      /** Of its body. */
      readonly digest: string;
      readonly at: Nanos;
    }
  /** Without an account: for all of the shard, also those that nothing is known of yet. */
  | {
      readonly what: "trading_state_set";
      readonly account?: string;
      readonly strategy?: string;
      readonly state: TradingState;
      readonly by: RuledBy;
    }
  | { readonly what: "operator_cancel_began"; readonly run: OperatorCancel }
  | {
      readonly what: "operator_cancel_moved";
      readonly id: string;
      readonly round: number;
      readonly asked: number;
    }
  /** A slice, or an order by itself, could not be asked. */
  | {
      readonly what: "operator_cancel_stumbled";
      readonly id: string;
      readonly passedOver: readonly string[];
    }
  | {
      readonly what: "operator_cancel_ended";
      readonly id: string;
      readonly outcome: OperatorCancelOutcome;
      readonly at: Nanos;
    };

/**
 * How a run of cancels ends.
 * - `done`: a kill: nothing in its scope is open.
 * - `asked`: a mass cancel: every order was asked once, and answers for itself.
 * - `released`: the scope was released before all were canceled.
 */
export type OperatorCancelOutcome = "done" | "asked" | "released";
