/**
 * The last leg of an order has made room for nothing more: the order has done all that is in force.
 * That the leg was canceled, told once more from the venue's record, is not the end of the order.
 */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { VenueProfile } from "../../../protocols/instrument.ts";
import { limit10, reference } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const venues = new Map(
  [...reference.venues].map(([id, venue]): [typeof id, VenueProfile] => [
    id,
    { ...venue, replace: "cancel_replace" },
  ]),
);

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard({ venues });
});
afterEach(() => desk.check());

const record = { execType: "canceled", fromRecord: true, cumQty_lots: 4 } as const;

it("an order whose last fill is counted and not told is filled by it, not canceled before", () => {
  desk.submit("a", limit10);
  desk.ack("a");
  const fill = { execType: "trade", lastPx_ticks: 100 } as const;
  desk.replace("a", { replaceId: "r1", orderQty: "4" });
  const request = desk.asked("a");
  desk.report("a", { ...fill, execId: "A2", cumQty_lots: 4, lastQty_lots: 3 });
  desk.report("a", { execType: "canceled", clOrdId: request.clOrdId, cumQty_lots: 4 });
  expect(desk.said.at(-1)).toBe("a replaced partially_filled");
  const said = desk.said.length;
  desk.report("a", record);
  expect(desk.said).toHaveLength(said);
  desk.report("a", { ...fill, execId: "A1", cumQty_lots: 1, lastQty_lots: 1 });
  expect(desk.said.at(-1)).toBe("a trade filled");
});

it("a child that waits for its parent to go on waits on", () => {
  const child = { clOrdId: "t", side: "sell", ordType: "limit", price: "110", timeInForce: "gtc" };
  desk.submit("e", { ...limit10, contingency: { type: "oto", orders: [child] } });
  desk.fill("e", 6);
  desk.ack("t");
  desk.fill("t", 4, 110);
  desk.report("e", {
    execType: "trade_cancel",
    refExecId: "x1",
    leavesQty_lots: 10,
    cumQty_lots: 0,
  });
  desk.canceled("t");
  desk.report("t", record);
  expect(desk.said.at(-1)).toBe("t replaced partially_filled");
  desk.report("e", { execType: "trade", lastQty_lots: 10, lastPx_ticks: 100, cumQty_lots: 10 });
  expect(desk.placed("t").map(({ orderQty_lots }) => orderQty_lots)).toEqual([6, 6]);
});
