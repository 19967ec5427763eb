/**
 * The choice against a naive chooser that buys lot by lot in exact fractions, on random markets;
 * and it never depends on the order in which venues are listed.
 */
import { expect, test } from "vitest";
import { chooseVenue } from "../../../actors/router/route_policy.ts";
import type { RouteWorld } from "../../../actors/router/route_policy.ts";
import { isRoute } from "../../../actors/router/route.ts";
import type { RouteOrder } from "../../../actors/router/route.ts";
import type { VenueProfile } from "../../../protocols/instrument.ts";
import type { Book } from "../../../protocols/market.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { bookOf, btc, venueOf, venuesOf, viewOf } from "../market_data/market_fixture.ts";

const seeds = Array.from({ length: 30 }, (_, index) => 500 + index);

interface Market {
  readonly profiles: readonly VenueProfile[];
  readonly books: Readonly<Record<string, Book>>;
}

const randomMarket = (below: (limit: number) => number): Market => {
  const profiles = Array.from({ length: 1 + below(5) }, (_, index) =>
    venueOf(`V${index}`, 0, (below(9) - 2) / 4),
  );
  const side = (start: number, step: 1 | -1): [number, number][] => {
    let price = start;
    return Array.from({ length: below(4) }, () => {
      price += step * (1 + below(2));
      return [price, 1 + below(4)];
    });
  };
  const books = profiles.map((one) => [one.id, bookOf(side(1_000, -1), side(999, 1))] as const);
  return { profiles, books: Object.fromEntries(books) };
};

/** Each lot at its own price, the fee as whole quarters of a basis point. */
const lotByLot = (order: RouteOrder, profile: VenueProfile, book: Book): readonly number[] => {
  const levels = order.side === "buy" ? book.asks : book.bids;
  const lots = levels.flatMap((level) => Array<number>(level.qty_lots).fill(level.price_ticks));
  const reach = lots.filter(
    (price) =>
      order.price_ticks === undefined ||
      (order.side === "buy" ? price <= order.price_ticks : price >= order.price_ticks),
  );
  const quarters = profile.taker_bps * 4;
  const sign = order.side === "buy" ? 1 : -1;
  const taken = reach.slice(0, order.orderQty_lots);
  const cost = taken.reduce((sum, price) => sum + sign * price * (40_000 + sign * quarters), 0);
  return [-taken.length, cost, -reach.length];
};

const naiveTaker = (order: RouteOrder, { profiles, books }: Market): string | undefined => {
  const ranked = profiles
    .flatMap((profile) => {
      const book = books[profile.id];
      return book === undefined ? [] : [{ id: profile.id, rank: lotByLot(order, profile, book) }];
    })
    .filter(({ rank }) => rank[0] !== 0)
    .sort((a, b) => {
      for (const [i, value] of a.rank.entries()) {
        const other = b.rank[i] ?? 0;
        if (value !== other) return value - other;
      }
      return a.id < b.id ? -1 : 1;
    });
  return ranked[0]?.id;
};

/** All maker fees are alike here: the best own side, then the lowest id. */
const naiveRester = (order: RouteOrder, { profiles, books }: Market): string | undefined => {
  if (order.price_ticks === undefined) return undefined;
  const own = (id: string): number => {
    const book = books[id];
    return order.side === "buy"
      ? (book?.bids[0]?.price_ticks ?? -Infinity)
      : -(book?.asks[0]?.price_ticks ?? Infinity);
  };
  const best = Math.max(...profiles.map(({ id }) => own(id)));
  return profiles
    .map(({ id }) => id)
    .filter((id) => own(id) === best)
    .sort()[0];
};

test.each(seeds)("the venue is the naive chooser's, in any listing order (seed %i)", (seed) => {
  const prng = createPrng(seed);
  const nextUint32 = (): number => prng.nextUint32();
  const below = (limit: number): number => nextUint32() % limit;
  for (let round = 0; round < 60; round += 1) {
    const market = randomMarket(below);
    const order: RouteOrder = {
      instrument: btc,
      side: below(2) === 0 ? "buy" : "sell",
      orderQty_lots: 1 + below(8),
      ...(below(3) === 0 ? {} : { price_ticks: 996 + below(9) }),
      execInst: [],
      route: { policy: "smart" },
    };
    const routeIn = (profiles: readonly VenueProfile[]): string | undefined => {
      const world: RouteWorld = {
        venues: venuesOf(...profiles),
        statusOf: () => ({ open: true, reason: "" }),
        market: viewOf(market.books),
        bookAge_ms_max: 1,
      };
      const answer = chooseVenue(order, world, 0n);
      return isRoute(answer) ? answer.venue : undefined;
    };
    const here = routeIn(market.profiles);
    expect(here).toBe(naiveTaker(order, market) ?? naiveRester(order, market));
    expect(routeIn(market.profiles.toReversed())).toBe(here);
  }
});
