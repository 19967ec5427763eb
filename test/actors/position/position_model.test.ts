/**
 * Positions by example: opening, adding, closing, going through zero, fees, and what is refused.
 */
import { Schema } from "effect";
import { expect, test } from "vitest";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { Side } from "../../../protocols/venue.ts";
import { applyFill, averagePrice, unrealized } from "../../../actors/position/position_model.ts";
import type { Fill, PositionState } from "../../../actors/position/position_model.ts";
import { positionEventBody } from "../../../actors/position/position_event_body.ts";
import { PositionEventBody } from "../../../protocols/position_event.ts";
import { account, btc, gridOf } from "../market_data/market_fixture.ts";

const grid = gridOf("0.5", "0.1");

const fill = (
  side: Side,
  qty_lots: number,
  price_ticks: number,
  more: Partial<Fill> = {},
): Fill => ({
  account,
  instrument: btc,
  grid,
  currency: "USDT",
  side,
  qty_lots,
  price_ticks,
  tsEvent: "7" as Nanos,
  ...more,
});

const after = (...fills: readonly Fill[]): PositionState => {
  const state = fills.reduce<PositionState | undefined>(applyFill, undefined);
  if (state === undefined) throw new Error("a position needs a fill");
  return state;
};

test("a first buy opens a long position at its own price and realises nothing", () => {
  const state = after(fill("buy", 4, 100));
  expect(state).toMatchObject({ netQty_lots: 4, cost: 400n, realized: 0n, version: 1 });
  expect(averagePrice(state)).toBe("50");
});

test("adding averages the price, also where it falls between ticks", () => {
  expect(averagePrice(after(fill("buy", 1, 100), fill("buy", 2, 101)))).toBe("50.333333333");
});

test("closing a part realises its share and leaves the average price as it was", () => {
  const state = after(fill("buy", 4, 100), fill("sell", 1, 110));
  // 1 lot × 10 ticks × 0.5 × 0.1 = 0.50, at two digits.
  expect(state).toMatchObject({ netQty_lots: 3, cost: 300n, realized: 50n });
  expect(averagePrice(state)).toBe("50");
});

test("closing a part of an odd cost keeps the exact average price", () => {
  const state = after(fill("buy", 1, 100), fill("buy", 1, 101), fill("sell", 1, 100));
  // 100.5 ticks × 0.5 exactly; the books hold a whole number and the half is kept beside it.
  expect(averagePrice(state)).toBe("50.25");
  expect(state.cost - state.realized / 5n).toBe(100n + 101n - 100n);
});

test("a short position earns when the price falls", () => {
  const state = after(fill("sell_short", 4, 100), fill("buy", 4, 90));
  expect(state).toMatchObject({ netQty_lots: 0, cost: 0n, realized: 200n });
  expect(averagePrice(state)).toBe("0");
});

test("a sale larger than the long position closes it and opens a short one at its price", () => {
  const state = after(fill("buy", 2, 100), fill("sell", 5, 110));
  expect(state).toMatchObject({ netQty_lots: -3, cost: -330n, realized: 100n });
  expect(averagePrice(state)).toBe("55");
  expect(unrealized(state, 100)).toBe(150n);
});

test("a buy larger than the short position closes it and opens a long one at its price", () => {
  const state = after(fill("sell", 2, 100), fill("buy", 5, 110));
  expect(state).toMatchObject({ netQty_lots: 3, cost: 330n, realized: -100n });
});

test("going flat in odd parts leaves no cost and no rest", () => {
  const opened = [fill("buy", 1, 100), fill("buy", 1, 101), fill("buy", 1, 103)];
  const state = after(...opened, fill("sell", 1, 102), fill("sell", 2, 99));
  expect(state).toMatchObject({ netQty_lots: 0, cost: 0n, realized: -4n * 5n });
  expect(state.costRest).toEqual({ numerator: 0n, denominator: 1n });
});

test("fees and rebates add up exactly, by currency", () => {
  const paid = (amount: string, currency: string): Partial<Fill> => ({ fee: { amount, currency } });
  const state = after(
    fill("buy", 1, 100, paid("0.1", "USDT")),
    fill("buy", 1, 100, paid("0.25", "USDT")),
    fill("buy", 1, 100, paid("-0.00001", "BNB")),
    fill("buy", 1, 100, paid("2", "constructor")),
  );
  const body = positionEventBody(state, 100, "e", "l", "1" as Nanos, "2" as Nanos);
  expect(body.fees).toEqual({ USDT: "0.35", BNB: "-0.00001", constructor: "2" });
});

test("prices below zero are prices too", () => {
  const state = after(fill("buy", 2, -3), fill("sell", 1, 1));
  expect(state).toMatchObject({ netQty_lots: 1, cost: -3n, realized: 20n });
});

test("an event body has the fields of the contract and its schema reads it", () => {
  const state = after(fill("buy", 3, 101, { fee: { amount: "0.07", currency: "USDT" } }));
  const body = positionEventBody(
    state,
    102,
    "acct-1-2-3",
    "acct-1-2-2",
    "7" as Nanos,
    "8" as Nanos,
  );
  expect(body).toEqual({
    eventId: "acct-1-2-3",
    account: "DESK",
    instrument: "BTC-USDT",
    netQty: "0.3",
    avgPx: "50.5",
    realizedPnl: "0",
    unrealizedPnl: "0.15",
    fees: { USDT: "0.07" },
    currency: "USDT",
    external: "0.0",
    version: 1,
    tsEvent: "7",
    tsInit: "8",
    lastEventId: "acct-1-2-2",
  });
  expect(Schema.decodeUnknownSync(PositionEventBody)(JSON.parse(JSON.stringify(body)))).toEqual(
    body,
  );
});

test("an open position without a mark has no unrealised profit, a flat one has zero", () => {
  const open = after(fill("buy", 1, 100));
  const flat = after(fill("buy", 1, 100), fill("sell", 1, 100));
  const bodyOf = (state: PositionState): PositionEventBody =>
    positionEventBody(state, undefined, "e", "l", "1" as Nanos, "2" as Nanos);
  expect(bodyOf(open)).not.toHaveProperty("unrealizedPnl");
  expect(bodyOf(flat)).toHaveProperty("unrealizedPnl", "0");
});

test.each([
  ["no quantity", { qty_lots: 0 }, /quantity above 0/],
  ["a negative quantity", { qty_lots: -1 }, /quantity above 0/],
  ["half a lot", { qty_lots: 0.5 }, /quantity above 0/],
  ["a price between ticks", { price_ticks: 1.5 }, /whole price/],
  ["another grid", { grid: gridOf("0.01", "0.1") }, /grid never changes/],
  ["a fee not decimal", { fee: { amount: "1e3", currency: "USDT" } }, /fee's amount/],
  ["too much", { qty_lots: Number.MAX_SAFE_INTEGER }, /safe integer/],
])("a fill with %s is refused as a defect", (_, broken, sentence) => {
  const state = after(fill("buy", 1, 100));
  expect(() => applyFill(state, fill("buy", 1, 100, broken))).toThrow(sentence);
});

test("a fill leaves the state it was applied to as it was", () => {
  const state = Object.freeze(after(fill("buy", 4, 100)));
  applyFill(state, fill("sell", 9, 90, { fee: { amount: "1", currency: "USDT" } }));
  expect(state).toMatchObject({ netQty_lots: 4, cost: 400n, version: 1, fees: {} });
});
