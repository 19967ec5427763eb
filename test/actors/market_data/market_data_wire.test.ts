/**
 * Market data on the wire: what is read onto the grid, and that nothing hostile throws.
 */
import { describe, expect, test } from "vitest";
import type { MarketDataKind } from "../../../protocols/kernel/subjects.ts";
import type { MarketDataMessage, MarketDataUpdate } from "../../../protocols/market_data.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import {
  decodeMarketData,
  depthLevels_max,
  encodeMarketData,
  marketDataBytes_max,
  marketDataTopic,
} from "../../../protocols/market_data.ts";
import { marketDataSubject } from "../../../protocols/kernel/subjects.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { btc, grid, venueId } from "./market_fixture.ts";

const times = { tsEvent: "17" as Nanos, tsInit: "18" as Nanos };

const roundTrip = (message: MarketDataMessage): MarketDataUpdate | undefined =>
  decodeMarketData(message.kind, encodeMarketData(message), grid);

const read = (kind: MarketDataKind, body: unknown): MarketDataUpdate | undefined =>
  decodeMarketData(kind, new TextEncoder().encode(JSON.stringify(body)), grid);

test("a best bid and offer is read in ticks and lots", () => {
  const body = { bidPx: "62000.00", bidQty: "0.5", askPx: "62000.01000000", askQty: "1", ...times };
  expect(roundTrip({ kind: "bbo", body })).toEqual({
    kind: "bbo",
    bid: { price_ticks: 6_200_000, qty_lots: 50_000 },
    ask: { price_ticks: 6_200_001, qty_lots: 100_000 },
    tsEvent_ns: 17n,
  });
});

test("an empty side is undefined", () => {
  expect(roundTrip({ kind: "bbo", body: { bidPx: "1", bidQty: "1", ...times } })).toMatchObject({
    ask: undefined,
  });
});

test("depth is read best first on both sides", () => {
  const body = {
    bids: [
      ["2", "1"],
      ["1", "1"],
    ],
    asks: [
      ["3", "1"],
      ["4", "1"],
    ],
    ...times,
  } as const;
  expect(roundTrip({ kind: "depth", body })).toEqual({
    kind: "depth",
    bids: [
      { price_ticks: 200, qty_lots: 100_000 },
      { price_ticks: 100, qty_lots: 100_000 },
    ],
    asks: [
      { price_ticks: 300, qty_lots: 100_000 },
      { price_ticks: 400, qty_lots: 100_000 },
    ],
    tsEvent_ns: 17n,
  });
});

test("a trade is read, with or without its aggressor", () => {
  const body = { lastPx: "2", lastQty: "0.00001", ...times };
  expect(roundTrip({ kind: "trade", body: { ...body, aggressorSide: "sell" } })).toEqual({
    kind: "trade",
    price_ticks: 200,
    qty_lots: 1,
    aggressorSide: "sell",
    tsEvent_ns: 17n,
  });
  expect(roundTrip({ kind: "trade", body })).toMatchObject({ aggressorSide: undefined });
});

test("unknown fields are ignored", () => {
  expect(read("trade", { lastPx: "2", lastQty: "1", color: "red", ...times })).toBeDefined();
});

describe("is not read", () => {
  const level = ["1", "1"];
  const bbo = { bidPx: "1", bidQty: "1", ...times };
  test.each<[string, MarketDataKind, unknown]>([
    ["a price off the grid", "bbo", { ...bbo, bidPx: "1.005" }],
    ["a quantity off the grid", "bbo", { ...bbo, bidQty: "0.000001" }],
    ["a quantity of zero", "bbo", { ...bbo, bidQty: "0" }],
    ["a price without its quantity", "bbo", { bidPx: "1", ...times }],
    ["a number for a decimal", "bbo", { ...bbo, bidPx: 1 }],
    ["a message without its time", "bbo", { bidPx: "1", bidQty: "1" }],
    ["another kind of message", "depth", bbo],
    ["bids that rise", "depth", { bids: [level, ["2", "1"]], asks: [], ...times }],
    ["asks that fall", "depth", { bids: [], asks: [["2", "1"], level], ...times }],
    ["a level given twice", "depth", { bids: [level, level], asks: [], ...times }],
    ["a level of three", "depth", { bids: [["1", "1", "1"]], asks: [], ...times }],
    [
      "too many levels",
      "depth",
      {
        bids: [],
        asks: Array.from({ length: depthLevels_max + 1 }, (_, i) => [String(i + 1), "1"]),
        ...times,
      },
    ],
    [
      "a price beyond the safe integers",
      "trade",
      { lastPx: "9".repeat(30), lastQty: "1", ...times },
    ],
    ["a very long decimal", "trade", { lastPx: "9".repeat(400), lastQty: "1", ...times }],
    ["an array", "trade", []],
    ["nothing", "trade", null],
    ["a polluted object", "trade", JSON.parse('{"__proto__":{"lastPx":"1","lastQty":"1"}}')],
  ])("%s", (_, kind, body) => {
    expect(read(kind, body)).toBeUndefined();
  });

  test("a message longer than the limit, even if well formed", () => {
    const text = JSON.stringify({ lastPx: "1", lastQty: "1", ...times });
    const padded = (length: number): Uint8Array => new TextEncoder().encode(text.padEnd(length));
    expect(decodeMarketData("trade", padded(marketDataBytes_max), grid)).toBeDefined();
    expect(decodeMarketData("trade", padded(marketDataBytes_max + 1), grid)).toBeUndefined();
  });

  test("bytes of any kind, without throwing", () => {
    const prng = createPrng(99);
    const nextUint32 = (): number => prng.nextUint32();
    const good = JSON.stringify({ bids: [level], asks: [], ...times });
    for (let round = 0; round < 2_000; round += 1) {
      const bytes = new TextEncoder().encode(good);
      for (let hit = 0; hit < 3; hit += 1) {
        bytes[nextUint32() % bytes.length] = nextUint32() % 256;
      }
      expect([undefined, "depth"]).toContain(decodeMarketData("depth", bytes, grid)?.kind);
    }
    expect(
      decodeMarketData("bbo", new TextEncoder().encode("[".repeat(8_000)), grid),
    ).toBeUndefined();
    expect(decodeMarketData("bbo", new Uint8Array(), grid)).toBeUndefined();
  });
});

test("a subject of the contract is taken apart, any other is not", () => {
  expect(marketDataTopic(marketDataSubject(venueId("SIMX"), btc, "bbo"))).toEqual({
    venue: "SIMX",
    instrument: "BTC-USDT",
    kind: "bbo",
  });
  for (const kind of ["bbo.x", "status", ""]) {
    expect(marketDataTopic(`oms.v1.md.SIMX.BTC-USDT.${kind}`)).toBeUndefined();
  }
  expect(marketDataTopic("oms.v1.md._SIM.BTC-USDT.bbo")).toBeUndefined();
  expect(marketDataTopic("oms.v1.md.SIMX.BTC/USDT.bbo")).toBeUndefined();
});
