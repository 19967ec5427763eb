/**
 * Scenario 51 with real processes: a venue that answers slowly, then one that refuses for itself;
 * the breaker opens, flow moves to the other venue, and comes back when the venue is well.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import type { SimFaultSettings } from "../../protocols/sim_wire.ts";
import { drawChance } from "./support/chance.ts";
import { FaultWorld } from "./support/fault_world.ts";
import { desk, rest, until, venueEvents, wordsOf } from "./support/venue_desk.ts";

const slow = { kind: "constant", delay_ns: "1300000000" } as const;
const full = { probability: 1, reasons: ["venue_full"] } as const;

const degradations: readonly (readonly [name: string, cause: string, faults: SimFaultSettings])[] =
  [
    ["slow answers", "slow", { latency: { outbound: slow } }],
    ["refusals for its own trouble", "trouble", { rejects: { new_order: full } }],
    ["silence", "timeouts", { silence: { swallow: 1 } }],
  ];

/** Orders that a venue has ever had. */
const ordersAt = async (control: VenueControl): Promise<number> =>
  (await control.dump()).orders.length;

test.each(degradations)(
  "scenario 51: %s open the breaker, flow moves, and comes back",
  async (_, cause, faults) => {
    const { seed, notes } = drawChance();
    await using world = await FaultWorld.start(seed);
    notes.push(() => world.story());
    await world.startReadyNode();
    // The venue with the lower maker fee is where orders rest.
    const [other, liked] = await Promise.all(
      world.venues.map(({ process }) => VenueControl.open(process.port)),
    );
    if (other === undefined || liked === undefined) throw new Error("two venues are needed");
    const first = await rest(world);
    await until("it rests", async () => (await wordsOf(world, first)).includes("new"));
    expect(await ordersAt(liked)).toBe(1);

    await liked.setFaults(faults);
    const phases = async (): Promise<readonly unknown[]> =>
      (await venueEvents(world, "SIMY", "breaker")).map(({ to }) => to);
    const trade = async (holds: () => Promise<boolean>): Promise<void> => {
      await until("the breaker follows", async () => {
        await Promise.all([rest(world), rest(world), rest(world)]);
        return holds();
      });
    };
    await trade(async () => (await phases()).includes("open"));
    const [opened] = await venueEvents(world, "SIMY", "breaker");
    expect(opened).toMatchObject({ venue: "SIMY", from: "closed", to: "open", cause });
    // A moment, until every account shard knows.
    await sleep(300);
    const before = await ordersAt(other);
    const moved = await Promise.all(Array.from({ length: 10 }, () => rest(world)));
    await until("they rest at the other venue", async () => (await ordersAt(other)) >= before + 9);
    for (const clOrdId of moved.slice(0, 3)) {
      expect((await wordsOf(world, clOrdId))[0]).toBe("pending_new");
    }

    await liked.clearFaults();
    await trade(async () => (await phases()).at(-1) === "closed");
    await sleep(300);
    const back = await rest(world);
    const count = await ordersAt(liked);
    await until("it rests", async () => (await wordsOf(world, back)).includes("new"));
    expect(await ordersAt(liked)).toBeGreaterThanOrEqual(count);
    expect(new Set(await phases())).toEqual(new Set(["open", "half_open", "closed"]));
    await world.settle([desk]);
    for (const control of [other, liked]) control.close();
  },
  120_000,
);
