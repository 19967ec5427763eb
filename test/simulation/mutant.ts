/**
 * What a planted bug is, and how one gets into a model.
 */
import type { AccountShardModel } from "../../actors/pipeline.ts";
import type { VenueShardModel } from "../../actors/venue/venue_model.ts";
import type { ConditionSettings } from "./conditions.ts";
import type { FaultSettings } from "./faults.ts";
import type { Mutation } from "./mutation.ts";

/** A planted bug. */
export interface Mutant {
  /** What the bug does. */
  readonly bug: string;
  readonly mutation: Mutation;
  /** Conditions that it needs, made certain, or that would only dilute it, left out. */
  readonly conditions?: ConditionSettings;
  /** Faults that it needs, made likely. */
  readonly faults?: FaultSettings;
  /** The first seed to try where the first ones are known to be of no use; default 1. */
  readonly from?: number;
}

/** A change to the model of account shards. */
export const account = (
  change: (model: AccountShardModel) => Partial<AccountShardModel>,
): Mutation => ({
  account: (model) => ({ ...model, ...change(model) }),
});

/** A change to the model of venue shards. */
export const venue = (change: (model: VenueShardModel) => Partial<VenueShardModel>): Mutation => ({
  venue: (model) => ({ ...model, ...change(model) }),
});
