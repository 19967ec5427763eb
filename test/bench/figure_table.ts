/**
 * The benchmark's table as text.
 */
import { verdictOf } from "./figure.ts";
import type { Budget, Figure, Unit } from "./figure.ts";

const heads = ["what", "mode", "floor", "measured", "ratio", "budget", "verdict", "note"];
const rightAligned = new Set(["floor", "measured", "ratio", "budget"]);

/** The table, a line per figure. */
export const figureTable = (figures: readonly Figure[]): string => {
  const lines = [heads, ...figures.map(cellsOf)];
  const widths = heads.map((_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? "").length)),
  );
  const draw = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return rightAligned.has(heads[column] ?? "") ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  const [head = heads, ...rest] = lines;
  return [draw(head), rule, ...rest.map(draw)].join("\n");
};

const cellsOf = (figure: Figure): readonly string[] => {
  const { name, mode, unit, floor, measured, ratio, budget, note } = figure;
  const verdict = verdictOf(figure);
  return [
    name,
    mode,
    floor === undefined ? "-" : showValue(floor, unit),
    showValue(measured, unit),
    ratio === undefined ? "-" : showRatio(ratio, budget),
    budget === undefined ? "-" : showBudget(budget, unit),
    verdict === "miss" ? "MISS" : verdict,
    note ?? "",
  ];
};

const isShare = (budget: Budget | undefined): boolean =>
  budget?.of === "ratio" && budget.comparison === ">=";

const showRatio = (ratio: number, budget: Budget | undefined): string =>
  isShare(budget) ? `${(ratio * 100).toFixed(0)} %` : `${ratio.toFixed(2)}x`;

const showBudget = (budget: Budget, unit: Unit): string => {
  const limit =
    budget.of === "ratio" ? showRatio(budget.value, budget) : showValue(budget.value, unit);
  return `${budget.comparison} ${limit}`;
};

const showValue = (value: number, unit: Unit): string => {
  switch (unit) {
    case "us":
      return value < 1_000 ? `${digits(value)} us` : `${digits(value / 1_000)} ms`;
    case "bytes":
      return `${digits(value / 1_024)} KiB`;
    case "MB/s":
    case "events/s":
    case "frames/s":
    case "ms":
    case "per s":
      return `${digits(value)} ${unit}`;
  }
};

const digits = (value: number): string =>
  value >= 100 ? Math.round(value).toString() : value.toPrecision(3);
