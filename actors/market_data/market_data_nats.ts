/**
 * Market data over NATS core: publishing a venue's feed, and feeding a node's market view from it.
 *
 * Not stored and not acknowledged: a message that is lost is replaced by the next, and until then
 * the book grows stale, which risk and routing see. The work per message is bounded: its length,
 * its levels and the pairs that are kept each have a maximum.
 *
 * Owns: the subscription and the counts of what it read. Never: throws on what others publish.
 */
import type { Msg, NatsConnection } from "nats";
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { MarketDataMessage } from "../../protocols/market_data.ts";
import { marketDataSubject, patterns } from "../../protocols/kernel/subjects.ts";
import {
  decodeMarketData,
  encodeMarketData,
  marketDataTopic,
} from "../../protocols/market_data.ts";
import type { LiveMarketView } from "./market_view.ts";

/** What became of the messages heard so far. */
export interface MarketDataCounts {
  readonly applied: number;
  /** Of pairs that this node is not configured for. */
  readonly foreign: number;
  /** Not a message of the contract, or off the instrument's grid. */
  readonly unreadable: number;
  /** Of the subscription itself, such as a permission that is missing. */
  readonly errors: number;
}

/** A running subscription. */
export interface MarketDataSubscription {
  readonly counts: () => MarketDataCounts;
  /** Ends it; the view keeps its last books. */
  readonly stop: () => void;
}

/**
 * Keeps a view up to date from all published market data, until stopped or the connection closes.
 * A reconnect resumes it.
 *
 * @param now_ns the clock that a message's arrival is stamped with
 */
export const subscribeMarketData = (
  connection: NatsConnection,
  view: LiveMarketView,
  now_ns: () => Instant_ns,
): MarketDataSubscription => {
  let applied = 0;
  let foreign = 0;
  let unreadable = 0;
  let errors = 0;
  const take = (message: Msg): void => {
    const topic = marketDataTopic(message.subject);
    const grid = topic === undefined ? undefined : view.gridOf(topic.venue, topic.instrument);
    if (topic === undefined || grid === undefined) {
      foreign += 1;
      return;
    }
    const update = decodeMarketData(topic.kind, message.data, grid);
    if (update === undefined) {
      unreadable += 1;
      return;
    }
    view.apply(topic.venue, topic.instrument, update, now_ns());
    applied += 1;
  };
  const subscription = connection.subscribe(patterns.marketData, {
    callback: (error, message) => {
      if (error === null) take(message);
      else errors += 1;
    },
  });
  return {
    counts: () => ({ applied, foreign, unreadable, errors }),
    stop: () => subscription.unsubscribe(),
  };
};

/**
 * Publishes one message of a venue's feed. False where the connection is ending: nobody can be
 * told any more, and nothing is owed. While it is down the message is lost or late, like any other.
 */
export const publishMarketData = (
  connection: NatsConnection,
  venue: VenueId,
  instrument: InstrumentId,
  message: MarketDataMessage,
): boolean => {
  if (connection.isClosed() || connection.isDraining()) return false;
  const subject = marketDataSubject(venue, instrument, message.kind);
  connection.publish(subject, encodeMarketData(message));
  return true;
};
