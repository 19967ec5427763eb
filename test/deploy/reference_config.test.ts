/** What a deployment says of its venues and of missing fills, and what it may leave out. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConfigRefused, parseConfig } from "../../deploy/reference_config.ts";

interface ConfigText {
  readonly venues: Readonly<Record<string, object>>;
  readonly [key: string]: unknown;
}

const demo = JSON.parse(
  readFileSync(new URL("../../deploy/demo.json", import.meta.url), "utf8"),
) as ConfigText;
const [venue = ""] = Object.keys(demo.venues);

const withVenue = (change: object): string => {
  const venues = { ...demo.venues, [venue]: { ...demo.venues[venue], ...change } };
  return JSON.stringify({ ...demo, venues });
};
const modeOf = (text: string): string | undefined =>
  [...parseConfig(text).reference.venues.values()].find(({ id }) => id === venue)?.replace;

describe("a venue's way of changing orders", () => {
  it.each(["native", "cancel_replace"])("is %s where the file says so", (replace) => {
    expect(modeOf(withVenue({ replace }))).toBe(replace);
  });

  it("may be left out, and is nothing else", () => {
    expect(modeOf(JSON.stringify(demo))).toBeUndefined();
    expect(() => parseConfig(withVenue({ replace: "none" }))).toThrow(ConfigRefused);
  });
});

describe("the grace of missing fills", () => {
  it("is the file's, in whole milliseconds above zero, or left out", () => {
    const graceOf = (provisionalFill_ms?: number): number | undefined =>
      parseConfig(JSON.stringify({ ...demo, provisionalFill_ms })).reference.provisionalFill_ms;
    expect(graceOf(250)).toBe(250);
    expect(graceOf()).toBeUndefined();
    expect(() => graceOf(0)).toThrow(ConfigRefused);
  });
});
