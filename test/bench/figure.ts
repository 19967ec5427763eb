/**
 * One line of the benchmark's table: what was measured, beside its floor, against its budget.
 *
 * Owns: the verdict. A figure without a budget is information and can neither hit nor miss.
 */

/** What a budget asks for: of the measured value itself, or of its ratio to the floor. */
export interface Budget {
  readonly of: "measured" | "ratio";
  readonly comparison: "<" | "<=" | ">=";
  readonly value: number;
}

/** How numbers are to be read. */
export type Unit = "us" | "ms" | "per s" | "bytes" | "MB/s" | "frames/s" | "events/s";

/** One line. */
export interface Figure {
  readonly name: string;
  /** Server mode, or what else the figure depends on. */
  readonly mode: string;
  readonly unit: Unit;
  readonly floor?: number;
  readonly measured: number;
  /** Measured over floor; the median of the rounds' ratios where there were rounds. */
  readonly ratio?: number;
  readonly budget?: Budget;
  readonly note?: string;
}

/** What the budget says of a figure. */
export type Verdict = "hit" | "miss" | "info";

/** Hit or miss; `info` where there is no budget. */
export const verdictOf = ({ budget, measured, ratio }: Figure): Verdict => {
  if (budget === undefined) return "info";
  const value = budget.of === "ratio" ? ratio : measured;
  if (value === undefined || Number.isNaN(value)) return "miss";
  const holds = {
    "<": value < budget.value,
    "<=": value <= budget.value,
    ">=": value >= budget.value,
  }[budget.comparison];
  return holds ? "hit" : "miss";
};
