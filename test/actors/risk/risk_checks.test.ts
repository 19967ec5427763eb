/**
 * The guard column: each guard alone, at its bound and beyond it, and which of several answers.
 */
import { describe, expect, test } from "vitest";
import { checkOrder } from "../../../actors/risk/risk_checks.ts";
import type { RiskInput } from "../../../actors/risk/risk_input.ts";
import type { InstrumentLimits } from "../../../protocols/instrument.ts";
import { rejectCodes } from "../../../protocols/kernel/reject_code.ts";
import { eth } from "../market_data/market_fixture.ts";
import {
  exposureWith,
  inputWith,
  limitsWith,
  marketSize,
  reference,
  sizeOf,
} from "./risk_fixture.ts";

const codeOf = (more: Partial<RiskInput>): string =>
  checkOrder(inputWith(more))?.code ?? "accepted";
const textOf = (more: Partial<RiskInput>): string =>
  checkOrder(inputWith(more))?.text ?? "accepted";

test("an order within every limit passes", () => {
  expect(checkOrder(inputWith())).toBeUndefined();
});

describe("each guard alone", () => {
  test("an account that is not configured", () => {
    expect(checkOrder(inputWith({ limits: undefined }))).toEqual({
      code: "ACCOUNT_UNKNOWN",
      text: "account=DESK",
    });
  });

  test("an instrument that is not listed for the account", () => {
    expect(checkOrder(inputWith({ instrument: eth }))).toEqual({
      code: "RISK_INSTRUMENT_NOT_ELIGIBLE",
      text: "account=DESK instrument=ETH-USDT",
    });
  });

  test.each<[string, Partial<InstrumentLimits>]>([
    ["maxOrderQty", { maxOrderQty_lots: Number.NaN }],
    ["maxPosition", { maxPosition_lots: Number.POSITIVE_INFINITY }],
    ["collar_bps", { collar_bps: 12.5 }],
  ])("a %s that is no whole number denies", (name, hole) => {
    expect(checkOrder(inputWith({ limits: limitsWith(hole) }))).toEqual({
      code: "RISK_LIMIT_MISSING",
      text: `limit=${name}`,
    });
  });

  test("a missing number of open orders denies", () => {
    expect(textOf({ limits: limitsWith({}, Number.NaN) })).toBe("limit=maxOpenOrders");
  });

  test("the largest quantity passes, one lot more does not", () => {
    expect(codeOf({ order: sizeOf(1_000) })).toBe("accepted");
    expect(checkOrder(inputWith({ order: sizeOf(1_001) }))).toEqual({
      code: "RISK_MAX_ORDER_QTY",
      text: "limit=0.01000 observed=0.01001",
    });
  });

  test("no reference price", () => {
    expect(codeOf({ reference: { status: "missing" } })).toBe("RISK_PRICE_MISSING");
  });

  test("a stale reference price", () => {
    const stale = { ...reference, status: "stale" as const, age_ms: 501 };
    expect(checkOrder(inputWith({ reference: stale }))).toEqual({
      code: "RISK_PRICE_STALE",
      text: "limit_ms=500 observed_ms=501",
    });
  });

  test("the largest value passes, one unit more does not", () => {
    // 62000.00 × 0.001 = 62.0000000, at seven digits.
    const limits = limitsWith({ maxOrderNotional: 620_000_000n });
    expect(codeOf({ limits })).toBe("accepted");
    expect(checkOrder(inputWith({ limits, order: sizeOf(100, 6_200_001) }))).toEqual({
      code: "RISK_MAX_NOTIONAL",
      text: "limit=62.0000000 observed=62.0000100",
    });
  });

  test("the last free order passes, the next does not", () => {
    expect(codeOf({ openOrders: 9 })).toBe("accepted");
    expect(checkOrder(inputWith({ openOrders: 10 }))).toEqual({
      code: "RISK_OPEN_ORDERS",
      text: "limit=10 observed=11",
    });
  });

  test("position and everything open on the side may reach the limit, not pass it", () => {
    const exposure = exposureWith({ openBuy_lots: 900, openSell_lots: 5_000 });
    expect(codeOf({ netQty_lots: 1_000, exposure })).toBe("accepted");
    expect(checkOrder(inputWith({ netQty_lots: 1_001, exposure }))).toEqual({
      code: "RISK_POSITION_LIMIT",
      text: "limit=0.02000 observed=0.02001",
    });
  });

  test.each(["sell", "sell_short"] as const)("a %s is limited on the short side", (side) => {
    const exposure = exposureWith({ openSell_lots: 900, openBuy_lots: 5_000 });
    expect(codeOf({ side, netQty_lots: -1_000, exposure })).toBe("accepted");
    expect(codeOf({ side, netQty_lots: -1_001, exposure })).toBe("RISK_POSITION_LIMIT");
  });

  test("an order against a position beyond its limit passes", () => {
    expect(codeOf({ side: "sell", netQty_lots: 3_000 })).toBe("accepted");
    expect(codeOf({ side: "buy", netQty_lots: 3_000 })).toBe("RISK_POSITION_LIMIT");
  });
});

test("of two orders of 30 at position 60 and limit 100 one fits, and 10 more", () => {
  const limits = limitsWith({ maxPosition_lots: 100 });
  const at = (open: number, qty: number): string =>
    codeOf({
      limits,
      netQty_lots: 60,
      exposure: exposureWith({ openBuy_lots: open, openOrders: 1 }),
      order: sizeOf(qty),
    });
  expect(at(0, 30)).toBe("accepted");
  expect(at(30, 30)).toBe("RISK_POSITION_LIMIT");
  expect(at(30, 10)).toBe("accepted");
  expect(at(30, 11)).toBe("RISK_POSITION_LIMIT");
});

describe("the collar", () => {
  // The mid of 59999.99 and 60000.01 is 60000.00; 100 bps of it are 600.00.
  const round = { ...reference, bid_ticks: 5_999_999, ask_ticks: 6_000_001 };
  const at = (side: "buy" | "sell", price_ticks: number): string =>
    codeOf({ side, reference: round, order: sizeOf(1, price_ticks) });

  test.each(["buy", "sell"] as const)("a %s exactly at either bound passes", (side) => {
    expect(at(side, 6_060_000)).toBe("accepted");
    expect(at(side, 5_940_000)).toBe("accepted");
  });

  test.each(["buy", "sell"] as const)("a %s one tick beyond either bound is refused", (side) => {
    expect(at(side, 6_060_001)).toBe("RISK_PRICE_COLLAR");
    expect(at(side, 5_939_999)).toBe("RISK_PRICE_COLLAR");
  });

  test("a mid between ticks is not rounded", () => {
    // mid 60000.005: 600.00005 allow 60600.00 above (599.995) but not 60600.01 (600.005).
    const half = { ...reference, bid_ticks: 6_000_000, ask_ticks: 6_000_001 };
    expect(codeOf({ reference: half, order: sizeOf(1, 6_060_000) })).toBe("accepted");
    expect(checkOrder(inputWith({ reference: half, order: sizeOf(1, 6_060_001) }))).toEqual({
      code: "RISK_PRICE_COLLAR",
      text: "limit_bps=100 observed=60600.01 reference=60000.005",
    });
  });

  test("prices whose products leave the safe integers are judged exactly", () => {
    const big = 4_000_000_000_000;
    const huge = { ...reference, bid_ticks: big, ask_ticks: big };
    const limits = limitsWith({ maxOrderNotional: 10n ** 30n });
    const priced = (price_ticks: number): string =>
      codeOf({ reference: huge, limits, order: sizeOf(1, price_ticks) });
    expect(priced(big + big / 100)).toBe("accepted");
    expect(priced(big + big / 100 + 1)).toBe("RISK_PRICE_COLLAR");
  });

  test("a market order is judged at the touch that it would take", () => {
    const wide = { ...reference, bid_ticks: 6_000_000, ask_ticks: 6_200_000 };
    expect(codeOf({ order: marketSize(1) })).toBe("accepted");
    expect(codeOf({ reference: wide, order: marketSize(1) })).toBe("RISK_PRICE_COLLAR");
    expect(codeOf({ side: "sell", reference: wide, order: marketSize(1) })).toBe(
      "RISK_PRICE_COLLAR",
    );
  });
});

test("a market order is valued at the touch plus the collar", () => {
  // 62000.02 × 1.01 = 62620.0202, up to 62620.03; × 0.00001 = 0.6262003.
  const order = marketSize(1);
  const at = (maxOrderNotional: bigint): string =>
    codeOf({ order, limits: limitsWith({ maxOrderNotional }) });
  expect(at(6_262_003n)).toBe("accepted");
  expect(at(6_262_002n)).toBe("RISK_MAX_NOTIONAL");
});

describe("a replace", () => {
  const of = (replaces: RiskInput["replaces"], order: RiskInput["order"]): Partial<RiskInput> => ({
    replaces,
    order,
  });

  test.each(["buy", "sell"] as const)("of a %s does not count its reservation twice", (side) => {
    const limits = limitsWith({ maxPosition_lots: 100 });
    const exposure = exposureWith({ openBuy_lots: 90, openSell_lots: 90, openOrders: 2 });
    const to = (qty: number): string =>
      codeOf({ side, limits, exposure, ...of(sizeOf(80), sizeOf(qty)) });
    expect(to(90)).toBe("accepted");
    expect(to(91)).toBe("RISK_POSITION_LIMIT");
  });

  test("that leaves no more to trade passes a position limit that was lowered since", () => {
    const beyond = { limits: limitsWith({ maxPosition_lots: 10 }), netQty_lots: 50 };
    const exposure = exposureWith({ openBuy_lots: 100, openOrders: 1 });
    const priced = of(sizeOf(100), sizeOf(100, 6_200_001));
    expect(codeOf({ ...beyond, exposure, ...priced })).toBe("accepted");
  });

  test("counts what is left to trade, not what is filled already", () => {
    const limits = limitsWith({ maxPosition_lots: 100 });
    const exposure = exposureWith({ openBuy_lots: 40, openOrders: 1 });
    const now = { orderQty_lots: 100, leavesQty_lots: 40, price_ticks: 6_200_000 };
    const asked = (left: number): string =>
      codeOf({
        limits,
        exposure,
        netQty_lots: 60,
        ...of(now, { ...now, orderQty_lots: 60 + left, leavesQty_lots: left }),
      });
    expect(asked(40)).toBe("accepted");
    expect(asked(41)).toBe("RISK_POSITION_LIMIT");
  });

  test("is no new open order", () => {
    expect(codeOf({ openOrders: 10, ...of(sizeOf(100), sizeOf(101)) })).toBe("accepted");
  });

  test("that decreases quantity passes whatever the limits, the price and the market are", () => {
    const hopeless = {
      limits: limitsWith({ maxOrderQty_lots: 0, maxOrderNotional: 0n, maxPosition_lots: 0 }, 0),
      reference: { status: "missing" },
      netQty_lots: 9_999,
      openOrders: 99,
    } as const;
    expect(codeOf({ ...hopeless, ...of(sizeOf(100), sizeOf(99)) })).toBe("accepted");
    expect(codeOf({ ...hopeless, ...of(sizeOf(100), sizeOf(99, 1)) })).toBe("accepted");
    expect(codeOf({ ...hopeless, ...of(sizeOf(100), sizeOf(99, 6_200_001)) })).toBe(
      "RISK_PRICE_MISSING",
    );
    expect(codeOf({ ...hopeless, ...of(sizeOf(100), sizeOf(100)) })).toBe("RISK_PRICE_MISSING");
    const sale = { ...hopeless, side: "sell" } as const;
    expect(codeOf({ ...sale, ...of(sizeOf(100), sizeOf(99, 6_200_001)) })).toBe("accepted");
    expect(codeOf({ ...sale, ...of(sizeOf(100), sizeOf(99, 6_199_999)) })).toBe(
      "RISK_PRICE_MISSING",
    );
  });

  test("is judged on what it increases only", () => {
    const tight = { limits: limitsWith({ maxOrderQty_lots: 10, maxOrderNotional: 1n }) };
    expect(codeOf({ ...tight, ...of(sizeOf(100), sizeOf(100, 6_199_999)) })).toBe("accepted");
    expect(codeOf({ ...tight, ...of(sizeOf(100), sizeOf(100, 6_200_001)) })).toBe(
      "RISK_MAX_NOTIONAL",
    );
    expect(codeOf({ ...tight, ...of(sizeOf(100), sizeOf(101)) })).toBe("RISK_MAX_ORDER_QTY");
  });

  test("to another price is held to the collar", () => {
    expect(codeOf(of(sizeOf(100), sizeOf(100, 5_000_000)))).toBe("RISK_PRICE_COLLAR");
  });
});

describe("the trading state", () => {
  const smaller = { replaces: sizeOf(100), order: sizeOf(99) };
  const larger = { replaces: sizeOf(100), order: sizeOf(101) };
  const short = { netQty_lots: -150, exposure: exposureWith({ openBuy_lots: 50, openOrders: 1 }) };

  test("halted lets nothing pass, not even a decrease", () => {
    const tradingState = "halted";
    expect(codeOf({ tradingState })).toBe("TRADING_HALTED");
    expect(codeOf({ tradingState, ...smaller })).toBe("TRADING_HALTED");
  });

  test("cancel-only lets a pure decrease pass", () => {
    const tradingState = "cancel_only";
    expect(codeOf({ tradingState })).toBe("TRADING_CANCEL_ONLY");
    expect(codeOf({ tradingState, ...short, order: sizeOf(1) })).toBe("TRADING_CANCEL_ONLY");
    expect(codeOf({ tradingState, ...larger })).toBe("TRADING_CANCEL_ONLY");
    expect(codeOf({ tradingState, ...smaller })).toBe("accepted");
  });

  test("reducing lets pass what closes, and never what could flip the position", () => {
    const tradingState = "reducing";
    expect(codeOf({ tradingState, ...short, order: sizeOf(100) })).toBe("accepted");
    expect(checkOrder(inputWith({ tradingState, ...short, order: sizeOf(101) }))).toEqual({
      code: "TRADING_REDUCING",
      text: "position=-0.00150 observed=0.00001",
    });
    expect(codeOf({ tradingState, ...short, side: "sell" })).toBe("TRADING_REDUCING");
    expect(codeOf({ tradingState, netQty_lots: 100, side: "sell" })).toBe("accepted");
    expect(codeOf({ tradingState, netQty_lots: 99, side: "sell" })).toBe("TRADING_REDUCING");
    expect(codeOf({ tradingState, netQty_lots: 0 })).toBe("TRADING_REDUCING");
  });

  test("reducing judges a replace by the whole worst case, and lets a decrease pass", () => {
    const tradingState = "reducing";
    const held = {
      netQty_lots: -150,
      exposure: exposureWith({ openBuy_lots: 100, openOrders: 1 }),
    };
    const to = (qty: number): string =>
      codeOf({ tradingState, ...held, replaces: sizeOf(100), order: sizeOf(qty) });
    expect(to(150)).toBe("accepted");
    expect(to(151)).toBe("TRADING_REDUCING");
    expect(codeOf({ tradingState, netQty_lots: 500, ...smaller })).toBe("accepted");
    expect(codeOf({ tradingState, netQty_lots: 500, ...larger })).toBe("TRADING_REDUCING");
  });

  test("what passes a state still meets the limits", () => {
    expect(codeOf({ tradingState: "reducing", ...short, openOrders: 10 })).toBe("RISK_OPEN_ORDERS");
  });
});

test("of several broken guards the first in the order of the codes answers", () => {
  const exposure = exposureWith({ openBuy_lots: 5_000 });
  // From the last guard to the first: each step breaks one more, and that one must answer.
  const steps: readonly (readonly [string, Partial<RiskInput>])[] = [
    ["RISK_POSITION_LIMIT", { exposure }],
    ["RISK_OPEN_ORDERS", { openOrders: 10 }],
    ["RISK_MAX_NOTIONAL", { limits: limitsWith({ maxOrderNotional: 0n }) }],
    ["RISK_PRICE_COLLAR", { order: sizeOf(100, 9_000_000) }],
    ["RISK_PRICE_STALE", { reference: { ...reference, status: "stale", age_ms: 900 } }],
    ["RISK_PRICE_MISSING", { reference: { status: "missing" } }],
    ["RISK_MAX_ORDER_QTY", { order: sizeOf(1_001, 9_000_000) }],
    ["RISK_INSTRUMENT_NOT_ELIGIBLE", { instrument: eth }],
    ["RISK_LIMIT_MISSING", { limits: limitsWith({}, Number.NaN) }],
    ["TRADING_REDUCING", { tradingState: "reducing" }],
    ["TRADING_CANCEL_ONLY", { tradingState: "cancel_only" }],
    ["TRADING_HALTED", { tradingState: "halted" }],
    ["ACCOUNT_UNKNOWN", { limits: undefined }],
  ];
  let broken: Partial<RiskInput> = {};
  for (const [code, more] of steps) {
    broken = { ...broken, ...more };
    expect(codeOf(broken)).toBe(code);
  }
  const places = steps.map(([code]) => Object.keys(rejectCodes).indexOf(code));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => b - a));
});
