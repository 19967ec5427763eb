/**
 * Reservations: the sums over random order lives equal a naive recount, and misuse is a defect.
 */
import { expect, test } from "vitest";
import {
  moveOpenOrder,
  newAccountState,
  withTradingState,
} from "../../../actors/risk/account_state.ts";
import type { AccountState } from "../../../actors/risk/account_state.ts";
import { moveReservation, noExposure } from "../../../actors/risk/exposure_model.ts";
import type { ExposureState, Reservation } from "../../../actors/risk/exposure_model.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { account, btc } from "../market_data/market_fixture.ts";

const none = noExposure(account, btc);
const buy = (qty_lots: number, price_ticks: number): Reservation => ({
  side: "buy",
  qty_lots,
  price_ticks,
});

const recount = (orders: Iterable<Reservation>): ExposureState => {
  const held = [...orders];
  const buys = held.filter((one) => one.side === "buy");
  const sales = held.filter((one) => one.side !== "buy");
  const qty = (of: readonly Reservation[]): number =>
    of.reduce((sum, one) => sum + one.qty_lots, 0);
  const value = (of: readonly Reservation[]): bigint =>
    of.reduce((sum, one) => sum + BigInt(one.qty_lots) * BigInt(one.price_ticks), 0n);
  return {
    account,
    instrument: btc,
    openBuy_lots: qty(buys),
    openSell_lots: qty(sales),
    openBuyValue: value(buys),
    openSellValue: value(sales),
    openOrders: held.length,
  };
};

const seeds = Array.from({ length: 40 }, (_, index) => 7_000 + index);

test.each(seeds)("sums follow random order lives exactly (seed %i)", (seed) => {
  const prng = createPrng(seed);
  const nextUint32 = (): number => prng.nextUint32();
  const below = (limit: number): number => nextUint32() % limit;
  const orders = new Map<number, Reservation>();
  let state = none;
  let counted: AccountState = newAccountState(account);
  for (let step = 0; step < 300; step += 1) {
    const id = below(12);
    const before = orders.get(id);
    // Accept, grow or shrink (a replace, a fill), or end; an unknown order may end too.
    const after: Reservation | undefined =
      below(3) === 0
        ? undefined
        : {
            side: before?.side ?? (["buy", "sell", "sell_short"] as const)[below(3)] ?? "buy",
            qty_lots: 1 + below(1_000_000),
            price_ticks: 1 + below(9_000_000),
          };
    state = moveReservation(state, before, after);
    counted = moveOpenOrder(counted, before, after);
    if (after === undefined) orders.delete(id);
    else orders.set(id, after);
    expect(state).toEqual(recount(orders.values()));
    expect(counted.openOrders).toBe(orders.size);
  }
  for (const held of orders.values()) {
    state = moveReservation(state, held, undefined);
    counted = moveOpenOrder(counted, held, undefined);
  }
  expect(state).toEqual(none);
  expect(counted).toEqual(newAccountState(account));
});

test("nothing that moves leaves the same state", () => {
  expect(moveReservation(none, undefined, undefined)).toBe(none);
});

test("giving up what was never held is a defect", () => {
  const held = moveReservation(none, undefined, buy(10, 5));
  expect(() => moveReservation(held, buy(11, 5), undefined)).toThrow(/was held/);
  expect(() => moveReservation(none, buy(1, 5), undefined)).toThrow(/was held/);
  expect(() => moveReservation(held, { ...buy(10, 5), side: "sell" }, undefined)).toThrow(
    /was held/,
  );
  expect(() => moveOpenOrder(newAccountState(account), buy(1, 5), undefined)).toThrow(
    /open before/,
  );
});

test("a sum that leaves the safe integers is a defect", () => {
  const held = moveReservation(none, undefined, buy(Number.MAX_SAFE_INTEGER, 1));
  expect(() => moveReservation(held, undefined, buy(1, 1))).toThrow(/safe integers/);
});

test("an account keeps its open orders when its trading state changes", () => {
  const open = moveOpenOrder(newAccountState(account), undefined, buy(1, 5));
  expect(withTradingState(open, "halted")).toEqual({
    account,
    tradingState: "halted",
    openOrders: 1,
  });
});
