/**
 * Behavioural scenario 52 with a whole node and three real venues: an order is worked in slices
 * where each is best, one slice is in doubt, and what it may have done is not sent elsewhere before
 * its venue has spoken. The number is theirs.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import type { VenueDump } from "../../deploy/simulator/control_client.ts";
import { drawChance } from "./support/chance.ts";
import { FaultWorld } from "./support/fault_world.ts";
import { FeedTape } from "./support/feed_tape.ts";
import { desk, submit, until } from "./support/venue_desk.ts";
import { venueRecordFaultsOf } from "./support/venue_record_faults.ts";

const names = ["SIMX", "SIMY", "SIMZ"] as const;
const window_ms = 16_000;

test("52: what a slice in doubt may have done is sent nowhere else meanwhile", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed, undefined, names);
  notes.push(() => world.story());
  const tape = new FeedTape(world);
  await world.startReadyNode();
  const controls = await Promise.all(
    world.venues.map(({ process }) => VenueControl.open(process.port)),
  );
  const taken = async (): Promise<readonly number[]> =>
    Promise.all(controls.map(async (control) => (await control.dump()).orders.length));
  const total = async (): Promise<number> => (await taken()).reduce((sum, count) => sum + count, 0);

  // Wherever the first slice goes, it is carried out there and nobody is told.
  for (const control of controls) await control.setFaults({ silence: { unreported: 1 } });
  const endTime = `${BigInt(Date.now() + window_ms) * 1_000_000n}`;
  const price = (world.prices.mid("BTC-USDT") * 1.02).toFixed(2);
  const algo = { type: "twap", endTime, slices: 8 } as const;
  const clOrdId = await submit(world, { price, orderQty: "0.008", algo });
  await until("the first slice is there", async () => (await total()) === 1, 20_000);
  const at = (await taken()).indexOf(1);
  await controls[at]?.setFaults({ outage: { refuses: "logons", orders: "keep" } });
  for (const control of controls) await control.setFaults({}, { off: ["silence"] });
  await until("in doubt", () => tape.wordsOf(desk, clOrdId).includes("in_doubt"), 20_000);
  // Two more are due by now, and two venues are well.
  await sleep(5_000);
  expect(await total()).toBe(1);

  await controls[at]?.clearFaults();
  const ended = (): boolean => ["filled", "expired"].includes(lastStatus(tape, clOrdId));
  await until("worked", ended, 2 * window_ms);
  await world.settle([desk]);
  const dumps = new Map<string, VenueDump>();
  for (const [no, name] of names.entries()) {
    const dump = await controls[no]?.dump();
    if (dump !== undefined) dumps.set(name, dump);
    controls[no]?.close();
  }
  const bought = [...dumps.values()]
    .flatMap(({ executions }) => executions)
    .reduce((sum, { lastQty }) => sum + Number(lastQty), 0);
  expect(bought).toBeLessThanOrEqual(0.008 + 1e-9);
  expect(bought).toBeGreaterThan(0.001);
  expect(await venueRecordFaultsOf(world, [desk], dumps)).toEqual([]);
}, 120_000);

/** Where the order stands by the last event of it. */
const lastStatus = (tape: FeedTape, clOrdId: string): string => {
  const [account, strategy] = desk;
  const prefix = `oms.v1.evt.order.${account}.${strategy}.${clOrdId}.`;
  return String(
    tape.events.findLast(({ subject }) => subject.startsWith(prefix))?.body["ordStatus"],
  );
};
