/** The arithmetic of the demo's summary: histograms, metrics, sums of fills, the run's record. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { orderEvent } from "../client/fake_oms.ts";
import {
  planNode,
  planStrategies,
  planVenues,
  readDemoConfig,
} from "../../deploy/start/demo_plan.ts";
import { FillTotals, differences } from "../../deploy/start/fill_totals.ts";
import { LatencyHistogram } from "../../deploy/start/latency_histogram.ts";
import { quantileOf, readSamples, sumOf } from "../../deploy/start/node_metrics.ts";
import { RunRecord } from "../../deploy/start/run_record.ts";
import { isGood, summaryLines } from "../../deploy/start/summary.ts";
import { readOrderEvent, readPositionEvent } from "../../protocols/client/event_message.ts";
import type { OrderEventMessage } from "../../protocols/client/event_message.ts";
import { Result } from "effect";
import type { EventFields } from "../client/fake_oms.ts";

const read = (clOrdId: string, version: number, fields: EventFields): OrderEventMessage =>
  Result.getOrThrow(
    readOrderEvent(Buffer.from(JSON.stringify(orderEvent(clOrdId, version, fields)))),
  );

const fill = {
  venue: "SIMX",
  instrument: "BTC-USDT",
  side: "buy",
  lastQty: "0.001",
  lastPx: "62000.10",
  fee: "0.0124",
};

describe("latency histogram", () => {
  it("gives quantiles within one bucket of the truth, also merged", () => {
    const [all, left, right] = [1, 2, 3].map(() => new LatencyHistogram());
    for (let us = 1; us <= 10_000; us += 1) {
      all?.record(us);
      (us % 3 === 0 ? left : right)?.record(us);
    }
    right?.merge(left?.take() ?? []);
    for (const share of [0.5, 0.99]) {
      const truth = share * 10_000;
      expect(all?.quantile_us(share)).toBeGreaterThanOrEqual(truth);
      expect(all?.quantile_us(share)).toBeLessThanOrEqual(truth * 2 ** (1 / 16));
      expect(right?.quantile_us(share)).toBe(all?.quantile_us(share));
    }
    expect(left?.count).toBe(0);
    expect(left?.quantile_us(0.5)).toBeUndefined();
  });
});

describe("Prometheus text", () => {
  const text = `# HELP hop_seconds x
# TYPE hop_seconds histogram
hop_seconds_bucket{le="0.001",stage="a"} 2
hop_seconds_bucket{le="0.002",stage="a"} 4
hop_seconds_bucket{le="+Inf",stage="a"} 4
hop_seconds_bucket{le="0.001",stage="b"} 9
hop_seconds_count{stage="a"} 4
messages_total{venue="S\\"X",direction="in"} 7
messages_total{venue="S\\"X",direction="out"} 5
no sample here`;
  const samples = readSamples(text);

  it("is read with labels", () => {
    expect(sumOf(samples, "messages_total")).toBe(12);
    expect(sumOf(samples, "messages_total", { direction: "in" })).toBe(7);
  });

  it("gives quantiles of histograms by interpolation", () => {
    expect(quantileOf(samples, "hop_seconds", { stage: "a" }, 0.5)).toBeCloseTo(0.001, 9);
    expect(quantileOf(samples, "hop_seconds", { stage: "a" }, 0.75)).toBeCloseTo(0.0015, 9);
    expect(quantileOf(samples, "hop_seconds", { stage: "none" }, 0.5)).toBeUndefined();
  });
});

describe("sums of fills", () => {
  it("are exact and independent of order", () => {
    const [ours, theirs] = [new FillTotals(), new FillTotals()];
    const fills = Array.from({ length: 100 }, (_, n) => ({ ...fill, lastPx: `${62000 + n}.1` }));
    for (const one of fills) ours.add(one);
    for (const one of fills.toReversed()) theirs.add(one);
    expect(differences(ours.totals(), theirs.totals())).toEqual([]);
    expect(ours.totals().get("SIMX BTC-USDT buy")).toEqual({
      count: 100,
      qty: "0.1",
      value: "6204.96",
      fees: "1.24",
    });
  });

  it("show a fill that only one side has", () => {
    const [ours, theirs] = [new FillTotals(), new FillTotals()];
    theirs.add(fill);
    expect(differences(ours.totals(), theirs.totals())).toEqual([
      "SIMX BTC-USDT buy: ours nothing; the venue's 1 fills, 0.001 for 62.0001, fees 0.0124",
    ]);
  });
});

describe("the record of a run", () => {
  const trade = {
    execType: "trade",
    lastQty: "0.5",
    lastPx: "10",
    lastMkt: "SIMX",
    tsEvent: "5000000",
    tsInit: "6000000",
  };

  it("counts each event once, however often and in whatever order the feed brings it", () => {
    const record = new RunRecord(true);
    const events = [
      read("o1", 1, { execType: "pending_new", tsInit: "1000000" }),
      read("o1", 2, { execType: "new", tsInit: "3000000" }),
      read("o1", 3, trade),
      read("o1", 4, { ...trade, ordStatus: "filled" }),
    ];
    for (const event of [...events.toReversed(), ...events]) record.takeOrderEvent(event, 0);
    expect(record.counts).toMatchObject({ orders: 1, accepted: 1, fills: 2, gaps: 0 });
    expect(record.fills.totals().get("SIMX BTC-USDT buy")).toMatchObject({ qty: "1", value: "10" });
    expect(record.open.size).toBe(0);
    expect(record.ended.get("ACC.strat.o1")?.ordStatus).toBe("filled");
    expect(record.hops.acceptToNew.quantile_us(0.5)).toBeGreaterThanOrEqual(2_000);
    expect(record.hops.acceptToNew.quantile_us(0.5)).toBeLessThan(2_100);
    expect(record.hops.tradeToEvent.count).toBe(2);
  });

  it("sums up, and is good only if every check holds and nothing died", () => {
    const record = new RunRecord(true);
    record.takeOrderEvent(read("o1", 1, { execType: "pending_new" }), 0);
    const position = {
      account: "A",
      instrument: "B",
      netQty: "1",
      version: 1,
      fees: { USDT: "2" },
    };
    const bytes = Buffer.from(JSON.stringify({ ...position, tsEvent: "1", tsInit: "1" }));
    record.takePositionEvent(Result.getOrThrow(readPositionEvent(bytes)));
    const check = { name: "all is well", ok: true, lines: [] };
    const summary = { ran_ms: 1_500, record, hops: [], checks: [check], deaths: [] };
    const text = summaryLines(summary).join("\n");
    expect(text).toContain("natoms ran 1.5 s");
    expect(text).toContain("ok      all is well");
    expect(text).toMatch(/A B +1 +– +– +– +2 USDT/);
    expect(isGood(summary)).toBe(true);
    expect(isGood({ ...summary, deaths: ["node-1 died"] })).toBe(false);
    expect(isGood({ ...summary, checks: [{ ...check, ok: false }] })).toBe(false);
  });
});

describe("the plan of the demo", () => {
  const config = readDemoConfig(
    readFileSync(new URL("../../deploy/demo.json", import.meta.url), "utf8"),
  );

  it("gives each venue its own seed and the fees of the configuration", () => {
    const [first, second] = planVenues(config, 40, 2);
    expect(first?.args.join(" ")).toContain("--venue SIMX --port 0 --seed 40 --speed 2");
    expect(second?.args.join(" ")).toContain("--venue SIMY --port 0 --seed 41 --speed 2");
    expect(second?.args).toContain("--maker-bps=-0.5");
  });

  it("tells the node where its venues are and each strategy its instrument's grid", () => {
    const node = planNode("nats://h:1", "demo.json", [{ venue: "SIMX", port: 7 }]);
    expect(node.args.join(" ")).toContain("--venue SIMX=127.0.0.1:7");
    const eth = planStrategies(config, "nats://h:1").find(({ name }) => name === "MM2.quotes");
    expect(eth?.args.join(" ")).toContain("--instrument ETH-USDT --tick 0.01 --lot 0.0001");
  });
});
