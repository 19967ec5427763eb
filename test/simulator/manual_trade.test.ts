/**
 * Trades in a session's name that no request of it made, against a real venue process.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { FaultyVenue } from "./faulty_venue.ts";

let venue: FaultyVenue;
beforeAll(async () => {
  venue = await FaultyVenue.start("--instruments", "BTC-USDT");
});
afterEach(() => venue.calm());
afterAll(() => venue.stop());

const by = { instrument: "BTC-USDT", px: "50000", qty: "0.5" } as const;

test("it is in the positions and the record at once, and no report tells it", async () => {
  const client = await venue.session("quiet");
  await venue.control.tradeManually("quiet", { ...by, side: "sell" });
  client.say({ type: "query_positions", requestId: "p" });
  const { positions, asOfSeq } = await client.until("positions");
  expect(positions.map(({ instrument, netQty }) => [instrument, Number(netQty)])).toEqual([
    ["BTC-USDT", -0.5],
  ]);
  expect(asOfSeq).toBe(0);
  const { orders, executions } = await venue.recordOf("quiet");
  expect(orders).toMatchObject([{ order: { ordStatus: "filled" } }]);
  expect(executions).toMatchObject([{ side: "sell", clOrdId: orders[0]?.order.clOrdId }]);
  expect(client.reports()).toEqual([]);
});

test("told later, it is a numbered trade of an order that the session never placed", async () => {
  const client = await venue.session("told");
  await venue.control.tradeManually("told", { ...by, side: "buy", reportAfter_ms: 20 });
  const report = await client.until("report");
  expect(report).toMatchObject({ seq: 1, execType: "trade", ordStatus: "filled", side: "buy" });
  expect(Number(report.lastQty)).toBe(0.5);
});

test.each([
  ["nobody", by, "session nobody is unknown"],
  ["odd", { ...by, instrument: "DOGE-USDT" }, "instrument DOGE-USDT is unknown"],
  ["odd", { ...by, qty: "0.0000000001" }, "qty is not on the grid"],
])("of %s it is refused where it cannot be", async (session, trade, reason) => {
  await venue.session("odd");
  const asked = venue.control.tradeManually(session, { ...trade, side: "buy" });
  await expect(asked).rejects.toThrow(reason);
});
