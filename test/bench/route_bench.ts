/**
 * How long the choice of a venue takes: ten venues with ten levels a side each, all open and fresh,
 * fees that differ, orders that take one level or many and orders that rest.
 */
import { createMarketView } from "../../actors/market_data/market_view.ts";
import { chooseVenue } from "../../actors/router/route_policy.ts";
import type { RouteWorld } from "../../actors/router/route_policy.ts";
import { isRoute } from "../../actors/router/route.ts";
import type { RouteOrder } from "../../actors/router/route.ts";
import {
  bookOf,
  btc,
  instruments,
  venueOf,
  venuesOf,
} from "../actors/market_data/market_fixture.ts";
import type { Levels } from "../actors/market_data/market_fixture.ts";
import { timeCalls } from "./call_timing.ts";
import type { CallTiming } from "./call_timing.ts";

const now_ns = 1_800_000_000_000_000_000n;

const tenVenues = (): RouteWorld => {
  const profiles = Array.from({ length: 10 }, (_, place) =>
    venueOf(`SIM${place}`, (place % 4) - 1, 2.5 + (place % 3)),
  );
  const venues = venuesOf(...profiles);
  const market = createMarketView({ instruments, venues });
  const side = (best: number, step: 1 | -1): Levels =>
    Array.from({ length: 10 }, (_, level) => [best + step * level * 3, 20_000 + level * 1_000]);
  for (const [place, venue] of profiles.entries()) {
    const book = bookOf(side(6_199_990 - place, -1), side(6_200_010 + (place % 7), 1));
    market.apply(venue.id, btc, { kind: "depth", ...book }, now_ns - 1_000_000n);
  }
  const open = { open: true, reason: "logged_on" };
  return { venues, statusOf: () => open, market, bookAge_ms_max: 500 };
};

const orders = (): readonly RouteOrder[] =>
  Array.from({ length: 200 }, (_, index): RouteOrder => {
    const buys = index % 2 === 0;
    const reach = buys ? 6_200_100 : 6_199_900;
    const rest = buys ? 6_199_000 : 6_201_000;
    return {
      instrument: btc,
      side: buys ? "buy" : "sell",
      // From one level of a venue to more than all ten of it.
      orderQty_lots: 10_000 + index * 1_300,
      ...(index % 5 === 0 ? {} : { price_ticks: index % 5 === 1 ? rest : reach }),
      execInst: [],
      route: { policy: "smart" },
    };
  });

/** Times the choice; throws where an order of the mix finds no venue. */
export const benchRoute = (iterations: number): CallTiming => {
  const world = tenVenues();
  const mix = orders();
  const route = (index: number): string => {
    const order = mix[index % mix.length];
    if (order === undefined) throw new Error("the mix has an order at every index");
    const answer = chooseVenue(order, world, now_ns);
    if (!isRoute(answer)) throw new Error(`refused: ${answer.code} ${answer.text}`);
    return answer.venue;
  };
  return timeCalls(route, iterations);
};
