/**
 * Routing by example: direct, best price with fees, depth, staleness, closed venues, resting.
 */
import { describe, expect, test } from "vitest";
import { chooseVenue } from "../../../actors/router/route_policy.ts";
import type { RouteWorld } from "../../../actors/router/route_policy.ts";
import { isRoute } from "../../../actors/router/route.ts";
import type { RouteOrder } from "../../../actors/router/route.ts";
import type { VenueProfile } from "../../../protocols/instrument.ts";
import type { Book } from "../../../protocols/market.ts";
import {
  bookOf,
  btc,
  eth,
  venueId,
  venueOf,
  venuesOf,
  viewOf,
} from "../market_data/market_fixture.ts";
import type { Levels } from "../market_data/market_fixture.ts";

const now_ns = 10_000_000_000n;
const fresh_ns = now_ns - 500_000_000n;

/** A venue, its book and whether it is open; undefined: not heard of. */
interface Place {
  readonly venue: VenueProfile;
  readonly book?: Book;
  readonly open?: boolean | undefined;
  readonly breaker?: "open" | "half_open";
  readonly congested?: true;
}

const worldOf = (...places: readonly Place[]): RouteWorld => {
  const books: Record<string, Book> = {};
  for (const { venue, book } of places) if (book !== undefined) books[venue.id] = book;
  return {
    venues: venuesOf(...places.map(({ venue }) => venue)),
    statusOf: (id) => {
      const place = places.find(({ venue }) => venue.id === id);
      const open = place === undefined || !("open" in place) ? true : place.open;
      if (open === undefined) return undefined;
      const breaker = place?.breaker === undefined ? {} : { breaker: place.breaker };
      const congested = place?.congested === undefined ? {} : { congested: true as const };
      return { open, reason: open ? "up" : "reconciling", ...breaker, ...congested };
    },
    market: viewOf(books),
    bookAge_ms_max: 500,
  };
};

const asks = (...levels: Levels): Book => bookOf([[90, 1_000]], levels, fresh_ns);
const bids = (...levels: Levels): Book => bookOf(levels, [[110, 1_000]], fresh_ns);

const buy = (
  orderQty_lots: number,
  price_ticks?: number,
  more: Partial<RouteOrder> = {},
): RouteOrder => ({
  instrument: btc,
  side: "buy",
  orderQty_lots,
  ...(price_ticks === undefined ? {} : { price_ticks }),
  execInst: [],
  route: { policy: "smart" },
  ...more,
});

const chosen = (order: RouteOrder, ...places: readonly Place[]): string => {
  const answer = chooseVenue(order, worldOf(...places), now_ns);
  return isRoute(answer) ? answer.venue : answer.code;
};

describe("direct", () => {
  const to = (venue: string): RouteOrder =>
    buy(1, 100, { route: { policy: "direct", venue: venueId(venue) } });

  test("goes where it says, whatever is better elsewhere, and needs no book", () => {
    const better = { venue: venueOf("B"), book: asks([1, 100]) };
    expect(chosen(to("A"), { venue: venueOf("A", 9, 9) }, better)).toBe("A");
  });

  test("to no venue, or to one that does not offer the instrument, is refused", () => {
    expect(chosen(to("NOWHERE"), { venue: venueOf("A") })).toBe("ROUTE_VENUE_UNKNOWN");
    expect(chosen(to("A"), { venue: venueOf("A", 0, 0, [eth]) })).toBe("ROUTE_VENUE_UNKNOWN");
  });

  test("to a venue that is closed or not heard of is refused with its reason", () => {
    const closed = worldOf({ venue: venueOf("A"), open: false });
    expect(chooseVenue(to("A"), closed, now_ns)).toEqual({
      code: "ROUTE_VENUE_DOWN",
      text: "venue=A reason=reconciling",
    });
    const unheard = worldOf({ venue: venueOf("A"), open: undefined });
    expect(chooseVenue(to("A"), unheard, now_ns)).toMatchObject({ code: "ROUTE_VENUE_DOWN" });
  });
});

describe("taking", () => {
  test("takes the better price when the fees are alike", () => {
    const a = { venue: venueOf("A", 0, 10), book: asks([101, 5]) };
    const b = { venue: venueOf("B", 0, 10), book: asks([100, 5]) };
    expect(chosen(buy(5), a, b)).toBe("B");
    expect(chosen(buy(5, 105), a, b)).toBe("B");
  });

  test("a fee can flip the best price, for a purchase and for a sale", () => {
    // 10000 × 1.0010 = 10010 against 10005 × 1.0004 = 10009.002
    const cheap = { venue: venueOf("A", 0, 10), book: asks([10_000, 5]) };
    const dear = { venue: venueOf("B", 0, 4), book: asks([10_005, 5]) };
    expect(chosen(buy(5), cheap, dear)).toBe("B");
    // 10005 × 0.9990 = 9994.995 against 10000 × 0.9996 = 9996
    const high = { venue: venueOf("A", 0, 10), book: bids([10_005, 5]) };
    const low = { venue: venueOf("B", 0, 4), book: bids([10_000, 5]) };
    expect(chosen(buy(5, undefined, { side: "sell" }), high, low)).toBe("B");
    expect(chosen(buy(5, undefined, { side: "sell_short" }), high, low)).toBe("B");
  });

  test("a rebate counts for the taker", () => {
    const flat = { venue: venueOf("A"), book: asks([10_000, 5]) };
    const rebate = { venue: venueOf("B", 0, -2), book: asks([10_001, 5]) };
    expect(chosen(buy(5), flat, rebate)).toBe("B");
  });

  test("fees a hundredth of a basis point apart decide where a float would not", () => {
    const a = { venue: venueOf("A", 0, 2.25), book: asks([9_007_199_254_740, 1_000]) };
    const b = { venue: venueOf("B", 0, 2.2499), book: asks([9_007_199_254_740, 1_000]) };
    expect(chosen(buy(1_000), a, b)).toBe("B");
  });

  test("the whole quantity is priced over the levels, not the first one alone", () => {
    const thin = { venue: venueOf("A"), book: asks([100, 1], [150, 9]) };
    const thick = { venue: venueOf("B"), book: asks([101, 10]) };
    expect(chosen(buy(10), thin, thick)).toBe("B");
    expect(chosen(buy(1), thin, thick)).toBe("A");
  });

  test("a venue that shows the whole quantity goes before a cheaper one that does not", () => {
    const thin = { venue: venueOf("A"), book: asks([100, 9]) };
    const thick = { venue: venueOf("B"), book: asks([105, 10]) };
    expect(chosen(buy(10), thin, thick)).toBe("B");
  });

  test("levels beyond the limit price do not count as depth", () => {
    const thin = { venue: venueOf("A"), book: asks([100, 6], [106, 100]) };
    const thick = { venue: venueOf("B"), book: asks([104, 7]) };
    expect(chosen(buy(10, 105), thin, thick)).toBe("B");
    expect(chosen(buy(10, 106), thin, thick)).toBe("A");
  });

  test("more than anyone shows goes to the one that shows the most", () => {
    const a = { venue: venueOf("A"), book: asks([100, 5]) };
    const b = { venue: venueOf("B"), book: asks([101, 6]) };
    expect(chosen(buy(1_000), a, b)).toBe("B");
  });

  test("at the same cost the deeper venue, then the lower id", () => {
    const shallow = { venue: venueOf("A"), book: asks([100, 5]) };
    const deep = { venue: venueOf("B"), book: asks([100, 50]) };
    expect(chosen(buy(5), shallow, deep)).toBe("B");
    const twin = { venue: venueOf("C"), book: asks([100, 50]) };
    expect(chosen(buy(5), twin, deep)).toBe("B");
  });

  test("values beyond the safe integers are still compared exactly", () => {
    const big = 9_007_199_254_740_000;
    const a = { venue: venueOf("A"), book: asks([big, 999], [big + 2, 1]) };
    const b = { venue: venueOf("B"), book: asks([big, 999], [big + 1, 1]) };
    expect(chosen(buy(1_000), a, b)).toBe("B");
    expect(chosen(buy(1_000), b, a)).toBe("B");
  });

  test("a market order that finds nothing to take is refused", () => {
    const empty = { venue: venueOf("A"), book: bookOf([[90, 5]], [], fresh_ns) };
    expect(chosen(buy(5), empty)).toBe("ROUTE_NO_VENUE");
  });
});

describe("resting", () => {
  const at = (id: string, maker_bps: number, bid: number, ask = 110): Place => ({
    venue: venueOf(id, maker_bps, 0),
    book: bookOf([[bid, 1]], [[ask, 1]], fresh_ns),
  });

  test("goes to the lowest maker fee, a rebate before none", () => {
    expect(chosen(buy(1, 100), at("A", 0, 99), at("B", -0.5, 95), at("C", 1, 99))).toBe("B");
  });

  test("at the same fee goes where its own side is best, then to the lower id", () => {
    expect(chosen(buy(1, 100), at("A", 1, 98), at("B", 1, 99))).toBe("B");
    expect(chosen(buy(1, 100), at("B", 1, 99), at("A", 1, 99))).toBe("A");
    const sale = buy(1, 105, { side: "sell" });
    expect(chosen(sale, at("A", 1, 98, 109), at("B", 1, 98, 108))).toBe("B");
  });

  test("a venue without anybody on its own side comes last, but counts", () => {
    const empty = { venue: venueOf("A"), book: bookOf([], [], fresh_ns) };
    expect(chosen(buy(1, 100), empty, at("B", 0, 1))).toBe("B");
    expect(chosen(buy(1, 100), empty)).toBe("A");
  });

  test("one venue within reach makes the order a taker there", () => {
    expect(chosen(buy(1, 100), at("A", -5, 99, 101), at("B", 5, 99, 100))).toBe("B");
  });

  test("a post-only order rests where it does not cross, and crosses only if it must", () => {
    const postOnly = buy(1, 100, { execInst: ["post_only"] });
    expect(chosen(postOnly, at("A", -5, 99, 100), at("B", 5, 99, 101))).toBe("B");
    expect(chosen(postOnly, at("A", 5, 99, 100), at("B", -5, 99, 100))).toBe("B");
  });
});

describe("what does not count", () => {
  const good = { venue: venueOf("GOOD", 5, 50), book: asks([109, 100]) };
  const best = asks([100, 100]);

  test("a stale book", () => {
    const stale = { ...best, received_ns: fresh_ns - 1n };
    expect(chosen(buy(5), { venue: venueOf("A"), book: best }, good)).toBe("A");
    expect(chosen(buy(5), { venue: venueOf("A"), book: stale }, good)).toBe("GOOD");
    expect(chosen(buy(5, 95), { venue: venueOf("A"), book: stale }, good)).toBe("GOOD");
  });

  test("a missing book, a closed venue, one not heard of, one without the instrument", () => {
    expect(chosen(buy(5), { venue: venueOf("A") }, good)).toBe("GOOD");
    expect(chosen(buy(5), { venue: venueOf("A"), book: best, open: false }, good)).toBe("GOOD");
    expect(chosen(buy(5), { venue: venueOf("A"), book: best, open: undefined }, good)).toBe("GOOD");
    expect(chosen(buy(5), { venue: venueOf("A", 0, 0, [eth]), book: best }, good)).toBe("GOOD");
  });

  test("is named in the refusal where nothing is left", () => {
    const stale = { ...best, received_ns: 0n };
    const world = worldOf(
      { venue: venueOf("A"), book: stale },
      { venue: venueOf("B"), book: best, open: false },
      { venue: venueOf("C") },
    );
    expect(chooseVenue(buy(5), world, now_ns)).toEqual({
      code: "ROUTE_NO_VENUE",
      text: "instrument=BTC-USDT usable=0 out=A:stale,B:closed,C:no_book",
    });
    expect(chosen(buy(5))).toBe("ROUTE_NO_VENUE");
  });
});

test("the record of a choice has what decided it", () => {
  const world = worldOf(
    { venue: venueOf("A", 0, 10), book: asks([10_000, 5]) },
    { venue: venueOf("B", 0, 4), book: asks([10_005, 5]) },
    { venue: venueOf("C"), open: false },
  );
  expect(chooseVenue(buy(5), world, now_ns)).toEqual({
    venue: "B",
    why:
      "take B px=10005 qty=5 of=5 value=50025 taker_bps=4" +
      " over A px=10000 qty=5 of=5 value=50000 taker_bps=10 out C:closed",
  });
  expect(chooseVenue(buy(5, 95), world, now_ns)).toEqual({
    venue: "A",
    why: "rest A maker_bps=0 own=90 over B maker_bps=0 own=90 out C:closed",
  });
});

describe("a venue whose rate limits are used up (51)", () => {
  const cheap = { venue: venueOf("CHEAP"), book: asks([100, 10]), congested: true } as const;

  test("is left for one that takes orders now, and told why", () => {
    const dear = { venue: venueOf("DEAR"), book: asks([105, 10]) };
    const answer = chooseVenue(buy(1, 110), worldOf(cheap, dear), now_ns);
    expect(isRoute(answer) ? [answer.venue, answer.why] : answer).toEqual([
      "DEAR",
      expect.stringContaining("CHEAP:congested"),
    ]);
  });

  test("is taken where there is no other, or where the order says so", () => {
    expect(chosen(buy(1, 110), cheap)).toBe("CHEAP");
    expect(chosen(buy(1, 110), cheap, { venue: venueOf("SHUT"), open: false })).toBe("CHEAP");
    const direct = { route: { policy: "direct", venue: venueId("CHEAP") } } as const;
    expect(chosen(buy(1, 110, direct), cheap, { venue: venueOf("DEAR") })).toBe("CHEAP");
  });
});

describe("circuit breakers (51)", () => {
  const cheap = { venue: venueOf("CHEAP", 0, 0), book: asks([100, 10]) };
  const dear = { venue: venueOf("DEAR", 0, 50), book: asks([100, 10]) };
  const at = (breaker: "open" | "half_open", moment_ns: bigint, ...more: readonly Place[]) => {
    const answer = chooseVenue(
      buy(1, 100),
      worldOf({ ...cheap, breaker, book: asks([100, 10]) }, ...more),
      moment_ns,
    );
    return isRoute(answer) ? answer.venue : answer.code;
  };

  test("flow moves to another venue while one is open, and nowhere if there is none", () => {
    expect(chosen(buy(1, 100), cheap, dear)).toBe("CHEAP");
    expect(at("open", now_ns, dear)).toBe("DEAR");
    expect(at("open", now_ns)).toBe("ROUTE_NO_VENUE");
  });

  test("a direct order to an open one is refused by its code, to one on trial it goes", () => {
    const direct = { route: { policy: "direct", venue: venueId("CHEAP") } } as const;
    expect(chosen(buy(1, 100, direct), { ...cheap, breaker: "open" })).toBe("ROUTE_VENUE_BREAKER");
    expect(chosen(buy(1, 100, direct), { ...cheap, breaker: "half_open" })).toBe("CHEAP");
  });

  test("one on trial gets one order in sixteen, by the moment decided, or all alone", () => {
    const moments = Array.from({ length: 4_000 }, (_, no) => now_ns - BigInt(no) * 1_009n);
    const chosenAt = moments.map((moment_ns) => at("half_open", moment_ns, dear));
    const share = chosenAt.filter((id) => id === "CHEAP").length / moments.length;
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.09);
    expect(moments.every((moment_ns) => at("half_open", moment_ns) === "CHEAP")).toBe(true);
    expect(moments.map((moment_ns) => at("half_open", moment_ns, dear))).toEqual(chosenAt);
  });
});
