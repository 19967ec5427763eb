/**
 * Between our words and the simulator's: exact both ways, or unreadable.
 */
import { Result } from "effect";
import { describe, expect, test } from "vitest";
import { readSimOrder, readSimReport, simGridsOf } from "../../../actors/venue/sim_adapter.ts";
import { simMessageOf } from "../../../actors/venue/sim_publisher.ts";
import type { SimOrderView, SimReport } from "../../../protocols/sim_wire.ts";
import { cancel, instruments, legOf, place, replace } from "./venue_requests.ts";

const grids = simGridsOf(instruments);
const clOrdId = legOf("a", "new:0");

const trade: SimReport = {
  type: "report",
  seq: 7,
  execId: "SIMX-1-E7",
  venueOrderId: "SIMX-1-O1",
  clOrdId,
  execType: "trade",
  ordStatus: "partially_filled",
  instrument: "BTC-USDT",
  side: "buy",
  orderQty: "0.01000",
  price: "62000.00",
  cumQty: "0.00400",
  leavesQty: "0.00600",
  avgPx: "61999.99",
  lastQty: "0.00400",
  lastPx: "61999.99",
  lastLiquidityInd: "removed",
  fee: { amount: "-0.0248", currency: "USDT" },
  tsEvent: "1723075200000000007",
};

describe("requests", () => {
  test("are written as decimal text on the grid", () => {
    expect(Result.getOrThrow(simMessageOf(place("a", 1n, { postOnly: true })))).toEqual({
      type: "new_order",
      clOrdId,
      instrument: "BTC-USDT",
      side: "buy",
      ordType: "limit",
      timeInForce: "gtc",
      orderQty: "0.01000",
      price: "50000.00",
      postOnly: true,
    });
    expect(Result.getOrThrow(simMessageOf(replace("a", 1, 1n)))).toMatchObject({
      type: "replace",
      origClOrdId: clOrdId,
      orderQty: "0.02000",
      price: "50001.00",
    });
    expect(Result.getOrThrow(simMessageOf(cancel("a")))).toEqual({
      type: "cancel",
      clOrdId: legOf("a", "cancel:1"),
      origClOrdId: clOrdId,
    });
  });

  test("that the venue has no words for are refused, not bent", () => {
    const { price_ticks: _, ...noPrice } = replace("a", 1, 1n);
    const impossible = [
      place("a", 1n, { side: "sell_short" }),
      place("a", 1n, { orderQty_lots: 0 }),
      place("a", 1n, { price_ticks: -5 }),
      noPrice,
    ];
    for (const request of impossible) expect(Result.isFailure(simMessageOf(request))).toBe(true);
  });
});

describe("reports", () => {
  test("are read into ticks and lots", () => {
    expect(Result.getOrThrow(readSimReport(trade, grids))).toEqual({
      execType: "trade",
      clOrdId,
      venueOrderId: "SIMX-1-O1",
      execId: "SIMX-1-E7",
      cumQty_lots: 400,
      orderQty_lots: 1_000,
      price_ticks: 6_200_000,
      lastQty_lots: 400,
      lastPx_ticks: 6_199_999,
      lastLiquidityInd: "removed",
      fee: { amount: "-0.0248", currency: "USDT" },
      instrument: "BTC-USDT",
      side: "buy",
      tsEvent: "1723075200000000007",
      ended: false,
    });
  });

  test("of a bust or a correction name the execution, and say what still works", () => {
    const bust: SimReport = {
      ...trade,
      execId: "SIMX-1-E9",
      execType: "trade_cancel",
      execRefId: "SIMX-1-E7",
      ordStatus: "new",
      cumQty: "0",
      leavesQty: "0.00600",
    };
    expect(Result.getOrThrow(readSimReport(bust, grids))).toMatchObject({
      execType: "trade_cancel",
      execId: "SIMX-1-E9",
      refExecId: "SIMX-1-E7",
      cumQty_lots: 0,
      leavesQty_lots: 600,
      lastQty_lots: 400,
      lastPx_ticks: 6_199_999,
      instrument: "BTC-USDT",
      side: "buy",
      ended: false,
    });
    const correction: SimReport = { ...bust, execType: "trade_correct", lastPx: "62000" };
    expect(Result.getOrThrow(readSimReport(correction, grids))).toMatchObject({
      execType: "trade_correct",
      refExecId: "SIMX-1-E7",
      lastPx_ticks: 6_200_000,
    });
    const { execRefId: _, ...ofNothing } = bust;
    expect(Result.isFailure(readSimReport(ofNothing, grids))).toBe(true);
  });

  test("of a refusal keep the venue's words, and say if the id was a duplicate", () => {
    const refusal: SimReport = {
      ...trade,
      execType: "cancel_rejected",
      ordStatus: "rejected",
      venueOrderId: "NONE",
      orderQty: "0",
      cumQty: "0",
      rejectCode: "duplicate_cl_ord_id",
      text: "x1",
    };
    const { instrument: _, ...unplaced } = refusal;
    expect(Result.getOrThrow(readSimReport(unplaced, grids))).toEqual({
      execType: "cancel_rejected",
      clOrdId,
      execId: "SIMX-1-E7",
      cumQty_lots: 0,
      code: "VENUE_REJECTED",
      text: "duplicate_cl_ord_id: x1",
      tsEvent: "1723075200000000007",
      ended: false,
      duplicateId: true,
    });
  });

  test.each([
    ["unknown_order", "ORDER_UNKNOWN"],
    ["too_late", "ORDER_CLOSED"],
    ["venue_full", "VENUE_REJECTED"],
  ] as const)("that refuse with %s are %s for us, with the venue's text", (rejectCode, code) => {
    const refusal: SimReport = {
      ...trade,
      execType: "cancel_rejected",
      ordStatus: "new",
      rejectCode,
      text: "€".repeat(500),
    };
    const read = Result.getOrThrow(readSimReport(refusal, grids));
    expect(read.code).toBe(code);
    expect(read.text?.startsWith(`${rejectCode}: €€€`)).toBe(true);
    expect(Buffer.byteLength(read.text ?? "")).toBeLessThanOrEqual(256);
  });

  test.each<[string, Partial<SimReport>]>([
    ["a price off the tick", { lastPx: "61999.995" }],
    ["a quantity off the lot", { cumQty: "0.004001" }],
    ["an instrument that we do not know", { instrument: "DOGE-USDT" }],
    ["a trade of nothing", { lastQty: "0" }],
    ["a trade larger than the sum of trades", { cumQty: "0.00300" }],
    ["a fee that is no decimal", { fee: { amount: "-007", currency: "USDT" } }],
  ])("with %s are faults", (_, change) => {
    expect(Result.isFailure(readSimReport({ ...trade, ...change }, grids))).toBe(true);
  });

  test("of a trade without its price or instrument are faults", () => {
    const { lastPx: _lastPx, ...noPrice } = trade;
    const { instrument: _instrument, ...noInstrument } = trade;
    expect(Result.isFailure(readSimReport(noPrice, grids))).toBe(true);
    expect(Result.isFailure(readSimReport(noInstrument, grids))).toBe(true);
  });
});

test("orders of a query's answer are read into ticks and lots", () => {
  const view: SimOrderView = {
    venueOrderId: "O1",
    clOrdId,
    instrument: "BTC-USDT",
    side: "buy",
    ordType: "limit",
    timeInForce: "gtc",
    postOnly: false,
    ordStatus: "canceled",
    orderQty: "0.01000",
    price: "62000.00",
    cumQty: "0.00001",
    leavesQty: "0",
    avgPx: "62000.00",
  };
  expect(Result.getOrThrow(readSimOrder(view, grids))).toEqual({
    clOrdId,
    venueOrderId: "O1",
    ordStatus: "canceled",
    orderQty_lots: 1_000,
    price_ticks: 6_200_000,
    cumQty_lots: 1,
    avgPx: { ticks: 6_200_000, millionths: 0 },
    instrument: view.instrument,
    side: "buy",
    ordType: "limit",
    timeInForce: "gtc",
  });
  const unfilled = readSimOrder({ ...view, cumQty: "0", avgPx: "0" }, grids);
  expect(Result.getOrThrow(unfilled)).not.toHaveProperty("avgPx");
  expect(Result.isFailure(readSimOrder({ ...view, cumQty: "0.000001" }, grids))).toBe(true);
});
