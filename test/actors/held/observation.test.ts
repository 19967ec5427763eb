/** What of several venues' markets a trigger may look at. */
import { describe, expect, it } from "vitest";
import { pointOf } from "../../../actors/held/observation.ts";
import type { VenueMarket } from "../../../actors/held/observation.ts";
import { bookOf } from "../market_data/market_fixture.ts";

const market = (bid: number, ask: number, received_ns = 10n): VenueMarket => ({
  book: bookOf([[bid, 1]], [[ask, 1]], received_ns),
  lastTrade: undefined,
});
const trade = (price_ticks: number, received_ns: bigint): VenueMarket => ({
  book: undefined,
  lastTrade: { price_ticks, received_ns },
});

describe("the observed point", () => {
  it("has the best bid and the best ask of the venues, which may cross each other", () => {
    expect(pointOf([market(100, 103), market(101, 104)], 0n)).toEqual({
      bid_ticks: 101,
      ask_ticks: 103,
    });
    expect(pointOf([market(100, 101), market(105, 106)], 0n)).toEqual({
      bid_ticks: 105,
      ask_ticks: 101,
    });
  });

  it("leaves a crossed book out, and takes one that is locked", () => {
    expect(pointOf([market(105, 101)], 0n)).toEqual({});
    expect(pointOf([market(105, 101), market(90, 95)], 0n)).toEqual({
      bid_ticks: 90,
      ask_ticks: 95,
    });
    expect(pointOf([market(100, 100)], 0n)).toEqual({ bid_ticks: 100, ask_ticks: 100 });
  });

  it("leaves out what is stale", () => {
    expect(pointOf([market(100, 101, 9n)], 10n)).toEqual({});
    expect(pointOf([market(100, 101, 10n), trade(99, 9n)], 10n)).toEqual({
      bid_ticks: 100,
      ask_ticks: 101,
    });
  });

  it("has one side where a book has one", () => {
    const book = bookOf([[100, 1]], [], 10n);
    expect(pointOf([{ book, lastTrade: undefined }], 0n)).toEqual({ bid_ticks: 100 });
  });

  it("has the trade that was heard last", () => {
    expect(pointOf([trade(7, 20n), trade(8, 30n), trade(9, 25n)], 0n)).toEqual({ last_ticks: 8 });
    expect(pointOf([], 0n)).toEqual({});
  });
});
