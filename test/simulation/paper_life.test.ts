/** What a paper venue does by itself is what a venue may do. */
import { describe, expect, it } from "vitest";
import type { InstrumentId, LegClOrdId, OrderId, VenueId } from "../../protocols/kernel/ids.ts";
import type { PlaceLeg } from "../../protocols/venue.ts";
import { makeFaults } from "./faults.ts";
import { makeMarket } from "./market.ts";
import { behaviours } from "./paper_life.ts";
import { isWorking } from "./paper_order.ts";
import { PaperVenue } from "./paper_venue.ts";
import { makePrng } from "./prng.ts";
import { instruments } from "./reference.ts";
import { makeVirtualWorld } from "./virtual_world.ts";

const id = "VA" as VenueId;
const instrument = "AAA-USD" as InstrumentId;
const grid = {
  tick: { text: "0.5", scale: 1, units: 5 },
  lot: { text: "0.1", scale: 1, units: 1 },
} as const;

/** A venue where an order rests that has come back to life by a bust, whatever it was good for. */
const revived = (timeInForce: PlaceLeg["timeInForce"]) => {
  const faults = makeFaults(0);
  faults.end();
  const prng = makePrng(0, "test");
  const world = makeVirtualWorld(prng, 30);
  const market = makeMarket([id], instruments, faults, prng, world);
  const { now_ns } = world;
  const said: string[] = [];
  const venue = new PaperVenue({
    ...{ id, market, faults, prng, now_ns, replace: "native", execIdsPerOrder: false },
    onChange: () => undefined,
  });
  venue.onReport = (seq) => {
    const { report } = venue.log.get(seq) ?? {};
    said.push(`${report?.execType ?? ""} ${report?.ended === true ? "ended" : "there"}`);
  };
  const clOrdId = "o1" as LegClOrdId;
  const identity = { orderId: "A0.s1.c1" as OrderId, clOrdId, instrument, grid };
  const terms = { side: "buy", ordType: "limit", orderQty_lots: 5, price_ticks: 900 } as const;
  venue.receive({ kind: "place", ...identity, ...terms, timeInForce, deadline: "2" } as PlaceLeg);
  const [order] = venue.orders();
  if (order === undefined) throw new Error("the order was accepted");
  order.status = "new";
  return { venue, order, said };
};

describe("the end of the day at a paper venue", () => {
  const dayEnds = behaviours.find(({ fault }) => fault === "venue_done_for_day");
  it.each(["day", "ioc", "fok"] as const)("ends an order that is good for %s", (timeInForce) => {
    const { venue, order, said } = revived(timeInForce);
    expect(dayEnds?.to(order)).toBe(true);
    dayEnds?.act(venue, order);
    expect(isWorking(order)).toBe(false);
    expect(said.at(-1)).toBe("done_for_day ended");
  });

  it.each(["gtc", "gtd"] as const)("halts one that is good for longer: %s", (timeInForce) => {
    const { venue, order, said } = revived(timeInForce);
    dayEnds?.act(venue, order);
    expect(isWorking(order)).toBe(true);
    expect(order.halted).toBe("done_for_day");
    expect(said.at(-1)).toBe("done_for_day there");
  });
});
