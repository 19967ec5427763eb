/**
 * The account's profit in one currency from the markets as they are now: where positions, reference
 * data and market data meet.
 *
 * Owns: which mids count as rates and marks: fresh ones only, of one real book each.
 */
import type { AccountId, InstrumentId } from "../protocols/kernel/ids.ts";
import type { Instant_ns } from "../protocols/kernel/instant.ts";
import { holdingKey, startingWith } from "./account_kinds.ts";
import type { AccountSpace, AccountWorld } from "./account_kinds.ts";
import { convertHalfEven, profitOf } from "./position/account_profit.ts";
import type { AccountProfit, ConvertedProfit } from "./position/account_profit.ts";
import { midRate, ratesOf } from "./position/exchange_rates.ts";
import type { QuotedPair, RatesView } from "./position/exchange_rates.ts";
import { markOf, referencePrice } from "./risk/reference_price.ts";
import type { ReferencePrice } from "./risk/reference_price.ts";

type Markets = Pick<AccountWorld, "reference" | "market">;

/** The rates that the configured instruments' mids make now. */
export const marketRates = (world: Markets, now_ns: Instant_ns): RatesView => {
  const pairs: QuotedPair[] = [];
  for (const { id, base, quote, grid } of world.reference.instruments.values()) {
    const price = priceOf(world, id, now_ns);
    if (price.status === "missing") continue;
    const mid = midRate(price.bid_ticks, price.ask_ticks, grid.tick);
    pairs.push({ base, quote, mid, fresh: price.status === "fresh" });
  }
  return ratesOf(pairs);
};

/** An account's profit by currency, and in one currency where every rate and mark is fresh. */
export const accountProfit = (
  space: AccountSpace,
  world: Markets,
  account: AccountId,
  currency: string,
  digits: number,
  now_ns: Instant_ns,
): { readonly profit: AccountProfit; readonly converted: ConvertedProfit } => {
  const positions = [...startingWith(space, "position", holdingKey(account, ""))];
  const profit = profitOf(positions, (instrument) => {
    const price = priceOf(world, instrument, now_ns);
    return price.status === "fresh" ? markOf(price) : undefined;
  });
  const rates = marketRates(world, now_ns);
  return { profit, converted: convertHalfEven(profit, currency, rates, digits) };
};

const priceOf = (
  { reference, market }: Markets,
  instrument: InstrumentId,
  now_ns: Instant_ns,
): ReferencePrice =>
  referencePrice(
    market,
    reference.venues,
    instrument,
    { policy: "smart" },
    now_ns,
    reference.referencePriceAge_ms_max,
  );
