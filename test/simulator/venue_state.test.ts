/** What a venue writes of an amendment, where its ids were used before. */
import { assert, it } from "vitest";
import { findInstrumentSpec } from "../../deploy/simulator/instrument_spec.ts";
import type { VenueExecution, VenueOrder } from "../../deploy/simulator/venue_order.ts";
import { reportOf } from "../../deploy/simulator/venue_order.ts";
import { recordOf } from "../../deploy/simulator/venue_state.ts";

const spec = findInstrumentSpec("BTC-USDT");
assert.isDefined(spec);

/** An execution that was corrected to one lot under the id that every incarnation begins with. */
const corrected = (qty_lots: number, tsEvent: string): VenueExecution => ({
  execId: "SIMX-E2",
  clOrdId: "a",
  price_ticks: 5_000_000,
  qty_lots,
  liquidity: "added",
  tsEvent: "0",
  amendments: [
    { execId: "SIMX-E1", execType: "trade_correct", price_ticks: 5_000_000, qty_lots: 1, tsEvent },
  ],
});

it("an amendment's record names its own execution, not one amended under that id before", () => {
  const order: VenueOrder = {
    orderId: 1,
    session: "oms",
    venueOrderId: "SIMX-O1",
    spec,
    side: "buy",
    ordType: "limit",
    timeInForce: "gtc",
    postOnly: false,
    clOrdId: "a",
    origClOrdId: undefined,
    price_ticks: 5_000_000,
    order_lots: 10,
    cum_lots: 2,
    lost_lots: 0,
    notional: 10_000_000n,
    status: "partially_filled",
    executions: [corrected(4, "1"), corrected(3, "2")],
  };
  const event = { execType: "trade_correct", execId: "SIMX-E1", tsEvent: "2" } as const;
  const report = { type: "report", seq: 7, ...reportOf(order, event) } as const;
  const subject = { kind: "order", order } as const;
  const record = recordOf("oms", report, subject, { orders: 1, executions: 2 });
  assert.strictEqual(record.executionNo, 1);
  assert.strictEqual(record.amendment?.tsEvent, "2");
});
