/**
 * Busts and corrections by example: what reverses exactly, and how the split of profit behaves.
 */
import { expect, test } from "vitest";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { formatAmounts } from "../../../protocols/currency.ts";
import type { Fee, Side } from "../../../protocols/venue.ts";
import { applyFill, averagePrice, unrealized } from "../../../actors/position/position_model.ts";
import type { Fill, PositionState } from "../../../actors/position/position_model.ts";
import { correctFill, reverseFill } from "../../../actors/position/position_reversal.ts";
import { account, btc, gridOf } from "../market_data/market_fixture.ts";

const grid = gridOf("0.5", "0.1");
const usdt = (amount: string): Fee => ({ amount, currency: "USDT" });

const fill = (side: Side, qty_lots: number, price_ticks: number, fee?: Fee): Fill => ({
  ...{ account, instrument: btc, grid, currency: "USDT", side, qty_lots, price_ticks },
  ...(fee === undefined ? {} : { fee }),
  tsEvent: "7" as Nanos,
});

const after = (...fills: readonly Fill[]): PositionState => {
  const state = fills.reduce<PositionState | undefined>(applyFill, undefined);
  if (state === undefined) throw new Error("a position needs a fill");
  return state;
};

test("a bust of the only fill leaves nothing: no quantity, no cost, no profit, no fee", () => {
  const only = fill("buy", 4, 100, usdt("0.07"));
  const state = reverseFill(after(only), only);
  expect(state).toMatchObject({ netQty_lots: 0, cost: 0n, realized: 0n, version: 2 });
  expect(formatAmounts(state.fees)).toEqual({ USDT: "0" });
});

test("a bust of a part of what is open realises price − average, and the average stays", () => {
  const second = fill("buy", 4, 110);
  const state = reverseFill(after(fill("buy", 4, 100), second), second);
  // Bought at 105 on average and handed back at 110: 4 × 5 ticks realised, 4 open at 105.
  expect(state).toMatchObject({ netQty_lots: 4, realized: 100n, cost: 420n });
  expect(averagePrice(state)).toBe("52.5");
  expect(state.realized + unrealized(state, 103)).toBe(unrealized(after(fill("buy", 4, 100)), 103));
});

test("a bust of a close keeps what it had realised and opens again at its price", () => {
  const close = fill("sell", 4, 110);
  const state = reverseFill(after(fill("buy", 4, 100), close), close);
  expect(state).toMatchObject({ netQty_lots: 4, realized: 200n, cost: 440n });
  expect(state.realized + unrealized(state, 90)).toBe(unrealized(after(fill("buy", 4, 100)), 90));
});

test("a bust takes a position through zero when more was closed than is left", () => {
  const first = fill("buy", 5, 100);
  const state = reverseFill(after(first, fill("sell", 3, 120)), first);
  expect(state.netQty_lots).toBe(-3);
  expect(state.realized + unrealized(state, 110)).toBe(
    unrealized(after(fill("sell", 3, 120)), 110),
  );
});

test("a correction of price, quantity and fee is one change, worth what the fill now is", () => {
  const booked = fill("buy", 4, 100, usdt("0.07"));
  const state = correctFill(after(fill("buy", 1, 90), booked), booked, {
    qty_lots: 3,
    price_ticks: 102,
    fee: usdt("0.05"),
    tsEvent: "9" as Nanos,
  });
  const without = after(fill("buy", 1, 90), fill("buy", 3, 102, usdt("0.05")));
  expect(state).toMatchObject({ netQty_lots: 4, version: 3, tsEvent: "9" });
  expect(state.realized + unrealized(state, 95)).toBe(without.realized + unrealized(without, 95));
  expect(formatAmounts(state.fees)).toEqual(formatAmounts(without.fees));
});

test("a correction may take the fee away", () => {
  const booked = fill("buy", 4, 100, usdt("0.07"));
  const corrected = { qty_lots: 4, price_ticks: 100, tsEvent: "9" as Nanos };
  const state = correctFill(after(booked), booked, corrected);
  expect(formatAmounts(state.fees)).toEqual({ USDT: "0" });
});

test("the longest fee that can be read can be taken back", () => {
  const long = fill("buy", 1, 100, usdt(`0.${"1".repeat(38)}`));
  expect(formatAmounts(reverseFill(after(long), long).fees)).toEqual({ USDT: "0" });
});
