/**
 * Requests for venue tests: one instrument, ids of a chosen account shard.
 */
import { stepOf } from "../../../protocols/kernel/grid.ts";
import type { Grid } from "../../../protocols/kernel/grid.ts";
import {
  AccountId,
  ClOrdId,
  InstrumentId,
  legClOrdIdOf,
  orderIdOf,
  StrategyId,
  VenueId,
} from "../../../protocols/kernel/ids.ts";
import type { LegClOrdId, OrderId } from "../../../protocols/kernel/ids.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { Instrument } from "../../../protocols/instrument.ts";
import type { CancelLeg, PlaceLeg, ReplaceLeg } from "../../../protocols/venue.ts";

/** The venue of these tests. */
export const venue = VenueId.make("SIMX");

/** The only instrument of these tests. */
export const btc = InstrumentId.make("BTC-USDT");

const stepOrThrow = (text: string) => {
  const step = stepOf(text);
  if (step === undefined) throw new Error(`no step: ${text}`);
  return step;
};

/** Its grid. */
export const grid: Grid = { tick: stepOrThrow("0.01"), lot: stepOrThrow("0.00001") };

/** Reference data with the one instrument. */
export const instruments: ReadonlyMap<InstrumentId, Instrument> = new Map([
  [btc, { id: btc, base: "BTC", quote: "USDT", grid, minQty_lots: 1 }],
]);

/** The order of that name. */
export const orderOf = (name: string): OrderId =>
  orderIdOf(AccountId.make("DEMO"), StrategyId.make("mm"), ClOrdId.make(name));

/** A request id of an order in account shard `shard`. */
export const legOf = (name: string, purpose: string, shard = 3): LegClOrdId =>
  legClOrdIdOf(shard, orderOf(name), purpose);

/** A limit order that may leave until `deadline_ns`. */
export const place = (
  name: string,
  deadline_ns: bigint,
  change: Partial<PlaceLeg> = {},
): PlaceLeg => ({
  kind: "place",
  orderId: orderOf(name),
  clOrdId: legOf(name, "new:0"),
  instrument: btc,
  grid,
  side: "buy",
  ordType: "limit",
  timeInForce: "gtc",
  orderQty_lots: 1_000,
  price_ticks: 5_000_000,
  deadline: toNanos(deadline_ns),
  ...change,
});

/** A cancel of the order's first id, or of `origClOrdId`. */
export const cancel = (name: string, no = 1, origClOrdId = legOf(name, "new:0")): CancelLeg => ({
  kind: "cancel",
  orderId: orderOf(name),
  clOrdId: legOf(name, `cancel:${no}`),
  origClOrdId,
  instrument: btc,
  grid,
});

/** A replace of the order's first id, or of `origClOrdId`. */
export const replace = (
  name: string,
  no: number,
  deadline_ns: bigint,
  origClOrdId = legOf(name, "new:0"),
): ReplaceLeg => ({
  kind: "replace",
  orderId: orderOf(name),
  clOrdId: legOf(name, `replace:${no}`),
  origClOrdId,
  instrument: btc,
  grid,
  orderQty_lots: 2_000,
  price_ticks: 5_000_100,
  deadline: toNanos(deadline_ns),
});
