/** The transition table, printed and compared with the one that was reviewed. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { transitions } from "../../../actors/order/order_status.ts";
import type { OrderStep } from "../../../actors/order/order_status.ts";
import { isFinal } from "../../../protocols/ord_status.ts";
import type { OrderPhase } from "../../../protocols/order.ts";

const phases: readonly OrderPhase[] = [
  "unseen",
  "pending_new",
  "new",
  "filled",
  "canceled",
  "rejected",
  "expired",
  "denied",
];

/** The table as a matrix: a row a step, a column a phase, `.` where it is impossible. */
const printed = (): string => {
  const steps = [...new Set(transitions.map(([, on]) => on))];
  const cell = (from: OrderPhase, on: OrderStep): string =>
    transitions.find((row) => row[0] === from && row[1] === on)?.[2] ?? ".";
  const line = (cells: readonly string[]): string =>
    cells
      .map((text) => text.padEnd(17))
      .join("")
      .trimEnd();
  const matrix = [
    line(["", ...phases]),
    ...steps.map((on) => line([on, ...phases.map((from) => cell(from, on))])),
  ];
  const reasons = transitions
    .filter(([, , , why]) => why !== undefined)
    .map(([from, on, , why]) => `${from} x ${on}: ${why}`);
  return `${[...matrix, "", ...reasons].join("\n")}\n`;
};

describe("the transition table of an order", () => {
  it("is the one that was reviewed", () => {
    const golden = new URL("order_status.golden.txt", import.meta.url);
    expect(printed()).toBe(readFileSync(golden, "utf8"));
  });

  it("lets only a replace that raised the quantity reopen what had ended", () => {
    const reopening = transitions.filter(([from, , to]) => isFinal(from) && !isFinal(to));
    expect(reopening.map(([from, on, to]) => [from, on, to])).toEqual([
      ["filled", "replaced", "new"],
    ]);
  });

  it("books a fill in every phase that can have sent an order", () => {
    for (const phase of ["pending_new", "new", "canceled", "rejected", "expired", "filled"]) {
      expect(transitions.some(([from, on]) => from === phase && on === "trade_all")).toBe(true);
    }
  });

  it("never changes the phase on a refusal", () => {
    const refusals = new Set<string>(["cancel_rejected", "replace_rejected", "denied_kept"]);
    const moving = transitions.filter(([from, on, to]) => refusals.has(on) && from !== to);
    expect(moving).toEqual([]);
  });
});
