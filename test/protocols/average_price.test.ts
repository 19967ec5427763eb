/** Average prices as text: what is read of them, and how finely. */
import { describe, expect, it } from "vitest";
import { averagePriceOf } from "../../protocols/average_price.ts";
import { stepOf } from "../../protocols/kernel/grid.ts";

const tick = stepOf("0.5");
if (tick === undefined) throw new Error("a tick");

describe("an average price", () => {
  it.each([
    ["100", 200, 0],
    ["100.25", 200, 500_000],
    ["100.1666667", 200, 333_333],
    ["0.0000001", 0, 0],
    ["-0.25", -1, 500_000],
    ["-1", -2, 0],
  ])("of %s is %i ticks and %i millionths", (text, ticks, millionths) => {
    expect(averagePriceOf(text, tick)).toEqual({ ticks, millionths });
  });

  it.each(["", "1e3", "99999999999999999999"])("that is %s is none", (text) => {
    expect(averagePriceOf(text, tick)).toBeUndefined();
  });
});
