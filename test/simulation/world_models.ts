/**
 * The models that a simulated world runs: the real ones, with what a seed or a planted bug puts
 * around them.
 *
 * Owns: how they are made. Never: what they decide.
 */
import { accountShardModel } from "../../actors/pipeline.ts";
import type { AccountShardModel } from "../../actors/pipeline.ts";
import { rateOptions_default } from "../../actors/venue/rate_limits.ts";
import { breakerOptions_default } from "../../actors/venue/breaker_options.ts";
import type { BreakerOptions } from "../../actors/venue/breaker_options.ts";
import { venueShardModel } from "../../actors/venue/venue_model.ts";
import type { VenueShardModel } from "../../actors/venue/venue_model.ts";
import { venueOptions_default } from "../../actors/venue/venue_options.ts";
import type { ReferenceData } from "../../protocols/instrument.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { ShardModel } from "../../runtime/shard_model.ts";
import type { Conditions } from "./conditions.ts";
import type { Faults } from "./faults.ts";
import type { Market } from "./market.ts";
import type { Mutation } from "./mutation.ts";
import { limitsOf, rateDelay_ms } from "./paper_limits.ts";
import { externalAccount } from "./reference.ts";

/** The models of a world, in the order of their shards. */
export interface WorldModels {
  readonly accounts: readonly AccountShardModel[];
  readonly venues: readonly VenueShardModel[];
}

/** What models are made from. */
export interface WorldModelsOptions {
  readonly seed: number;
  readonly conditions: Conditions;
  readonly accountShards: number;
  readonly venueIds: readonly VenueId[];
  readonly reference: ReferenceData;
  readonly market: Market;
  readonly faults: Faults;
  readonly mutation: Mutation | undefined;
}

/** Makes the models of a world. */
export const modelsOf = (options: WorldModelsOptions): WorldModels => {
  const { seed, conditions, accountShards, venueIds, reference, faults, mutation } = options;
  const { view: market } = options.market;
  return {
    accounts: Array.from({ length: accountShards }, (_, shardIndex) => {
      const model = accountShardModel({ shardIndex, accountShards, reference, market });
      return throwing(mutation?.account?.(model) ?? model, faults);
    }),
    venues: venueIds.map((venue) => {
      const reconcile = {
        ...venueOptions_default.reconcile,
        reconcileEvery_ms: conditions.holds("eager_reconciliation") ? 400 : 5_000,
        ...(conditions.holds("manual_trades") ? { externalAccount } : {}),
      };
      const limits = limitsOf(seed, venue, conditions);
      const plan = { ...rateOptions_default, delay_ms: rateDelay_ms, limits };
      const rate = limits.length === 0 ? {} : { rate: plan };
      const breaker = conditions.holds("nervous_breakers")
        ? nervousBreaker
        : breakerOptions_default;
      const own = { ...venueOptions_default, ...rate, reconcile, breaker };
      const model = venueShardModel({ ...own, venue, accountShards });
      return throwing(mutation?.venue?.(model) ?? model, faults);
    }),
  };
};

/** Opens after a few bad answers, and looks again soon. */
const nervousBreaker: BreakerOptions = {
  ...breakerOptions_default,
  timeouts_max: 1,
  trouble_min: 2,
  refusedShare: 0.6,
  refused_min: 3,
  ack_ms_max: 256,
  ackQuantile: 0.5,
  ack_min: 3,
  coolDown_ms: 400,
  coolDown_ms_max: 4_000,
  trialOrders_min: 2,
  probeEvery_ms: 200,
  trialProbes_min: 3,
};

/**
 * The model, except that a turn may throw once all of it is done: it must leave no trace, and its
 * second attempt must come to the same.
 */
const throwing = <K, E, M, L, F, O>(
  model: ShardModel<K, E, M, L, F, O>,
  faults: Faults,
): ShardModel<K, E, M, L, F, O> => {
  let hasThrown = false;
  return {
    ...model,
    decide: (input, turn) => {
      model.decide(input, turn);
      hasThrown = !hasThrown && faults.strikes("turn_throws");
      if (hasThrown) throw new Error("planted in a turn");
    },
  };
};
