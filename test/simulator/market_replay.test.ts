/** Playing a recording: what is due when, the loop, and that seeds see markets of their own. */
import { assert, describe, it } from "vitest";
import { instrumentSpecs } from "../../deploy/simulator/instrument_spec.ts";
import { MarketDriver } from "../../deploy/simulator/market_driver.ts";
import { MarketReplay, shift_ns_max } from "../../deploy/simulator/market_replay.ts";
import { MatchingBook } from "../../deploy/simulator/matching_book.ts";
import type { BookTrade } from "../../deploy/simulator/matching_book.ts";
import type { Recording, RecordedTrade } from "../../deploy/simulator/recording.ts";
import { ManualClock } from "./manual_clock.ts";

const second_ns = 1_000_000_000;
const [spec] = instrumentSpecs;
if (spec === undefined) throw new Error("there is an instrument");

/** Ten seconds; at each the bid moves up by one, and at 4.5 s someone sells. */
const recording: Recording = {
  spec,
  snapshotUpdateId: 1,
  bids: [[100, 1_000]],
  asks: [[200, 1_000]],
  tickers: [],
  duration_ns: 10 * second_ns,
  events: [2, 3, 4, 4.5, 5, 6, 7, 8, 9, 10].map((at_s) =>
    at_s === 4.5
      ? {
          kind: "trade",
          at_ns: at_s * second_ns,
          price_ticks: 90,
          qty_lots: 10_000,
          aggressor: "sell",
        }
      : {
          kind: "depth",
          at_ns: at_s * second_ns,
          lastUpdateId: at_s,
          bids: [
            [99 + at_s - 1, 0],
            [99 + at_s, 1_000],
          ],
          asks: [],
        },
  ),
};

const replayOf = (seed: number) => {
  const book = new MatchingBook();
  const clientTrades: BookTrade[] = [];
  const marketTrades: RecordedTrade[] = [];
  const replay = new MarketReplay(recording, book, seed, {
    onClientTrades: (trades) => clientTrades.push(...trades),
    onMarketTrade: (trade) => marketTrades.push(trade),
  });
  // When the first event, at 2 s of the recording, is due: 2 s less the venue's shift.
  const shift_ns = 2 * second_ns - replay.nextDue_ns;
  return { book, replay, clientTrades, marketTrades, shift_ns };
};

describe("a replay", () => {
  it("applies what is due and no more", () => {
    const { book, replay, marketTrades, shift_ns } = replayOf(1);
    assert.isTrue(replay.playUntil(3 * second_ns - shift_ns, 100));
    assert.strictEqual(book.top("buy")?.[0], 102);
    assert.strictEqual(replay.eventsPlayed, 2);
    assert.isFalse(replay.playUntil(5 * second_ns - shift_ns, 2));
    assert.strictEqual(marketTrades.length, 1);
    assert.isTrue(replay.playUntil(5 * second_ns - shift_ns, 2));
    assert.strictEqual(book.top("buy")?.[0], 104);
  });

  it("starts again after its end and keeps client orders", () => {
    const { book, replay, clientTrades, shift_ns } = replayOf(1);
    const order = { side: "buy", remainder: "rest", postOnly: false } as const;
    book.enter({ ...order, orderId: 1, price_ticks: 95, qty_lots: 7 });
    book.enter({ ...order, orderId: 2, price_ticks: 50, qty_lots: 7 });
    replay.playUntil(12 * second_ns - shift_ns, 100);
    assert.strictEqual(replay.loops, 1);
    assert.strictEqual(replay.eventsPlayed, 11);
    assert.strictEqual(book.top("buy")?.[0], 101);
    assert.deepStrictEqual(
      clientTrades.map((trade) => trade.maker),
      [1],
    );
    assert.deepStrictEqual(book.queueOf(2), { ahead_lots: 0, leaves_lots: 7 });
    replay.playUntil(1_000 * second_ns - shift_ns, 10_000);
    assert.strictEqual(replay.loops, 100);
  });

  it("scales each level by the seed, between half and one and a half, always alike", () => {
    const quantities = Array.from(
      { length: 50 },
      (_, seed) => replayOf(seed).book.top("sell")?.[1],
    );
    const repeated = Array.from({ length: 50 }, (_, seed) => replayOf(seed).book.top("sell")?.[1]);
    assert.deepStrictEqual(quantities, repeated);
    assert.isAbove(new Set(quantities).size, 30);
    for (const qty of quantities) assert.isTrue(qty !== undefined && qty >= 500 && qty <= 1_500);
  });

  it("runs ahead by the seed, within its bound", () => {
    const shifts = Array.from({ length: 50 }, (_, seed) => replayOf(seed).shift_ns);
    assert.isAbove(new Set(shifts).size, 45);
    for (const shift_ns of shifts) assert.isTrue(shift_ns >= 0 && shift_ns < shift_ns_max);
  });
});

describe("the driver", () => {
  it.each([1, 4])("keeps the recorded pace times %d", (speed) => {
    const clock = new ManualClock();
    const { replay, shift_ns } = replayOf(3);
    let steps = 0;
    const driver = new MarketDriver(clock, replay, speed, () => {
      steps += 1;
    });
    driver.start();
    clock.advance((5 * second_ns - shift_ns) / speed + 1);
    assert.deepStrictEqual([replay.eventsPlayed, steps], [5, 5]);
    driver.stop();
    clock.advance(100 * second_ns);
    assert.strictEqual(replay.eventsPlayed, 5);
  });

  it("stands still at speed 0", () => {
    const clock = new ManualClock();
    const { replay } = replayOf(3);
    new MarketDriver(clock, replay, 0, () => undefined).start();
    clock.advance(100 * second_ns);
    assert.strictEqual(replay.eventsPlayed, 0);
  });

  it("catches up in pieces after a long pause", () => {
    const clock = new ManualClock();
    const { replay, shift_ns } = replayOf(3);
    new MarketDriver(clock, replay, 1, () => undefined).start();
    clock.jump(100_000 * second_ns - shift_ns);
    clock.advance(1);
    assert.strictEqual(replay.loops, 10_000);
  });
});
