/**
 * The recordings carry their own oracle: after each depth batch, the top of the book built from
 * snapshot and diffs must be the exchange's own last best bid and ask.
 */
import { fileURLToPath } from "node:url";
import { performance } from "node:perf_hooks";
import { assert, describe, it } from "vitest";
import { instrumentSpecs } from "../../deploy/simulator/instrument_spec.ts";
import { MatchingBook } from "../../deploy/simulator/matching_book.ts";
import { RecordingError, RecordingParser } from "../../deploy/simulator/recording.ts";
import type { Recording, RecordedTicker } from "../../deploy/simulator/recording.ts";
import { loadRecording } from "../../deploy/simulator/recording_file.ts";

const folder = fileURLToPath(new URL("../../deploy/data", import.meta.url));

/** Depth batches after the snapshot, and trades, of each file. */
const expected = new Map([
  ["BTC-USDT", { batches: 3_449, duration_ns: 345_793_000_000 }],
  ["ETH-USDT", { batches: 3_432, duration_ns: 345_845_000_000 }],
]);

/** Plays all depth batches; counts how many tops equal the oracle. */
const compareWithOracle = (recording: Recording): { checked: number; equal: number } => {
  const book = new MatchingBook();
  book.seedMarket(recording.bids, recording.asks);
  const byUpdate = recording.tickers;
  let next = 0;
  let oracle: RecordedTicker | undefined;
  const result = { checked: 0, equal: 0 };
  for (const event of recording.events) {
    if (event.kind === "trade") continue;
    for (const [price, qty] of event.bids) book.setMarketLevel("buy", price, qty);
    for (const [price, qty] of event.asks) book.setMarketLevel("sell", price, qty);
    for (let ticker = byUpdate[next]; ticker !== undefined; ticker = byUpdate[next]) {
      if (ticker.updateId > event.lastUpdateId) break;
      oracle = ticker;
      next += 1;
    }
    result.checked += 1;
    const bid = book.top("buy");
    const ask = book.top("sell");
    const isEqual =
      bid?.join() === oracle?.bid.join() && ask?.join() === oracle?.ask.join() && bid && ask;
    if (isEqual) result.equal += 1;
  }
  return result;
};

describe("the recordings", () => {
  it.each(instrumentSpecs)(
    "$instrument: the book equals the exchange's best prices after every batch",
    async (spec) => {
      const recording = await loadRecording(folder, spec, true);
      const { batches } = expected.get(spec.instrument) ?? { batches: 0 };
      assert.deepStrictEqual(compareWithOracle(recording), { checked: batches, equal: batches });
    },
  );

  it("are in order, complete and quick to load", async () => {
    const start_ms = performance.now();
    const recordings = await Promise.all(instrumentSpecs.map((s) => loadRecording(folder, s)));
    assert.isBelow(performance.now() - start_ms, 5_000);
    for (const recording of recordings) {
      let last_ns = 0;
      for (const { at_ns } of recording.events) {
        assert.isAtLeast(at_ns, last_ns);
        last_ns = at_ns;
      }
      assert.strictEqual(last_ns, recording.duration_ns);
      const about_ns = expected.get(recording.spec.instrument)?.duration_ns ?? 0;
      assert.approximately(recording.duration_ns, about_ns, 1_000_000_000);
      assert.strictEqual(recording.bids.length, 1_000);
      assert.strictEqual(recording.asks.length, 1_000);
    }
  });
});

describe("a broken recording", () => {
  const spec = instrumentSpecs[0];
  if (spec === undefined) throw new Error("there is an instrument");
  const depth = (U: number, u: number) =>
    `1 {"stream":"btcusdt@depth@100ms","data":{"U":${U},"u":${u},"b":[["1.00","2.0"]],"a":[]}}`;
  const snapshot = `1 {"lastUpdateId":10,"bids":[["1.00","1.0"]],"asks":[["2.00","1.0"]]}`;
  const parse = (...lines: string[]): Recording => {
    const parser = new RecordingParser(spec);
    for (const line of lines) parser.line(line);
    return parser.finish();
  };

  it("drops what the snapshot holds already and keeps what came early but goes beyond it", () => {
    const recording = parse(depth(1, 5), depth(6, 12), snapshot, depth(13, 14));
    assert.strictEqual(recording.events.length, 2);
  });

  it.each([
    ["a gap", [snapshot, depth(9, 12), depth(14, 15)]],
    ["a gap after the snapshot", [snapshot, depth(12, 13)]],
    ["no snapshot", [depth(1, 2)]],
    ["a second snapshot", [snapshot, snapshot]],
    ["garbage", [snapshot, "1 {"]],
    ["an unknown stream", [snapshot, `1 {"stream":"ethusdt@trade","data":{}}`]],
    ["a price off the grid", [`1 {"lastUpdateId":1,"bids":[["1.001","1.0"]],"asks":[]}`]],
  ])("is refused for %s", (_why, lines) => {
    assert.throws(() => parse(...lines), RecordingError);
  });

  it("is refused when there is no file", async () => {
    const missing = { ...spec, recordingFile: "nothing.gz" };
    const outcome = await loadRecording(folder, missing).catch((error: unknown) => error);
    assert.instanceOf(outcome, RecordingError);
  });
});
