/**
 * Shows what operators have stopped on this node, for metrics.
 *
 * Owns: what is read of the shards' committed states for it.
 */
import { Effect } from "effect";
import type { AccountSpace } from "../actors/account_kinds.ts";
import type { ShardRegistry } from "./shard_registry.ts";
import type { RuleSeen, TradingMetrics } from "./trading_metrics.ts";

/** Rules shown per shard: labels are bounded. */
const rules_max = 100;

/** Reads every live shard once. */
export const watchTrading = (
  registry: ShardRegistry,
  { rules, cancels, venueHalted }: TradingMetrics,
): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const [name, view] of registry.venues) {
      view.read((space) => {
        for (const venue of space.keys("session")) {
          venueHalted(venue, space.get("halt", venue) !== undefined);
        }
        if (space.size("session") === 0) venueHalted(name.slice("venue-".length), false);
      });
    }
    for (const [name, view] of registry.accounts) {
      view.read((space) => {
        rules(name, rulesIn(space).slice(0, rules_max));
        cancels(name, space.size("operatorCancel"));
      });
    }
  });

const rulesIn = (space: AccountSpace): readonly RuleSeen[] => {
  const found: RuleSeen[] = [];
  for (const [scope, { state }] of space.entries("tradingRule")) found.push({ scope, state });
  for (const [scope, { tradingState: state }] of space.entries("account")) {
    if (state !== "active") found.push({ scope, state });
  }
  return found;
};
