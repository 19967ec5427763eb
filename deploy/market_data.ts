/**
 * Market data in a node: venue feeds are published on NATS, and all of it is read into one view.
 *
 * The node that owns a venue's shard publishes its feed; every node (this one too) reads books from
 * NATS, so that all decide on the same data wherever an account lives.
 */
import type { NatsConnection } from "nats";
import { createMarketView } from "../actors/market_data/market_view.ts";
import { publishMarketData, subscribeMarketData } from "../actors/market_data/market_data_nats.ts";
import { backOff_default } from "../actors/venue/back_off.ts";
import type { LinkTimers } from "../actors/venue/link_timers.ts";
import { startSimFeed } from "../actors/venue/sim_feed.ts";
import type { InstrumentId, VenueId } from "../protocols/kernel/ids.ts";
import { toNanos } from "../protocols/kernel/instant.ts";
import type { Nanos } from "../protocols/kernel/instant.ts";
import type { ReferenceData } from "../protocols/instrument.ts";
import { makeMarketFeed } from "./market_feed.ts";
import type { MarketFeed } from "./market_feed.ts";
import type { VenueAddress } from "./node_options.ts";
import { socketOptions } from "./venue_options.ts";

/** Reads all published market data into a view. */
export const startMarketView = (
  connection: NatsConnection,
  reference: ReferenceData,
  now_ns: () => bigint,
): MarketFeed => {
  const feed = makeMarketFeed(createMarketView(reference));
  subscribeMarketData(connection, feed, now_ns);
  return feed;
};

/** Publishes a simulator's feed until stopped. */
export const startVenueFeed = (
  connection: NatsConnection,
  address: VenueAddress,
  instruments: readonly string[],
  timers: LinkTimers,
): { readonly stop: () => void } => {
  const venue = address.venue as VenueId;
  const publish = (instrument: string, message: Parameters<typeof publishMarketData>[3]): void => {
    publishMarketData(connection, venue, instrument as InstrumentId, message);
  };
  const times = (tsEvent: string): { readonly tsEvent: Nanos; readonly tsInit: Nanos } => ({
    tsEvent: tsEvent as Nanos,
    tsInit: toNanos(timers.now_ns()),
  });
  return startSimFeed(
    { ...socketOptions(address, timers), instruments, backOff: backOff_default },
    {
      onBook: ({ instrument, bids, asks, tsEvent }) =>
        publish(instrument, { kind: "depth", body: { bids, asks, ...times(tsEvent) } }),
      onBbo: ({ type: _type, instrument, tsEvent, ...body }) =>
        publish(instrument, { kind: "bbo", body: { ...body, ...times(tsEvent) } }),
      onTrade: ({ instrument, px, qty, aggressor, tsEvent }) =>
        publish(instrument, {
          kind: "trade",
          body: { lastPx: px, lastQty: qty, aggressorSide: aggressor, ...times(tsEvent) },
        }),
    },
  );
};
