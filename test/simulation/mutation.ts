/**
 * Where a planted bug goes into a simulated world: around a model, or around the services.
 *
 * Owns: the shape of that. The bugs are in `mutants.ts`.
 */
import type { Context } from "effect";
import type { AccountShardModel } from "../../actors/pipeline.ts";
import type { VenueShardModel } from "../../actors/venue/venue_model.ts";
import type { ShardServices } from "../support/ledger_world.ts";

/** Changes to what is simulated: a planted bug, for the test of the checkers. */
export interface Mutation {
  readonly account?: (model: AccountShardModel) => AccountShardModel;
  readonly venue?: (model: VenueShardModel) => VenueShardModel;
  readonly services?: (
    services: Context.Context<ShardServices>,
    memory: Map<string, number>,
  ) => Context.Context<ShardServices>;
}
