/** A venue's limits in a deployment's configuration. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rateOptions_default } from "../../actors/venue/rate_limits.ts";
import { ConfigRefused, parseConfig } from "../../deploy/reference_config.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";

const demo = JSON.parse(
  readFileSync(new URL("../../deploy/demo.json", import.meta.url), "utf8"),
) as { readonly venues: Readonly<Record<string, object>> };
const simx = "SIMX" as VenueId;

const withLimits = (rateLimits: unknown): string => {
  const { SIMX } = demo.venues;
  return JSON.stringify({ ...demo, venues: { ...demo.venues, SIMX: { ...SIMX, rateLimits } } });
};
const ratesOf = (rateLimits: unknown) => parseConfig(withLimits(rateLimits)).rates.get(simx);

const binance = {
  limits: [
    {
      name: "weight_1m",
      kind: "window",
      window_ms: 60_000,
      limit: 6_000,
      weights: { other: 1, query_order: 4, query_open_orders: 80 },
    },
    {
      name: "orders_10s",
      kind: "window",
      window_ms: 10_000,
      limit: 100,
      weights: { place: 1, first_fill: -1 },
    },
  ],
};
const [weight, orders] = binance.limits;

describe("a venue's limits", () => {
  it("are what is configured, with the shares and margins of a venue near by", () => {
    expect(ratesOf(binance)).toEqual({ ...rateOptions_default, ...binance });
    expect(ratesOf({ ...binance, safety: 0.2, delay_ms: 40 })).toMatchObject({
      safety: 0.2,
      delay_ms: 40,
    });
  });

  it("need not be there", () => {
    expect(parseConfig(JSON.stringify(demo)).rates.size).toBe(0);
  });

  it.each([
    ["two limits have one name", { limits: [weight, weight] }],
    ["take `rolling`", { ...binance, delay_ms: 9_000, skew_ms: 500 }],
    ["the reserves leave nothing", { ...binance, cancelReserve: 0.6, reconcileReserve: 0.4 }],
    ["query_open_orders never fits", { limits: [{ ...weight, limit: 90 }] }],
    ["place never fits", { limits: [{ ...weight, limit: 1 }] }],
    ["it counts nothing", { limits: [{ ...orders, weights: { first_fill: -1 } }] }],
    ["only a fixed window can give back", { limits: [{ ...orders, kind: "rolling" }] }],
    ["a first fill gives back", { limits: [{ ...orders, weights: { place: 1, first_fill: 1 } }] }],
    ["place weighs less than 0", { limits: [{ ...weight, weights: { other: 1, place: -1 } }] }],
    ["the delay is as long", { limits: [{ ...weight, kind: "bucket", window_ms: 200 }] }],
    ["pony", { limits: [{ ...weight, weights: { pony: 1 } }] }],
    ["window", { limits: [{ ...weight, kind: "sliding" }] }],
  ])("are refused where %s", (fault, rateLimits) => {
    expect(() => ratesOf(rateLimits)).toThrow(ConfigRefused);
    expect(() => ratesOf(rateLimits)).toThrow(fault);
  });
});
