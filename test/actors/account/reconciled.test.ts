/**
 * What a venue's reconciliation makes of an account: adopted orders, differences of positions.
 */
import { expect, test } from "vitest";
import { holdingFaults } from "../../../actors/account_holdings.ts";
import { externalBucket } from "../../../actors/account_positions.ts";
import type { InstrumentId, LegClOrdId, OrderId, VenueId } from "../../../protocols/kernel/ids.ts";
import type {
  AdoptOrder,
  DifferenceExplained,
  PositionDifference,
} from "../../../protocols/venue_reconcile.ts";
import { AccountBench, desk, totalAt } from "./account_bench.ts";

const venue = "SIMX" as VenueId;
const instrument = "BTC-USDT" as InstrumentId;

const difference = (
  bench: AccountBench,
  difference_lots: number,
  adjustmentId = "rec-1",
): PositionDifference => ({
  kind: "position_difference",
  ...{ venue, account: desk, instrument, adjustmentId, difference_lots },
  lastPx_ticks: 100,
  at: bench.now,
});

const explained = (
  bench: AccountBench,
  explained_lots: number,
  execId = "M1",
): DifferenceExplained => ({
  kind: "difference_explained",
  ...{ venue, account: desk, instrument, adjustmentId: "rec-1", explained_lots, execId },
  at: bench.now,
});

test("scenario 43: a difference is a tagged adjustment in the external bucket, booked once", () => {
  const bench = new AccountBench();
  const shown = bench.deliver(difference(bench, 5));
  expect(shown[0]?.body).toMatchObject({ adjustmentId: "rec-1", reason: "reconciliation of SIMX" });
  bench.deliver(difference(bench, 5));
  expect(bench.position).toMatchObject({ netQty_lots: 5, externalQty_lots: 5 });
  expect(bench.virtual(externalBucket)).toMatchObject({ netQty_lots: 5 });
  expect(holdingFaults(bench.space)).toEqual([]);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("scenario 43: through zero it is a close and an open", () => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h1", "buy", 4), 4, 90);
  const shown = bench.deliver(difference(bench, -7));
  const parts = shown.flatMap(({ body }) => body["part"] ?? []);
  expect(parts).toEqual(["close", "open"]);
  expect(bench.position).toMatchObject({ netQty_lots: -3 });
  expect(bench.virtual("hand")).toMatchObject({ netQty_lots: 4 });
});

test("an execution that explains it takes it back at its own price: nothing counts twice", () => {
  const bench = new AccountBench();
  bench.deliver(difference(bench, 5));
  const at110 = totalAt(bench.position, 110);
  bench.external({ execKey: "SIMX|M1|trade|5|5@100", lastQty_lots: 5, lastPx_ticks: 100 });
  bench.deliver(explained(bench, 5));
  bench.deliver(explained(bench, 5));
  expect(bench.position).toMatchObject({ netQty_lots: 5, externalQty_lots: 5 });
  expect(totalAt(bench.position, 110)).toBe(at110);
  expect(holdingFaults(bench.space)).toEqual([]);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("an adopted order works, reserves and takes its fills as any order", () => {
  const bench = new AccountBench();
  const orderId = `${desk}._external.adopted-1` as OrderId;
  const clOrdId = "stranger" as LegClOrdId;
  const adopt: AdoptOrder = {
    kind: "adopt_order",
    ...{ venue, orderId, clOrdId, venueOrderId: "O7", instrument },
    side: "buy",
    ordType: "limit",
    timeInForce: "gtc",
    orderQty_lots: 10,
    price_ticks: 100,
    at: bench.now,
  };
  const shown = bench.deliver(adopt);
  expect(shown.map(({ what }) => what)).toEqual([`${orderId}.pending_new`, `${orderId}.new`]);
  expect(bench.deliver(adopt)).toEqual([]);
  expect(bench.space.get("exposure", `${desk}.${instrument}`)).toMatchObject({ openBuy_lots: 10 });
  bench.deliver({
    kind: "report",
    execType: "trade",
    ...{ venue, orderId, clOrdId, execId: "x1", lastQty_lots: 4, lastPx_ticks: 100 },
    cumQty_lots: 4,
    tsEvent: bench.now,
  });
  expect(bench.space.get("order", orderId)).toMatchObject({ phase: "new", cumQty_lots: 4 });
  expect(bench.virtual(externalBucket)).toMatchObject({ netQty_lots: 4 });
  expect(holdingFaults(bench.space)).toEqual([]);
  expect(bench.replayed().text()).toBe(bench.text());
});
