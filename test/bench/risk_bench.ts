/**
 * How long the whole pre-trade check of an order takes on the accepting path: the reference price
 * out of live books at three venues, then every guard.
 *
 * State as in production: an account with twenty instruments, open orders and a position; orders of
 * all kinds (new and replace, buy and sell, limit and market) in turn. Every one is accepted; the
 * benchmark fails otherwise, since a refusal would measure another path.
 */
import { createMarketView } from "../../actors/market_data/market_view.ts";
import { noExposure } from "../../actors/risk/exposure_model.ts";
import { referencePrice } from "../../actors/risk/reference_price.ts";
import { checkOrder } from "../../actors/risk/risk_checks.ts";
import type { OrderSize, RiskInput } from "../../actors/risk/risk_input.ts";
import type { AccountLimits, Instrument, InstrumentLimits } from "../../protocols/instrument.ts";
import type { InstrumentId } from "../../protocols/kernel/ids.ts";
import type { MarketView } from "../../protocols/market.ts";
import type { RoutePolicy } from "../../protocols/order.ts";
import { account, bookOf, grid, venueOf, venuesOf } from "../actors/market_data/market_fixture.ts";
import { timeCalls } from "./call_timing.ts";
import type { CallTiming } from "./call_timing.ts";

const now_ns = 1_800_000_000_000_000_000n;
const smart: RoutePolicy = { policy: "smart" };

const ids = Array.from({ length: 20 }, (_, index) => `COIN${index}-USDT` as InstrumentId);
const venues = venuesOf(...["SIMX", "SIMY", "SIMZ"].map((id) => venueOf(id, 1, 5, ids)));

const limit: InstrumentLimits = {
  maxOrderQty_lots: 10_000_000,
  maxOrderNotional: 10n ** 15n,
  maxPosition_lots: 100_000_000,
  collar_bps: 200,
};
const limits: AccountLimits = {
  account,
  maxOpenOrders: 10_000,
  instruments: new Map(ids.map((id) => [id, limit])),
};

const liveBooks = (): MarketView => {
  const instruments = new Map(
    ids.map((id): [InstrumentId, Instrument] => [
      id,
      { id, base: id, quote: "USDT", grid, minQty_lots: 1 },
    ]),
  );
  const view = createMarketView({ instruments, venues });
  for (const [place, venue] of [...venues.values()].entries()) {
    for (const id of ids) {
      const book = bookOf([[6_199_990 - place, 500_000]], [[6_200_010 + place, 500_000]]);
      view.apply(venue.id, id, { kind: "depth", ...book }, now_ns - 1_000_000n);
    }
  }
  return view;
};

type Case = Omit<RiskInput, "reference">;

const cases = (): readonly Case[] =>
  Array.from({ length: 1_000 }, (_, index): Case => {
    const instrument = ids[index % ids.length] ?? ("COIN0-USDT" as InstrumentId);
    const size = (qty_lots: number): OrderSize => ({
      orderQty_lots: qty_lots,
      leavesQty_lots: qty_lots,
      price_ticks: index % 10 === 9 ? undefined : 6_199_500 + (index % 977),
    });
    return {
      account,
      instrument,
      grid,
      side: index % 3 === 0 ? "sell" : "buy",
      order: size(20_000 + index),
      replaces: index % 4 === 3 ? size(10_000) : undefined,
      limits,
      tradingState: "active",
      openOrders: 1_234,
      netQty_lots: 250_000,
      exposure: {
        ...noExposure(account, instrument),
        openBuy_lots: 900_000,
        openSell_lots: 800_000,
        openOrders: 60,
      },
    };
  });

/** Times the check; throws where an order of the mix is refused. */
export const benchRisk = (iterations: number): CallTiming => {
  const market = liveBooks();
  const mix = cases();
  const check = (index: number): boolean => {
    const one = mix[index % mix.length];
    if (one === undefined) throw new Error("the mix has an order at every index");
    const { instrument } = one;
    const reference = referencePrice(market, venues, instrument, smart, now_ns, 500);
    const refusal = checkOrder({
      account: one.account,
      instrument,
      grid: one.grid,
      side: one.side,
      order: one.order,
      replaces: one.replaces,
      limits: one.limits,
      tradingState: one.tradingState,
      openOrders: one.openOrders,
      netQty_lots: one.netQty_lots,
      exposure: one.exposure,
      reference,
    });
    if (refusal !== undefined) throw new Error(`refused: ${refusal.code} ${refusal.text}`);
    return true;
  };
  return timeCalls(check, iterations);
};
