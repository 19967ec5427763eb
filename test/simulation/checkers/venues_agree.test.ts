/** A difference is ours, but for lots that a venue forgot together with all that told of them. */
import { describe, expect, it } from "vitest";
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import type { VenueKinds } from "../../../actors/venue/venue_state.ts";
import { venueKinds } from "../../../actors/venue/venue_state.ts";
import type { InstrumentId, LegClOrdId, OrderId, VenueId } from "../../../protocols/kernel/ids.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { venueShard } from "../../../protocols/kernel/shard.ts";
import type { PlaceLeg } from "../../../protocols/venue.ts";
import { emptyState } from "../../../runtime/shard_state.ts";
import { makeFaults } from "../faults.ts";
import { makeMarket } from "../market.ts";
import { PaperVenue } from "../paper_venue.ts";
import { makePrng } from "../prng.ts";
import { instruments } from "../reference.ts";
import { makeVirtualWorld } from "../virtual_world.ts";
import { venuesAgree } from "./venues_agree.ts";

const id = "VA" as VenueId;
const instrument = "AAA-USD" as InstrumentId;
const root = "o1" as LegClOrdId;
const orderId = "A0.s1.c1" as OrderId;
const grid = {
  tick: { text: "0.5", scale: 1, units: 5 },
  lot: { text: "0.1", scale: 1, units: 1 },
} as const;
const at = "1" as Nanos;

/** A venue where 98 of 99 lots were bought; its shard knows of none, or of `told_lots`. */
const bought = (told_lots = 0) => {
  const faults = makeFaults(0);
  faults.end();
  const prng = makePrng(0, "test");
  const world = makeVirtualWorld(prng, 30);
  const { now_ns } = world;
  const market = makeMarket([id], instruments, faults, prng, world);
  const venue = new PaperVenue({
    ...{ id, market, faults, prng, now_ns, replace: "native", execIdsPerOrder: false },
    onChange: () => undefined,
  });
  venue.onReport = () => undefined;
  const terms = { side: "buy", ordType: "limit", orderQty_lots: 99, price_ticks: 900 } as const;
  const identity = { orderId, clOrdId: root, instrument, grid, timeInForce: "gtc" } as const;
  venue.receive({ kind: "place", ...identity, ...terms, deadline: "2" } as PlaceLeg);
  const [order] = venue.orders();
  if (order === undefined) throw new Error("the order was accepted");
  const heardSeq = venue.log.lastSeq;
  venue.fill(order, 98, 900);
  const state = emptyState<VenueKinds>(venueKinds);
  const known = { orderId, instrument, ids: [root], current: root, cumQty_lots: told_lots };
  state.space.set("order", root, { ...known, told_lots, side: "buy" });
  const checker = venuesAgree({
    mirrors: { accounts: new Map(), venues: new Map([[id, state]]) },
    venues: new Map([[id, venue]]),
    market,
    now_ns,
  });
  const note = (lots: number): void => {
    const event: VenueEvent = { type: "position_differs", instrument, lots, noted: true, at };
    const turns = [{ in: "local", events: [event] }];
    const content = { kind: "turns", at, turns } as never;
    const frame = { shard: "", seq: 1, epoch: 1, prev: "", sum: "", content, out: () => [] };
    checker.onFrame?.({ shard: venueShard(id), name: id, frame, writer: 1 });
  };
  return { venue, heardSeq, note };
};

describe("a difference of positions that was noted", () => {
  it("is no violation where the venue forgot the order and its trades unheard", () => {
    const { venue, heardSeq, note } = bought();
    venue.dropExecutions();
    venue.restart(heardSeq, () => true);
    expect(() => note(98)).not.toThrow();
  });

  it("is one by any other number of lots", () => {
    const { venue, heardSeq, note } = bought();
    venue.dropExecutions();
    venue.restart(heardSeq, () => true);
    expect(() => note(97)).toThrow("97 lots of AAA-USD more than told");
    expect(() => note(-98)).toThrow("-98 lots");
  });

  it("is one where the shard had heard of the trades", () => {
    const { venue, heardSeq, note } = bought(98);
    venue.dropExecutions();
    venue.restart(heardSeq + 1, () => true);
    expect(() => note(98)).toThrow("98 lots");
  });

  it("is one where the venue lists the trades, or has the order's record", () => {
    const listing = bought();
    listing.venue.restart(listing.heardSeq, () => true);
    expect(() => listing.note(98)).toThrow("98 lots");
    const recording = bought();
    recording.venue.dropExecutions();
    recording.venue.restart(recording.heardSeq, () => false);
    expect(() => recording.note(98)).toThrow("98 lots");
  });
});
