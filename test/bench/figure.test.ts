/**
 * What the benchmark says of its figures: a table that calls a miss a hit would be worse than none.
 */
import { describe, expect, test } from "vitest";
import { verdictOf } from "./figure.ts";
import type { Figure } from "./figure.ts";
import { figureTable } from "./figure_table.ts";
import { median, percentile } from "./statistics.ts";

const base: Figure = { name: "replay", mode: "R1", unit: "MB/s", measured: 49, floor: 100 };
const atLeastHalf = { of: "ratio", comparison: ">=", value: 0.5 } as const;

describe("verdicts", () => {
  test.each([
    ["hit", { ...base, ratio: 0.5, budget: atLeastHalf }],
    ["miss", { ...base, ratio: 0.49, budget: atLeastHalf }],
    ["miss", { ...base, budget: atLeastHalf }],
    ["miss", { ...base, ratio: Number.NaN, budget: atLeastHalf }],
    ["hit", { ...base, budget: { of: "measured", comparison: "<", value: 50 } }],
    ["miss", { ...base, budget: { of: "measured", comparison: "<", value: 49 } }],
    ["hit", { ...base, ratio: 1.5, budget: { of: "ratio", comparison: "<=", value: 1.5 } }],
    ["info", base],
  ] as const)("%s", (verdict, figure) => {
    expect(verdictOf(figure)).toBe(verdict);
  });
});

test("the table shows floor, figure, ratio, budget and verdict in one line", () => {
  const lines = figureTable([{ ...base, ratio: 0.49, budget: atLeastHalf }]).split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[2]?.split(/ {2,}/)).toEqual([
    ...["replay", "R1", "100 MB/s", "49.0 MB/s", "49 %", ">= 50 %", "MISS"],
  ]);
});

test("percentiles are samples, and the order that they came in does not matter", () => {
  const samples = Array.from({ length: 100 }, (_, index) => (index * 37) % 100);
  expect(median(samples)).toBe(50);
  expect(percentile(samples, 0.99)).toBe(99);
  expect(percentile([], 0.5)).toBeNaN();
});
