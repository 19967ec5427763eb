/**
 * An account shard's driver: it looks at the node's markets for the orders that wait with the
 * shard.
 *
 * Owns: the join of market feed and watch. What matters of a price is
 * `actors/held/market_watch.ts`.
 */
import { Effect } from "effect";
import type { Scope } from "effect";
import { MarketWatch } from "../actors/held/market_watch.ts";
import type { Market, MarketObserved, WatchMarket } from "../actors/held/market_watch.ts";
import { pointOf } from "../actors/held/observation.ts";
import type { VenueMarket } from "../actors/held/observation.ts";
import { milliseconds } from "../protocols/kernel/instant.ts";
import type { ReferenceData } from "../protocols/instrument.ts";
import type { PricePoint } from "../protocols/trigger.ts";
import type { DriverContext, ShardDriver } from "../runtime/shard_model.ts";
import type { MarketFeed } from "./market_feed.ts";

/** Makes the driver of one ownership of an account shard. */
export const accountDriver =
  (
    feed: Pick<MarketFeed, "book" | "lastTrade" | "listen">,
    reference: ReferenceData,
    now_ns: () => bigint,
  ) =>
  (
    context: DriverContext<MarketObserved>,
  ): Effect.Effect<ShardDriver<WatchMarket>, never, Scope.Scope> =>
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => {
          const watch = new MarketWatch({
            pointOf: (market) => observedPoint(feed, reference, now_ns(), market),
            post: context.post,
            room: context.room,
          });
          const stop = feed.listen((venue, instrument) => watch.changed(venue, instrument));
          return { watch, stop };
        }),
        ({ stop }) => Effect.sync(stop),
      ),
      ({ watch }) => ({ perform: (effect: WatchMarket) => watch.watch(effect) }),
    );

/** What triggers see of a market now. */
export const observedPoint = (
  feed: Pick<MarketFeed, "book" | "lastTrade">,
  { venues, referencePriceAge_ms_max }: ReferenceData,
  now_ns: bigint,
  { instrument, venue }: Market,
): PricePoint => {
  const markets: VenueMarket[] = [];
  for (const profile of venues.values()) {
    if (!profile.instruments.has(instrument)) continue;
    if (venue !== undefined && profile.id !== venue) continue;
    markets.push({
      book: feed.book(profile.id, instrument),
      lastTrade: feed.lastTrade(profile.id, instrument),
    });
  }
  return pointOf(markets, now_ns - milliseconds(referencePriceAge_ms_max));
};
