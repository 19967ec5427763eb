/**
 * What an algorithm decides on, gathered from the account's states and the markets.
 *
 * Volume is read from the markets' counts and stated as a fact, so that what an algorithm went by
 * is in the journal; a replay reads no market.
 *
 * Owns: that gathering.
 */
import type { AlgoTerms } from "../protocols/algo.ts";
import { fromNanos, milliseconds } from "../protocols/kernel/instant.ts";
import type { VenueId } from "../protocols/kernel/ids.ts";
import { isLive } from "../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../protocols/order.ts";
import type { PricePoint } from "../protocols/trigger.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { venuesNow } from "./account_route.ts";
import { childPrice_ticks } from "./algo/child_price.ts";
import { variedFloor_lots } from "./algo/iceberg_variation.ts";
import { othersVolume_lots } from "./algo/pov_model.ts";
import { countsVolume } from "./algo/slice_plan.ts";
import type { LiveSlice, SliceSituation } from "./algo/slice_plan.ts";
import type { VolumeCount } from "./algo/slicing_state.ts";
import { readCount, volumeKey } from "./algo/traded_volume.ts";
import { pointOf } from "./held/observation.ts";
import type { VenueMarket } from "./held/observation.ts";
import { nextSlice_lots } from "./order/iceberg_model.ts";
import { executed_lots, liveQty_lots } from "./order/order_reservation.ts";

/** What the algorithm of a worked order decides on now. */
export const situationOf = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  terms: OrderTerms,
): SliceSituation => {
  const { algo } = terms;
  if (algo === undefined) throw new Error("a worked order has an algorithm");
  const { now_ns } = turn;
  const open_lots = liveQty_lots(order);
  const venues = [...venuesNow(world, terms).keys()];
  const price_ticks = priceOf(turn, world, terms, algo, venues);
  const volume_lots = volumeOf(turn, world, order, terms, algo, venues, open_lots);
  const sentAt = turn.space.get("slicing", order.orderId)?.sentAt;
  const leg = order.legs.at(-1);
  const live = liveOf(order);
  return {
    algo: algo.type === "iceberg" ? { ...algo, shown_lots: shownOf(order, terms, algo) } : algo,
    orderQty_lots: terms.orderQty_lots,
    executed_lots: executed_lots(order),
    open_lots,
    volume_lots,
    now_ns,
    slices: order.legs.length,
    isFilled: leg !== undefined && leg.cumQty_lots >= leg.orderQty_lots,
    ...(sentAt === undefined ? {} : { sentAt_ns: fromNanos(sentAt) }),
    ...(live === undefined ? {} : { live }),
    ...(price_ticks === undefined ? {} : { price_ticks }),
  };
};

/** A leg that is not over is live for us, also where its fills came to its quantity. */
const liveOf = ({ legs }: OrderState): LiveSlice | undefined => {
  const live = legs.filter((leg) => isLive(leg));
  const [leg] = live;
  if (leg === undefined) return undefined;
  const isAlone = live.length === 1 && leg === legs.at(-1);
  const isUntouchable = !isAlone || leg.leaving !== undefined || leg.state === "in_doubt";
  const { price_ticks } = leg;
  return {
    leaves_lots: live.reduce((sum, one) => sum + one.orderQty_lots - one.cumQty_lots, 0),
    ...(price_ticks === undefined ? {} : { price_ticks }),
    isUntouchable,
  };
};

const shownOf = (
  order: OrderState,
  { held, orderQty_lots }: OrderTerms,
  { variance_bps }: Extract<AlgoTerms, { type: "iceberg" }>,
): number => {
  const slice = held?.slice;
  if (slice === undefined) throw new Error("an iceberg that we show has slices");
  const { orderId, legs } = order;
  const { maxFloor_lots, minQty_lots } = slice;
  const no = legs.length;
  return nextSlice_lots({
    orderQty_lots,
    cumQty_lots: executed_lots(order),
    open_lots: 0,
    maxFloor_lots: variedFloor_lots(maxFloor_lots, minQty_lots, variance_bps, orderId, no),
    minQty_lots,
  });
};

/** The price of a slice, by the books that are fresh at venues that are open. */
const priceOf = (
  turn: AccountTurn,
  { market, reference }: AccountWorld,
  { instrument, side, price_ticks }: OrderTerms,
  algo: AlgoTerms,
  venues: readonly VenueId[],
): number | undefined => {
  const markets: VenueMarket[] = [];
  for (const venue of venues) {
    if (turn.space.get("venue", venue)?.open !== true) continue;
    markets.push({ book: market.book(venue, instrument), lastTrade: undefined });
  }
  const oldest_ns = turn.now_ns - milliseconds(reference.referencePriceAge_ms_max);
  const point: PricePoint = pointOf(markets, oldest_ns);
  return childPrice_ticks(algo, side, price_ticks, point);
};

/** What others traded since the algorithm began; begins the count where it has not. */
const volumeOf = (
  turn: AccountTurn,
  world: AccountWorld,
  { orderId, account }: OrderState,
  { instrument }: OrderTerms,
  algo: AlgoTerms,
  venues: readonly VenueId[],
  open_lots: number,
): number => {
  if (!countsVolume(algo) || turn.now_ns < fromNanos(algo.start)) return 0;
  const counted = turn.space.get("slicing", orderId)?.volume;
  const names = counted?.base.map(({ venue }) => venue) ?? venues;
  for (const venue of names) {
    const known = turn.space.get("volume", volumeKey(venue, instrument));
    const read = readCount(known, world.market.traded?.(venue, instrument), turn.now_ns);
    if (read !== undefined) turn.emit({ what: "volume_observed", venue, instrument, ...read });
  }
  const totalOf = (venue: VenueId): number =>
    turn.space.get("volume", volumeKey(venue, instrument))?.total_lots ?? 0;
  if (counted === undefined) {
    const base = names.map((venue) => ({ venue, total_lots: totalOf(venue) }));
    turn.emit({ what: "volume_counted", orderId, account, instrument, base });
    return 0;
  }
  return othersVolume_lots(heard(counted, totalOf), counted.own_lots, open_lots);
};

const heard = ({ base }: VolumeCount, totalOf: (venue: VenueId) => number): number =>
  base.reduce((sum, { venue, total_lots }) => sum + totalOf(venue) - total_lots, 0);
