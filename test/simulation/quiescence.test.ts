/**
 * What the checker of rest makes of a slice that waits for its venue's rate budget.
 */
import { describe, expect, it } from "vitest";
import type { AccountKinds } from "../../actors/account_kinds.ts";
import { venueKinds } from "../../actors/venue/venue_state.ts";
import type { VenueKinds } from "../../actors/venue/venue_state.ts";
import type { AlgoTerms } from "../../protocols/algo.ts";
import type { AccountId, ClOrdId, InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { OrderId, StrategyId, VenueId } from "../../protocols/kernel/ids.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { PlaceLeg } from "../../protocols/venue.ts";
import { emptyState } from "../../runtime/shard_state.ts";
import { quiescence } from "./checkers/quiescence.ts";
import { makeFaults } from "./faults.ts";
import { makeMarket } from "./market.ts";
import { PaperVenue } from "./paper_venue.ts";
import { makePrng } from "./prng.ts";
import { instruments } from "./reference.ts";
import { makeVirtualWorld } from "./virtual_world.ts";

const venueId = "VA" as VenueId;
const orderId = "A1.s1.c1" as OrderId;
const [{ grid, id: instrument }] = instruments as readonly [(typeof instruments)[number]];
const now_ns = 1_750_000_000_000_000_000n;
const [first, second] = ["leg0", "leg1"] as const as unknown as readonly [LegClOrdId, LegClOrdId];
/** Every tenth seed has no faults. */
const seed = 10;

const place = (clOrdId: LegClOrdId, deadline_ns = now_ns): PlaceLeg => ({
  kind: "place",
  orderId,
  clOrdId,
  instrument: instrument as InstrumentId,
  grid,
  side: "buy",
  ordType: "limit",
  timeInForce: "gtc",
  orderQty_lots: 8,
  price_ticks: 900,
  deadline: toNanos(deadline_ns),
});

const leg = (no: number, clOrdId: LegClOrdId, state: Leg["state"]): Leg => ({
  no,
  venue: venueId,
  clOrdId,
  state,
  orderQty_lots: 8,
  price_ticks: 900,
  cumQty_lots: 0,
});

const algo: AlgoTerms = {
  type: "pov",
  participation_bps: 9_000,
  minSlice_lots: 2,
  minQty_lots: 2,
  childStyle: "passive",
  start: toNanos(now_ns),
};

const order = (legs: readonly Leg[]): OrderState => ({
  orderId,
  account: "A1" as AccountId,
  strategy: "s1" as StrategyId,
  clOrdId: "c1" as ClOrdId,
  version: 3,
  phase: "new",
  terms: {
    instrument: instrument as InstrumentId,
    side: "buy",
    ordType: "limit",
    timeInForce: "gtc",
    orderQty_lots: 8,
    price_ticks: 900,
    execInst: [],
    route: { policy: "smart" },
    grid,
    currency: "USD",
    algo,
  },
  legs,
  cumQty_lots: 0,
  cumValue: 0n,
  requests: 1,
  execKeys: [],
  commands: [],
});

interface Scene {
  readonly legs: readonly Leg[];
  /** What waits for the budget. */
  readonly queued?: PlaceLeg;
  /** The venue still has the first slice. */
  readonly isOpenThere?: true;
}

/** Looks at a resting world with one worked order, of which the venue had a first slice. */
const look = ({ legs, queued, isOpenThere }: Scene) => {
  const faults = makeFaults(seed);
  const prng = makePrng(seed, "venue");
  const world = makeVirtualWorld(makePrng(seed, "schedule"), 1);
  const now = (): bigint => now_ns;
  const market = makeMarket([venueId], instruments, faults, makePrng(seed, "market"), world);
  const venue = new PaperVenue({
    id: venueId,
    market,
    faults,
    prng,
    now_ns: now,
    replace: "native",
    execIdsPerOrder: false,
    onChange: () => undefined,
  });
  venue.receive(place(first));
  const cancel = { kind: "cancel", orderId, instrument: instrument as InstrumentId, grid } as const;
  const clOrdId = "leg0-cancel" as LegClOrdId;
  if (isOpenThere !== true) venue.receive({ ...cancel, clOrdId, origClOrdId: first });
  const account = emptyState<AccountKinds>(["order"]);
  account.space.set("order", orderId, order(legs));
  const shard = emptyState<VenueKinds>(venueKinds);
  if (queued !== undefined) {
    shard.space.set("queuedPlace", queued.clOrdId, { command: queued, since: toNanos(now_ns) });
  }
  const checker = quiescence({
    mirrors: { accounts: new Map([["acct-0", account]]), venues: new Map([[venueId, shard]]) },
    venues: new Map([[venueId, venue]]),
    market,
    now_ns: now,
  });
  return () => checker.atRest?.(undefined as never);
};

const next = [leg(0, first, "ended"), leg(1, second, "pending")];

describe("rest, where a slice waits for the venue's budget", () => {
  it("agrees with a venue that has nothing of it", () => {
    expect(look({ legs: next, queued: place(second) })).not.toThrow();
  });

  it("does not agree where it is said to be sent and nothing waits", () => {
    expect(look({ legs: next })).toThrow("nothing there, pending here");
  });

  it("does not agree where the venue still has the slice before it", () => {
    const scene = { legs: next, queued: place(second), isOpenThere: true } as const;
    expect(look(scene)).toThrow("new there, new here");
  });

  it("sees a place that waits for no leg, or for one that is over", () => {
    const over = [leg(0, first, "ended"), leg(1, second, "ended")];
    expect(look({ legs: next.slice(0, 1), queued: place(second) })).toThrow("waits for nobody");
    expect(look({ legs: over, queued: place(second) })).toThrow("waits for nobody");
  });

  it("sees a place that waits beyond its deadline", () => {
    const queued = place(second, now_ns - 2_000_000_000n);
    expect(look({ legs: next, queued })).toThrow("waits since");
  });
});
