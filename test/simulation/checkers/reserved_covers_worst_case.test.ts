/** What an order may still come to that is done for its day, by a plain reading of its state. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import type { AccountId, ClOrdId, InstrumentId } from "../../../protocols/kernel/ids.ts";
import type { LegClOrdId, OrderId } from "../../../protocols/kernel/ids.ts";
import type { StrategyId, VenueId } from "../../../protocols/kernel/ids.ts";
import type { OrderState } from "../../../protocols/order.ts";
import type { TimeInForce } from "../../../protocols/ord_words.ts";
import { openOf } from "./reserved_covers_worst_case.ts";

const step = { text: "1", scale: 0, units: 1 } as const;

/** An iceberg of 22 lots, shown two by two; a bust has brought its first slice back, or has not. */
const doneForDay = (timeInForce: TimeInForce, isBack: boolean): OrderState => ({
  orderId: "A1.s1.c1" as OrderId,
  account: "A1" as AccountId,
  strategy: "s1" as StrategyId,
  clOrdId: "c1" as ClOrdId,
  version: 5,
  phase: "done_for_day",
  terms: {
    instrument: "AAA-USD" as InstrumentId,
    side: "sell",
    ordType: "limit",
    timeInForce,
    orderQty_lots: 22,
    price_ticks: 900,
    execInst: [],
    route: { policy: "smart" },
    grid: { tick: step, lot: step },
    currency: "USD",
    held: { slice: { maxFloor_lots: 2, minQty_lots: 2 } },
  },
  legs: [
    {
      no: 0,
      venue: "VA" as VenueId,
      clOrdId: "leg0" as LegClOrdId,
      state: isBack ? "working" : "ended",
      orderQty_lots: 2,
      price_ticks: 900,
      cumQty_lots: isBack ? 0 : 2,
    },
  ],
  cumQty_lots: isBack ? 0 : 2,
  cumValue: 0n,
  requests: 0,
  execKeys: [],
  commands: [],
});

describe("an order that is done for the day", () => {
  it.each([
    ["a day's order has ended", "day", false, 0],
    ["a slice of it that a bust brought back works, and no other follows", "day", true, 2],
    ["one that outlives the day goes on with all that is left", "gtc", false, 20],
    ["so it does while a slice works", "gtc", true, 22],
  ] as const)("%s", (_what, timeInForce, isBack, open_lots) => {
    const order = doneForDay(timeInForce, isBack);
    expect(openOf(order)).toBe(open_lots);
    expect(worstOpen_lots(order)).toBe(open_lots);
  });
});
