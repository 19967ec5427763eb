/**
 * How long a venue's gate takes to open again with many open orders and no latency of the venue:
 * its connection is reset again and again, with nothing else going wrong.
 *
 * Owns: the open orders that it makes, all of one strategy, at one venue.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { backOff_default } from "../../actors/venue/back_off.ts";
import type { VenueControl } from "../../deploy/simulator/control_client.ts";
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { FaultWorld } from "../integration/support/fault_world.ts";

/** The strategy whose orders stay open. */
export const drillStrategy = ["CHARLIE", "drill"] as const;

const orders = 1_000;
const resets = 20;
const batch_max = 200;
const wait_ms_max = 90_000;

/** From the begin of the new connection to the open gate, milliseconds, of every reset. */
export const drillGate = async (
  world: FaultWorld,
  venue: string,
  control: VenueControl,
): Promise<readonly number[]> => {
  const none = { kind: "none" } as const;
  await control.setFaults({ latency: { inbound: none, outbound: none } }, { clear: true });
  await openOrders(world, venue, control);
  // A request that is on its way at the reset is waited for until its fate is proven, rightly.
  await world.quiet();
  const times_ms: number[] = [];
  let began_ns = 0n;
  const watch = world.sender.connection.subscribe(venueEventSubject(venue as VenueId, "session"), {
    callback: (error, message) => {
      if (error !== null) return;
      const { to, tsEvent } = message.json<{ readonly to: string; readonly tsEvent: string }>();
      if (to === "connecting") began_ns = BigInt(tsEvent);
      if (to === "open") times_ms.push(Number(BigInt(tsEvent) - began_ns) / 1e6);
    },
  });
  for (let reset = 1; reset <= resets; reset += 1) {
    await control.disconnect("reset", "natoms");
    await wait(`gate open ${reset} times`, async () => times_ms.length >= reset);
    // The back-off between connections begins anew once one has lasted.
    await sleep(backOff_default.stable_ms + 100);
  }
  watch.unsubscribe();
  return times_ms;
};

/**
 * Limit orders far behind the market, which nobody will meet. What is refused, because the venue's
 * gate or its breaker is not open again yet, is sent again as other orders.
 */
const openOrders = async (
  world: FaultWorld,
  venue: string,
  control: VenueControl,
): Promise<void> => {
  let sent = 0;
  await wait("open orders", async () => {
    const missing = orders - (await control.stats()).openOrders;
    const batch = Math.min(missing, batch_max);
    await Promise.all(Array.from({ length: batch }, (_, no) => send(world, venue, sent + no)));
    sent += Math.max(0, batch);
    await sleep(100);
    return missing <= 0;
  });
};

const send = (world: FaultWorld, venue: string, no: number): Promise<void> => {
  const [account, strategy] = drillStrategy;
  const body = {
    instrument: "BTC-USDT",
    side: "buy",
    ordType: "limit",
    timeInForce: "gtc",
    orderQty: "0.00100",
    price: (world.prices.mid("BTC-USDT") * 0.8).toFixed(2),
    route: { policy: "direct", venue },
  };
  const clOrdId = `drill-${no}`;
  const verb = "submit";
  return world.sender.send({ account, strategy, clOrdId, verb, commandId: "submit", body });
};

const wait = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const until_ms = performance.now() + wait_ms_max;
  while (!(await holds())) {
    if (performance.now() > until_ms) throw new Error(`never: ${what}`);
    await sleep(10);
  }
};
