/** The venue's arithmetic and its bounded log: decimals on the grid, fees, report numbers. */
import { Result } from "effect";
import { assert, describe, it } from "vitest";
import { decodeSimVenueLine } from "../../protocols/sim_wire.ts";
import { formatOnGrid, mulDivFloor, parseOnGrid } from "../../deploy/simulator/decimal_grid.ts";
import { feeOf, parseBasisPoints } from "../../deploy/simulator/fees.ts";
import { instrumentSpecs } from "../../deploy/simulator/instrument_spec.ts";
import { createPrng } from "../../deploy/simulator/prng.ts";
import { ReportLog } from "../../deploy/simulator/report_log.ts";
import { parseSettings, SettingsError } from "../../deploy/simulator/settings.ts";

const [btc] = instrumentSpecs;
if (btc === undefined) throw new Error("there is an instrument");

describe("decimals on a grid", () => {
  it.each([
    ["61837.63000000", 2, 6_183_763],
    ["62000", 2, 6_200_000],
    ["0.001", 5, 100],
    ["0.5", 0, "off_grid"],
    ["0.50", 1, 5],
    ["1.005", 2, "off_grid"],
    ["10000000000", 2, 1_000_000_000_000],
    ["10000000000.01", 2, "too_large"],
    ["999999999999999", 5, "too_large"],
    ["", 2, "malformed"],
    [".5", 2, "malformed"],
    ["5.", 2, "malformed"],
    ["1.2.3", 2, "malformed"],
    ["-1", 2, "malformed"],
    ["1e3", 2, "malformed"],
  ])("reads %j with %d decimals as %j", (text, decimals, value) => {
    assert.strictEqual(parseOnGrid(text, decimals), value);
  });

  it("rounds recorded dust down, and only where it is asked to", () => {
    assert.strictEqual(parseOnGrid("25.42618900", 5, true), 2_542_618);
    assert.strictEqual(parseOnGrid("25.42618900", 5), "off_grid");
  });

  it("writes the shortest exact form and reads it back", () => {
    assert.strictEqual(formatOnGrid(6_183_760, 2), "61837.6");
    assert.strictEqual(formatOnGrid(5, 5), "0.00005");
    assert.strictEqual(formatOnGrid(-1_050n, 3), "-1.05");
    assert.strictEqual(formatOnGrid(7, 0), "7");
    const prng = createPrng(1);
    for (let round = 0; round < 10_000; round += 1) {
      const value = prng.nextUint32() * (1 + (prng.nextUint32() % 200));
      const decimals = prng.nextUint32() % 9;
      assert.strictEqual(parseOnGrid(formatOnGrid(value, decimals), decimals), value);
    }
  });

  it("multiplies and divides exactly beyond 2^53", () => {
    const prng = createPrng(2);
    for (let round = 0; round < 10_000; round += 1) {
      const value = prng.nextUint32() * 200;
      const numerator = 1 + (prng.nextUint32() % (round % 2 === 0 ? 1_000 : 4_000_000_000));
      const denominator = numerator + (prng.nextUint32() % 1_000);
      const exact = (BigInt(value) * BigInt(numerator)) / BigInt(denominator);
      assert.strictEqual(mulDivFloor(value, numerator, denominator), Number(exact));
    }
  });
});

describe("fees", () => {
  it("are exact, and negative for a rebate", () => {
    const fees = { maker_e4bps: -5_000, taker_e4bps: 12_500 };
    const fill = { price_ticks: 6_183_763, qty_lots: 123 };
    // 61837.63 × 0.00123 × 1.25 / 10,000
    assert.deepStrictEqual(feeOf(btc, fees, { ...fill, liquidity: "removed" }), {
      amount: "0.0095075356125",
      currency: "USDT",
    });
    assert.strictEqual(feeOf(btc, fees, { ...fill, liquidity: "added" }).amount, "-0.003803014245");
  });

  it("have rates of at most four decimals", () => {
    assert.strictEqual(parseBasisPoints("1.25"), 12_500);
    assert.strictEqual(parseBasisPoints("-0.5"), -5_000);
    assert.isUndefined(parseBasisPoints("1.00001"));
    assert.isUndefined(parseBasisPoints("1e2"));
  });
});

describe("a report log", () => {
  const append = (log: ReportLog) =>
    log.append({
      execId: "E1",
      venueOrderId: "O1",
      clOrdId: "c",
      execType: "new",
      ordStatus: "new",
      orderQty: "1",
      cumQty: "0",
      leavesQty: "1",
      avgPx: "0",
      tsEvent: "1",
    });

  it("numbers from 1 and repeats what it said as a possible duplicate", () => {
    const log = new ReportLog(10);
    assert.deepStrictEqual([log.firstSeq, log.lastSeq], [1, 0]);
    const { line } = append(log);
    const said = Result.getOrThrow(decodeSimVenueLine(line));
    const repeated = Result.getOrThrow(decodeSimVenueLine(log.repeat(1) ?? ""));
    assert.deepStrictEqual<unknown>(repeated, { ...said, possDup: true });
    assert.isUndefined(log.repeat(0));
    assert.isUndefined(log.repeat(2));
  });

  it("keeps the newest up to its capacity and tells which", () => {
    const log = new ReportLog(100);
    for (let count = 0; count < 5_000; count += 1) append(log);
    assert.deepStrictEqual([log.firstSeq, log.lastSeq], [4_901, 5_000]);
    assert.isUndefined(log.repeat(4_900));
    for (const seq of [4_901, 4_950, 5_000]) {
      assert.include(log.repeat(seq), `"seq":${seq},`);
    }
  });
});

describe("settings", () => {
  it("have defaults, and take a rebate", () => {
    const settings = parseSettings([]);
    assert.deepInclude(settings, { venue: "SIMX", port: 0, seed: 1, speed: 1, reports_max: 1e6 });
    assert.deepStrictEqual(settings.fees, { maker_e4bps: 10_000, taker_e4bps: 20_000 });
    assert.strictEqual(settings.instruments.length, 2);
    assert.strictEqual(parseSettings(["--maker-bps", "-0.5"]).fees.maker_e4bps, -5_000);
  });

  it.each([
    [["--venue", "no spaces"]],
    [["--instruments", "BTC-USDT,BTC-USDT"]],
    [["--reports-max", "0"]],
    [["stray"]],
  ])("refuse %j", (args) => {
    assert.throws(() => parseSettings(args), SettingsError);
  });
});
