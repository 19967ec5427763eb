/**
 * Checks that virtual positions add up: for each account and instrument Σ over the strategies and
 * the external bucket is the account's position, in quantity, total profit, fees and cash.
 *
 * Owns: the sums and the words for what differs. Never: repairs anything.
 */
import { addDecimals, compareDecimals } from "../protocols/kernel/decimal.ts";
import { amountOf, noAmounts } from "../protocols/currency.ts";
import type { Amounts } from "../protocols/currency.ts";
import { holdingKey, virtualKey } from "./account_kinds.ts";
import type { AccountSpace } from "./account_kinds.ts";
import { externalBucket } from "./account_positions.ts";
import { moneyPerTickLot } from "./position/position_model.ts";
import type { PositionState } from "./position/position_model.ts";

interface Sum {
  net_lots: number;
  /** realised − cost: with net quantity it is total profit at any mark. */
  worth: bigint;
  fees: Amounts;
  cash: Amounts;
}

/** One sentence for each holding whose virtual positions do not add up; none where all do. */
export const holdingFaults = (space: AccountSpace): readonly string[] => {
  const sums = new Map<string, Sum>();
  for (const [, state] of space.entries("strategyPosition")) {
    const key = holdingKey(state.account, state.instrument);
    sums.set(key, plus(sums.get(key), state));
  }
  const faults: string[] = [];
  for (const [key, position] of space.entries("position")) {
    const sum = sums.get(key) ?? none;
    sums.delete(key);
    const own = plus(undefined, position);
    const bucket = virtualKey(position.account, externalBucket, position.instrument);
    const external_lots = space.get("strategyPosition", bucket)?.netQty_lots ?? 0;
    if (sum.net_lots !== own.net_lots) faults.push(`${key} ${own.net_lots} ≠ ${sum.net_lots} lots`);
    if (sum.worth !== own.worth) faults.push(`${key} profit ${own.worth} ≠ ${sum.worth}`);
    if (!same(sum.fees, own.fees)) faults.push(`${key} fees differ`);
    if (!same(sum.cash, own.cash)) faults.push(`${key} cash differs`);
    if (external_lots !== position.externalQty_lots) {
      faults.push(`${key} external ${position.externalQty_lots} ≠ ${external_lots} lots`);
    }
  }
  for (const key of sums.keys()) faults.push(`${key} has virtual positions and none of its own`);
  return faults;
};

const none: Sum = { net_lots: 0, worth: 0n, fees: noAmounts, cash: noAmounts };

const plus = (sum: Sum = none, state: PositionState): Sum => ({
  net_lots: sum.net_lots + state.netQty_lots,
  worth: sum.worth + state.realized - state.cost * moneyPerTickLot(state.grid),
  fees: together(sum.fees, state.fees),
  cash: together(sum.cash, state.cash),
});

const together = (a: Amounts, b: Amounts): Amounts => {
  const sum = new Map(Object.entries(a));
  for (const [currency, amount] of Object.entries(b)) {
    sum.set(currency, addDecimals(amountOf(a, currency), amount));
  }
  return Object.fromEntries(sum);
};

const same = (a: Amounts, b: Amounts): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (currency) => compareDecimals(amountOf(a, currency), amountOf(b, currency)) === 0,
  );
