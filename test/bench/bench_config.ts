/**
 * The configuration of the deployments that are measured: the demo's, with accounts and a venue of
 * the benchmark's own, and with limits that do not stop it.
 */
import { readFileSync } from "node:fs";
import { isObject } from "./json_object.ts";

/** Accounts of a deployment. */
export const accounts = ["BENCH1", "BENCH2", "BENCH3", "BENCH4"] as const;
/** The venue of a deployment. */
export const venueName = "STUB";
/** The instrument that is traded. */
export const instrumentName = "BTC-USDT";

/** The text of a configuration file. */
export const configText = (accountShards: number): string => {
  const path = new URL("../../deploy/demo.json", import.meta.url);
  const demo: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isObject(demo)) throw new Error("the demo's configuration is an object");
  const limits = {
    maxOrderQty: "1",
    maxOrderNotional: "1000000",
    maxPosition: "1000",
    collar_bps: 1_000,
  };
  const account = { maxOpenOrders: 1_000_000, instruments: { [instrumentName]: limits } };
  return JSON.stringify({
    ...demo,
    accountShards,
    referencePriceAge_ms_max: 600_000,
    commandAge_ms_max: 60_000,
    intentDeadline_ms: 30_000,
    venues: { [venueName]: { maker_bps: 1, taker_bps: 2, instruments: [instrumentName] } },
    accounts: Object.fromEntries(accounts.map((name) => [name, account])),
  });
};
