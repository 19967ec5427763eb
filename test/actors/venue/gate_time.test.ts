/**
 * How long a gate takes to open again with 1,000 open orders, at a venue without latency: from the
 * new connection to the open gate, over TCP to a real venue process.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { FaultyVenue } from "../../simulator/faulty_venue.ts";
import { LiveShard, realTimers } from "./live_shard.ts";
import { until } from "./tcp_stage.ts";
import { place } from "./venue_requests.ts";

const orders = 1_000;
const resets = 20;

let venue: FaultyVenue;
beforeAll(async () => {
  venue = await FaultyVenue.start("--instruments", "BTC-USDT");
});
afterAll(() => venue.stop());

test("1,000 open orders: the gate opens within 250 ms of the connection", async () => {
  const shard = new LiveShard(venue.process.port, { unanswered_max: 2 * orders });
  try {
    await until("open", () => shard.isOpen);
    const deadline_ns = realTimers.now_ns() + 60_000_000_000n;
    for (let no = 0; no < orders; no += 1) {
      shard.message(place(`o${no}`, deadline_ns, { price_ticks: 100_000 }));
      if (no % 100 === 99) await until("taken", () => shard.bench.space.size("request") === 0);
    }
    await until("settled", () => shard.isSettled);
    const times_ms: number[] = [];
    for (let reset = 1; reset <= resets; reset += 1) {
      await venue.control.disconnect("reset");
      await until("lost", () => shard.bench.session?.counters.disconnects === reset);
      await until("open again", () => shard.isOpen);
      times_ms.push(openedAfter_ms(shard));
    }
    times_ms.sort((a, b) => a - b);
    const at = (share: number): number => times_ms[Math.ceil(share * resets) - 1] ?? Number.NaN;
    const figures = `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
    process.stdout.write(`gate open with ${orders} open orders: ${figures}, of ${resets}\n`);
    expect(at(0.5)).toBeLessThan(250);
    const [last] = shard.bench.published
      .filter((one) => one.subject.endsWith("reconciled"))
      .slice(-1);
    expect(last?.body).toMatchObject({ why: "logon", settled: true, counts: { orders } });
  } finally {
    shard.stop();
  }
}, 60_000);

/** From `connecting` to `open`, by the session's own events. */
const openedAfter_ms = ({ bench }: LiveShard): number => {
  const changes = bench.published.flatMap(({ subject, body }) =>
    subject.endsWith(".session") ? [body as { to: string; tsEvent: string }] : [],
  );
  const began = changes.findLast(({ to }) => to === "connecting");
  const opened = changes.findLast(({ to }) => to === "open");
  return Number(BigInt(opened?.tsEvent ?? 0) - BigInt(began?.tsEvent ?? 0)) / 1e6;
};
