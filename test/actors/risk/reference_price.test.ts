/**
 * Which book is the reference: both sides, not crossed, fresh, narrowest; and what stale means.
 */
import { expect, test } from "vitest";
import { markOf, referencePrice } from "../../../actors/risk/reference_price.ts";
import type { ReferencePrice } from "../../../actors/risk/reference_price.ts";
import type { Book } from "../../../protocols/market.ts";
import type { RoutePolicy } from "../../../protocols/order.ts";
import {
  bookOf,
  btc,
  eth,
  venueId,
  venueOf,
  venuesOf,
  viewOf,
} from "../market_data/market_fixture.ts";

const now_ns = 10_000_000_000n;
const fresh_ns = now_ns - 500_000_000n;
const stale_ns = fresh_ns - 1n;
const smart: RoutePolicy = { policy: "smart" };
const directTo = (venue: string): RoutePolicy => ({ policy: "direct", venue: venueId(venue) });

const venues = venuesOf(venueOf("A"), venueOf("B"), venueOf("C"), venueOf("ETHER", 0, 0, [eth]));

const of = (books: Readonly<Record<string, Book>>, route: RoutePolicy = smart): ReferencePrice =>
  referencePrice(viewOf(books), venues, btc, route, now_ns, 500);

const narrow = bookOf([[100, 1]], [[102, 1]], fresh_ns);
const wide = bookOf([[90, 1]], [[110, 1]], fresh_ns);

test("the narrowest fresh book is the reference, the first listed at a tie", () => {
  expect(of({ A: wide, B: narrow })).toMatchObject({ status: "fresh", venue: "B", bid_ticks: 100 });
  expect(of({ B: narrow, C: narrow })).toMatchObject({ venue: "B" });
});

test("a book exactly as old as allowed is fresh, one nanosecond older is stale", () => {
  expect(of({ A: bookOf([[1, 1]], [[2, 1]], fresh_ns) })).toMatchObject({ status: "fresh" });
  expect(of({ A: bookOf([[1, 1]], [[2, 1]], stale_ns) })).toEqual({
    status: "stale",
    venue: "A",
    bid_ticks: 1,
    ask_ticks: 2,
    age_ms: 500,
    age_ms_max: 500,
  });
});

test("a fresh book counts before a narrower stale one; of stale ones the latest", () => {
  const stale = bookOf([[100, 1]], [[101, 1]], stale_ns);
  const older = bookOf([[100, 1]], [[101, 1]], 1n);
  expect(of({ A: stale, B: wide })).toMatchObject({ status: "fresh", venue: "B" });
  expect(of({ A: older, B: stale })).toMatchObject({ status: "stale", venue: "B" });
});

test("a book without both sides, or crossed, is none; a locked one is", () => {
  expect(of({})).toEqual({ status: "missing" });
  expect(of({ A: bookOf([[100, 1]], [], fresh_ns) })).toEqual({ status: "missing" });
  expect(of({ A: bookOf([], [[100, 1]], fresh_ns) })).toEqual({ status: "missing" });
  expect(of({ A: bookOf([[101, 1]], [[100, 1]], fresh_ns) })).toEqual({ status: "missing" });
  expect(of({ A: bookOf([[101, 1]], [[100, 1]], fresh_ns), B: wide })).toMatchObject({
    venue: "B",
  });
  expect(of({ A: bookOf([[100, 1]], [[100, 1]], fresh_ns) })).toMatchObject({ status: "fresh" });
});

test("a direct order is judged by its own venue's book alone", () => {
  expect(of({ A: wide, B: narrow }, directTo("A"))).toMatchObject({ venue: "A" });
  expect(of({ B: narrow }, directTo("A"))).toEqual({ status: "missing" });
});

test("a direct order to a venue that does not offer it is left to the router to refuse", () => {
  expect(of({ B: narrow }, directTo("NOWHERE"))).toMatchObject({ status: "fresh", venue: "B" });
  expect(of({ B: narrow }, directTo("ETHER"))).toMatchObject({ status: "fresh", venue: "B" });
});

test("a mark is the mid towards the bid, also of a stale book", () => {
  expect(markOf(of({ A: bookOf([[100, 1]], [[103, 1]], fresh_ns) }))).toBe(101);
  expect(markOf(of({ A: bookOf([[-3, 1]], [[0, 1]], stale_ns) }))).toBe(-2);
  expect(markOf({ status: "missing" })).toBeUndefined();
});
