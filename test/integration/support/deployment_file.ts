/**
 * A deployment's configuration for fault tests: wide limits, several accounts in several shards.
 *
 * Owns: the configuration file in a temporary folder, removed when the test disposes of it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../../deploy/reference_config.ts";
import type { DeploymentConfig } from "../../../deploy/reference_config.ts";

/** Account shards of a test's deployment: few, so that a node starts quickly. */
export const accountShards = 4;

/** The venues of a test's deployment. */
export const venueNames = ["SIMX", "SIMY"] as const;

/** The instruments, with steps that keep a test's prices and quantities on the grid. */
export const instruments = {
  "BTC-USDT": { base: "BTC", quote: "USDT", tick: "0.01", lot: "0.00001", min: "0.00001" },
  "ETH-USDT": { base: "ETH", quote: "USDT", tick: "0.01", lot: "0.0001", min: "0.0001" },
} as const;

/** An instrument of the deployment. */
export type TestInstrument = keyof typeof instruments;

/** The instruments' names. */
export const instrumentNames = Object.keys(instruments) as TestInstrument[];

const limits = {
  maxOrderQty: "100",
  maxOrderNotional: "100000000",
  maxPosition: "100000",
  collar_bps: 5_000,
};

/** Accounts that together live in all four shards; ALFA and CHARLIE meet in one. */
export const accounts = ["ALFA", "BRAVO", "ECHO", "JULIETT", "CHARLIE"] as const;

/** Fees of the venues, by their place. */
const fees_bps = [
  { maker_bps: 1, taker_bps: 2 },
  { maker_bps: -0.5, taker_bps: 3 },
  { maker_bps: 0, taker_bps: 2.5 },
] as const;

const contentFor = (venues: readonly string[], session: object): object => ({
  accountShards,
  referencePriceAge_ms_max: 20_000,
  commandAge_ms_max: 60_000,
  intentDeadline_ms: 1_000,
  earlyCancel_ms: 2_000,
  closedOrder_ms: 3_600_000,
  instruments,
  venues: Object.fromEntries(
    venues.map((name, place) => [
      name,
      { ...(fees_bps[place] ?? fees_bps[0]), instruments: instrumentNames, ...session },
    ]),
  ),
  accounts: Object.fromEntries(
    accounts.map((account) => [
      account,
      {
        maxOpenOrders: 100_000,
        instruments: Object.fromEntries(instrumentNames.map((name) => [name, limits])),
      },
    ]),
  ),
});

/** A configuration as a node reads it. */
export interface DeploymentFile extends Disposable {
  readonly path: string;
  readonly config: DeploymentConfig;
}

/** Writes the configuration; disposing removes it. `session`: how each venue's session is kept. */
export const writeDeployment = (
  venues: readonly string[] = venueNames,
  session: object = {},
): DeploymentFile => {
  const folder = mkdtempSync(join(tmpdir(), "natoms-deployment-"));
  const path = join(folder, "deployment.json");
  const text = JSON.stringify(contentFor(venues, session));
  writeFileSync(path, text);
  return {
    path,
    config: parseConfig(text),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};
