/**
 * A bust brings an earlier leg back while a later one works, and it is canceled again: what a venue
 * says of that cancel, and says again, is about the earlier leg.
 */
import { afterEach, beforeEach, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import type { VenueProfile } from "../../../protocols/instrument.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
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

/** Of 10, 4 filled in the first leg and were busted, 6 work in the second. The cancel is named. */
const bringBack = (): LegClOrdId => {
  desk.submit("a", limit10);
  desk.ack("a");
  const fill = { execType: "trade", lastPx_ticks: 90 } as const;
  desk.report("a", { ...fill, execId: "A1", cumQty_lots: 4, lastQty_lots: 4 });
  desk.replace("a", { replaceId: "r1", price: "91" });
  desk.canceled("a");
  desk.ack("a");
  const first = desk.order("a").legs[0]?.clOrdId ?? ("" as LegClOrdId);
  const bust = { execType: "trade_cancel", refExecId: "A1", leavesQty_lots: 6 } as const;
  desk.report("a", { ...bust, clOrdId: first, cumQty_lots: 0 });
  const { kind, clOrdId } = desk.asked("a");
  expect(kind).toBe("cancel");
  desk.report("a", { ...fill, execId: "A2", clOrdId: first, cumQty_lots: 3, lastQty_lots: 3 });
  desk.report("a", { execType: "canceled", clOrdId, cumQty_lots: 3 });
  return clOrdId;
};

it.each(["canceled", "cancel_rejected"] as const)(
  "%s once more does not end the leg that works, nor count for it",
  (execType) => {
    const clOrdId = bringBack();
    const said = desk.said.length;
    desk.report("a", { execType, clOrdId, cumQty_lots: 3 });
    desk.advance(10_000);
    expect(desk.said).toHaveLength(said);
    const { phase, legs } = desk.order("a");
    expect([phase, ...legs.map(({ state }) => state)]).toEqual(["new", "ended", "working"]);
    expect([worstOpen_lots(desk.order("a")), desk.net_lots]).toEqual([6, 3]);
  },
);
