/**
 * Exact decimals and the grid: what is read, what is refused, and that nothing is ever rounded.
 */
import { describe, expect, it } from "vitest";
import {
  addDecimals,
  compareDecimals,
  divideHalfEven,
  formatDecimal,
  multiplyDecimals,
  parseDecimal,
} from "../../protocols/kernel/decimal.ts";
import { formatSteps, moneyScale, notional, stepOf, toSteps } from "../../protocols/kernel/grid.ts";
import type { Step } from "../../protocols/kernel/grid.ts";

const step = (text: string): Step => {
  const made = stepOf(text);
  if (made === undefined) throw new Error(`${text} is a step`);
  return made;
};

describe("decimals", () => {
  it.each(["1e3", "+1", "01", ".5", "5.", "", " 1", "1 ", "NaN", "0x10", "1_000", "--1", "١"])(
    "refuses %j",
    (text) => expect(parseDecimal(text)).toBeUndefined(),
  );
  it("refuses a text longer than any market needs", () => {
    expect(parseDecimal("1".repeat(41))).toBeUndefined();
    expect(parseDecimal("1".repeat(40))).toBeDefined();
  });
  it.each([
    ["0", "0"],
    ["-0", "0"],
    ["0.00", "0"],
    ["10", "10"],
    ["100.10", "100.1"],
    ["-0.005", "-0.005"],
    ["61837.63000000", "61837.63"],
  ])("writes %s as %s", (text, shortest) => {
    const decimal = parseDecimal(text);
    expect(decimal && formatDecimal(decimal)).toBe(shortest);
  });
  it("adds, multiplies and compares across scales exactly", () => {
    const a = { units: 1n, scale: 1 };
    const b = { units: 2n, scale: 20 };
    expect(formatDecimal(addDecimals(a, b))).toBe("0.10000000000000000002");
    expect(formatDecimal(multiplyDecimals(a, a))).toBe("0.01");
    expect(compareDecimals({ units: 10n, scale: 1 }, { units: 1n, scale: 0 })).toBe(0);
    expect(compareDecimals(a, b)).toBe(1);
  });
  it.each([
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [9n, -2n, -4n],
  ])("divides %s by %s half to even: %s", (n, d, result) => {
    expect(divideHalfEven(n, d)).toBe(result);
  });
});

describe("the grid", () => {
  it("counts steps and writes them with the step's digits", () => {
    expect(toSteps("62000", step("0.01"))).toBe(6_200_000);
    expect(formatSteps(6_200_000, step("0.01"))).toBe("62000.00");
    expect(toSteps("1.10", step("0.05"))).toBe(22);
    expect(formatSteps(22, step("0.05"))).toBe("1.10");
    expect(toSteps("-0.25", step("0.25"))).toBe(-1);
    expect(formatSteps(-1, step("0.25"))).toBe("-0.25");
    expect(toSteps("300", step("100"))).toBe(3);
  });
  it("never moves a value onto the grid", () => {
    expect(toSteps("1.07", step("0.05"))).toBeUndefined();
    expect(toSteps("0.001", step("0.01"))).toBeUndefined();
    expect(toSteps("0.010", step("0.01"))).toBe(1);
    expect(toSteps("150", step("100"))).toBeUndefined();
  });
  it("refuses counts beyond the safe integers", () => {
    expect(toSteps("90071992547409.91", step("0.01"))).toBe(Number.MAX_SAFE_INTEGER);
    expect(toSteps("90071992547409.92", step("0.01"))).toBeUndefined();
  });
  it.each(["0", "-0.01", "abc", "1e-2"])("takes no step of %s", (text) => {
    expect(stepOf(text)).toBeUndefined();
  });
  it("makes exact money of price and quantity", () => {
    const grid = { tick: step("0.05"), lot: step("0.001") };
    expect(moneyScale(grid)).toBe(5);
    expect(notional(22, 3, grid)).toBe(330n);
  });
});
