/**
 * What operators have stopped, as gauges: a rule in force is 1 under its scope and state, a halted
 * venue is 1. A scope without a rule has no series, so an alert is `oms_trading_state > 0`.
 *
 * Owns: the names. Labels are bounded by configuration and by what operators do.
 */
import { Gauge } from "prom-client";
import type { Registry } from "prom-client";

/** A rule in force that is not `active`. */
export interface RuleSeen {
  /** `_all`, an account, or `<account>.<strategy>`. */
  readonly scope: string;
  readonly state: string;
}

/** Told what is in force on this node. */
export interface TradingMetrics {
  /** The rules of one account shard, all of them. */
  readonly rules: (shard: string, rules: readonly RuleSeen[]) => void;
  /** Runs of cancels by operators that have not ended. */
  readonly cancels: (shard: string, running: number) => void;
  readonly venueHalted: (venue: string, halted: boolean) => void;
}

/** Makes the gauges. */
export const tradingMetrics = (registry: Registry): TradingMetrics => {
  const registers = [registry];
  const state = new Gauge({
    name: "oms_trading_state",
    help: "1 for each rule of operators in force: scope, state",
    labelNames: ["shard", "scope", "state"],
    registers,
  });
  const running = new Gauge({
    name: "oms_operator_cancels",
    help: "Kills and mass cancels that have not ended",
    labelNames: ["shard"],
    registers,
  });
  const halted = new Gauge({
    name: "oms_venue_halted",
    help: "1 while operators have halted trading at the venue",
    labelNames: ["venue"],
    registers,
  });
  const shown = new Map<string, readonly RuleSeen[]>();
  return {
    rules: (shard, rules) => {
      for (const { scope, state: was } of shown.get(shard) ?? []) {
        state.remove({ shard, scope, state: was });
      }
      for (const rule of rules) state.set({ shard, scope: rule.scope, state: rule.state }, 1);
      shown.set(shard, rules);
    },
    cancels: (shard, count) => running.set({ shard }, count),
    venueHalted: (venue, isHalted) => halted.set({ venue }, isHalted ? 1 : 0),
  };
};
