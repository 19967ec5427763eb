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
  "suspended",
  "done_for_day",
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
      .map((text) => text.padEnd(20))
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

  it("reopens what had ended only by a raised quantity, or where the venue says so", () => {
    const reopening = transitions.filter(([from, , to]) => isFinal(from) && !isFinal(to));
    expect(reopening.map(([from, on, to]) => [from, on, to])).toEqual([
      ["filled", "replaced", "new"],
      ["filled", "restated", "new"],
      ["filled", "trade_cancel_open", "new"],
      ["filled", "trade_correct_open", "new"],
    ]);
  });

  it("lets an end stand, but for a full fill, and for one that is taken back", () => {
    const ends = new Set<string>(["canceled", "rejected", "expired"]);
    const leaving = transitions.filter(([from, , to]) => ends.has(from) && from !== to);
    const steps = ["trade_all", "trade_correct_all"];
    expect(leaving.every(([, on, to]) => steps.includes(on) && to === "filled")).toBe(true);
    const unfilled = transitions.filter(([from, , to]) => from === "filled" && ends.has(to));
    expect(unfilled.map(([, on, to]) => [on, to])).toEqual([
      ["trade_cancel", "canceled"],
      ["trade_correct", "canceled"],
    ]);
  });

  it("takes a bust and a correction in every phase that can hold a fill", () => {
    const holds = transitions.filter(([, on]) => on === "trade").map(([, , to]) => to);
    for (const phase of new Set([...holds, "filled"])) {
      for (const on of ["trade_cancel", "trade_correct", "trade_correct_all"]) {
        expect(transitions.some((row) => row[0] === phase && row[1] === on)).toBe(true);
      }
    }
  });

  it("books a fill in every phase that can have sent an order", () => {
    const sent = ["pending_new", "new", "suspended", "done_for_day", "filled"];
    for (const phase of [...sent, "canceled", "rejected", "expired"]) {
      expect(transitions.some(([from, on]) => from === phase && on === "trade_all")).toBe(true);
    }
  });

  it("never changes the phase on a refusal", () => {
    const refusals = new Set<string>(["cancel_rejected", "replace_rejected", "denied_kept"]);
    const moving = transitions.filter(([from, on, to]) => refusals.has(on) && from !== to);
    expect(moving).toEqual([]);
  });
});
