/**
 * How a deployment says what happens to orders at a disconnect, and how a venue is reconciled.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { breakerOptions_default } from "../../actors/venue/breaker_options.ts";
import { reconcileOptions_default } from "../../actors/venue/reconcile_options.ts";
import { parseConfig } from "../../deploy/reference_config.ts";
import { reconcileFor } from "../../deploy/venue_config.ts";

const demo = readFileSync(
  fileURLToPath(new URL("../../deploy/demo.json", import.meta.url)),
  "utf8",
);

const withVenue = (more: object): string => {
  const file = JSON.parse(demo) as { venues: Record<string, object> };
  file.venues["SIMX"] = { ...file.venues["SIMX"], ...more };
  return JSON.stringify(file);
};

test("by default orders stay at a disconnect, and the defaults hold", () => {
  expect(parseConfig(demo).sessions.get("SIMX")).toEqual({
    cancelOnDisconnect: false,
    reconcile: reconcileOptions_default,
    breaker: breakerOptions_default,
  });
});

test("a circuit breaker is configured in part, and refused where it could never open", () => {
  const config = parseConfig(withVenue({ breaker: { timeouts_max: 2, ack_ms_max: 300 } }));
  const breaker = { ...breakerOptions_default, timeouts_max: 2, ack_ms_max: 300 };
  expect(config.sessions.get("SIMX")?.breaker).toEqual(breaker);
  for (const wrong of [{ ack_ms_max: 4_001 }, { troubleShare: 1.1 }, { trial_max: 0 }, { x: 1 }]) {
    expect(() => parseConfig(withVenue({ breaker: wrong }))).toThrow("SIMX");
  }
});

test("what is said is taken, and what the adapter cannot answer is not asked for", () => {
  const reconcile = {
    ...{ every_ms: 5_000, positionGrace_ms: 100, required: ["open_orders", "positions"] },
    ...{ unknownOrders: "adopt", externalAccount: "MM1" },
  };
  const config = parseConfig(withVenue({ cancelOnDisconnect: true, reconcile }));
  const session = config.sessions.get("SIMX");
  expect(session).toMatchObject({
    cancelOnDisconnect: true,
    reconcile: {
      ...{ reconcileEvery_ms: 5_000, positionGrace_ms: 100, unknownOrders: "adopt" },
      ...{ required: ["open_orders", "positions"], externalAccount: "MM1" },
    },
  });
  const { reconcile: options = reconcileOptions_default } = session ?? {};
  expect(reconcileFor(options, ["open_orders"]).parts).toEqual(["open_orders"]);
});

test("an external account that is none is refused", () => {
  const text = withVenue({ reconcile: { externalAccount: "NOBODY" } });
  expect(() => parseConfig(text)).toThrow("SIMX.reconcile.externalAccount: no account NOBODY");
});
