/** Latency: the models' numbers, their spellings, and a delay line that keeps order. */
import { assert, describe, it } from "vitest";
import { DelayLine } from "../../deploy/simulator/delay_line.ts";
import {
  latency_ns_max,
  latencyModelFromWire,
  latencySampler,
  parseLatencyModel,
  sampleLatency_ns,
} from "../../deploy/simulator/latency_model.ts";
import type { SteadyLatency } from "../../deploy/simulator/latency_model.ts";
import { createPrng } from "../../deploy/simulator/prng.ts";
import { ManualClock } from "./manual_clock.ts";

const samples = (model: SteadyLatency, seed = 1): number[] => {
  const prng = createPrng(seed);
  return Array.from({ length: 20_000 }, () => sampleLatency_ns(model, prng));
};
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a latency model", () => {
  it("is read from the command line", () => {
    assert.deepStrictEqual(parseLatencyModel("none"), { kind: "none" });
    assert.deepStrictEqual(parseLatencyModel("constant:1.5ms"), {
      kind: "constant",
      delay_ns: 1_500_000,
    });
    assert.deepStrictEqual(parseLatencyModel("uniform:200us,3ms"), {
      kind: "uniform",
      min_ns: 200_000,
      max_ns: 3_000_000,
    });
    assert.deepStrictEqual(parseLatencyModel("lognormal:1s,0.5"), {
      kind: "lognormal",
      median_ns: 1_000_000_000,
      sigma: 0.5,
    });
  });

  it.each(["", "none:1ms", "constant", "constant:1", "constant:-1ms", "constant:1ms,2ms"])(
    "is refused as %j",
    (text) => assert.isUndefined(parseLatencyModel(text)),
  );
  it.each(["uniform:3ms,1ms", "uniform:3ms", "lognormal:1ms", "constant:61s", "constant:1ms:2"])(
    "is refused as %j",
    (text) => assert.isUndefined(parseLatencyModel(text)),
  );

  it("has the distribution that it names", () => {
    const uniform = samples({ kind: "uniform", min_ns: 1_000, max_ns: 3_000 });
    assert.isTrue(uniform.every((value) => value >= 1_000 && value <= 3_000));
    assert.approximately(mean(uniform), 2_000, 20);
    const lognormal = samples({ kind: "lognormal", median_ns: 1_000_000, sigma: 0.5 });
    const sorted = lognormal.toSorted((a, b) => a - b);
    assert.approximately(sorted[10_000] ?? 0, 1_000_000, 30_000);
    // exp(1.2816 × 0.5): the 90th percentile
    assert.approximately(sorted[18_000] ?? 0, 1_898_000, 80_000);
    assert.deepStrictEqual(new Set(samples({ kind: "constant", delay_ns: 7 })), new Set([7]));
    const wild = samples({ kind: "lognormal", median_ns: latency_ns_max, sigma: 10 });
    assert.isTrue(wild.every((value) => value >= 0 && value <= latency_ns_max));
  });

  it("repeats by seed", () => {
    const model = { kind: "lognormal", median_ns: 1_000, sigma: 1 } as const;
    assert.deepStrictEqual(samples(model, 5), samples(model, 5));
    assert.notDeepEqual(samples(model, 5), samples(model, 6));
  });

  it("takes measured delays as they are, each as often as another", () => {
    const drawn = samples({ kind: "empirical", samples_ns: [7, 7, 1_000] });
    assert.deepStrictEqual(new Set(drawn), new Set([7, 1_000]));
    const slow = drawn.filter((delay_ns) => delay_ns === 1_000).length;
    assert.approximately(slow / drawn.length, 1 / 3, 0.02);
  });

  it("comes in bursts as long as their chain says, and as often", () => {
    const next = latencySampler(
      {
        kind: "bursts",
        calm: { kind: "none" },
        burst: { kind: "constant", delay_ns: 50 },
        toBurst: 0.02,
        toCalm: 0.25,
      },
      createPrng(3),
    );
    const runs: number[] = [];
    let calm = 0;
    let run = 0;
    for (let message = 0; message < 100_000; message += 1) {
      if (next() === 50) run += 1;
      else {
        calm += 1;
        if (run > 0) runs.push(run);
        run = 0;
      }
    }
    assert.approximately(mean(runs), 4, 0.3);
    assert.approximately(runs.length / calm, 0.02, 0.003);
  });

  it("comes over the wire within the same bounds", () => {
    assert.deepStrictEqual(latencyModelFromWire({ kind: "constant", delay_ns: "5" }), {
      kind: "constant",
      delay_ns: 5,
    });
    assert.isUndefined(latencyModelFromWire({ kind: "constant", delay_ns: "99999999999999" }));
    const wire = { kind: "lognormal", median_ns: "1", sigma: "11" } as const;
    assert.isUndefined(latencyModelFromWire(wire));
    const samples_ns: [string, ...string[]] = ["1", "99999999999999"];
    assert.isUndefined(latencyModelFromWire({ kind: "empirical", samples_ns }));
    const calm = { kind: "none" } as const;
    const bursts = { kind: "bursts", calm, burst: wire, toBurst: 1, toCalm: 1 } as const;
    assert.isUndefined(latencyModelFromWire(bursts));
    assert.deepStrictEqual(latencyModelFromWire({ ...bursts, burst: calm }), {
      ...bursts,
      burst: calm,
    });
  });
});

describe("a delay line", () => {
  const lineOf = (delays: number[]) => {
    const clock = new ManualClock();
    const out: [number, number][] = [];
    const line = new DelayLine<number>(
      clock,
      () => delays.shift() ?? 0,
      (item) => out.push([item, clock.now_ns()]),
    );
    return { clock, out, line };
  };

  it("holds each message for its time, and a quick one behind a slow one", () => {
    const { clock, out, line } = lineOf([10, 2, 30]);
    for (const item of [1, 2, 3]) line.push(item);
    clock.advance(9);
    assert.deepStrictEqual(out, []);
    assert.strictEqual(line.size, 3);
    clock.advance(100);
    assert.deepStrictEqual(out, [
      [1, 10],
      [2, 10],
      [3, 30],
    ]);
  });

  it("passes at once what has no delay, but never before an earlier one", () => {
    const { clock, out, line } = lineOf([0, 5, 0]);
    for (const item of [1, 2, 3]) line.push(item);
    assert.deepStrictEqual(out, [[1, 0]]);
    clock.advance(5);
    assert.deepStrictEqual(out.slice(1), [
      [2, 5],
      [3, 5],
    ]);
  });

  it("flushes in order, or forgets", () => {
    const { clock, out, line } = lineOf([5, 5, 5]);
    line.push(1);
    line.push(2);
    line.flush();
    assert.deepStrictEqual(
      out.map(([item]) => item),
      [1, 2],
    );
    line.push(3);
    line.clear();
    clock.advance(100);
    assert.strictEqual(out.length, 2);
  });

  it("keeps order over thousands of random delays", () => {
    const prng = createPrng(4);
    const { clock, out, line } = lineOf(
      Array.from({ length: 5_000 }, () => prng.nextUint32() % 50),
    );
    for (let item = 0; item < 5_000; item += 1) {
      line.push(item);
      if (item % 3 === 0) clock.advance(prng.nextUint32() % 20);
    }
    clock.advance(1_000);
    assert.deepStrictEqual(
      out.map(([item]) => item),
      Array.from({ length: 5_000 }, (_, index) => index),
    );
  });
});
