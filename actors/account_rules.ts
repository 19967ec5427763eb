/**
 * What an account's orders may do: the strictest of the rules that operators have set.
 *
 * Rules stand beside each other: for all accounts of the shard, for one account, for one strategy
 * of it. Lifting one leaves the others in force, so the release of a wide kill never releases what
 * was halted by itself.
 *
 * Owns: how the rules combine, and their change by a fact.
 */
import type { AccountId } from "../protocols/kernel/ids.ts";
import { strictest } from "../protocols/trading_state.ts";
import type { TradingState } from "../protocols/trading_state.ts";
import type { Space } from "../runtime/shard_model.ts";
import type { AccountKinds, AccountSpace } from "./account_kinds.ts";
import { allAccounts, strategyRule } from "./control/control_fact.ts";
import type { ControlFact } from "./control/control_fact.ts";
import { newAccountState, withTradingState } from "./risk/account_state.ts";

/** The state that holds for a strategy of an account. */
export const tradingStateOf = (
  space: AccountSpace,
  account: string,
  strategy: string,
): TradingState => {
  const own = space.get("account", account)?.tradingState ?? "active";
  if (space.size("tradingRule") === 0) return own;
  const all = space.get("tradingRule", allAccounts)?.state ?? "active";
  const theirs = space.get("tradingRule", strategyRule(account, strategy))?.state ?? "active";
  return strictest(own, strictest(all, theirs));
};

/** Takes the change of a rule. */
export const evolveRule = (
  space: Space<AccountKinds>,
  event: Extract<ControlFact, { readonly what: "trading_state_set" }>,
): void => {
  const { account, strategy, state, by } = event;
  if (account !== undefined && strategy === undefined) {
    const known = space.get("account", account) ?? newAccountState(account as AccountId);
    space.set("account", account, withTradingState(known, state, by));
    return;
  }
  const key =
    account === undefined || strategy === undefined ? allAccounts : strategyRule(account, strategy);
  if (state === "active") space.remove("tradingRule", key);
  else space.set("tradingRule", key, { state, by });
};
