/**
 * The faults of a venue as a chaos run sets them: each family at a strength that hurts and that a
 * venue could show in a bad hour.
 *
 * Owns: those strengths. Never: sets anything.
 */
import type { Prng } from "../../deploy/simulator/prng.ts";
import { faultFamilies } from "../../protocols/sim_faults.ts";
import type { SimFaultSettings } from "../../protocols/sim_wire.ts";

/** A family of faults. */
export type FaultFamily = (typeof faultFamilies)[number];

/** All families, by name. */
export const families: readonly FaultFamily[] = faultFamilies;

const reasons = ["insufficient_funds", "price_out_of_band", "halted"] as const;
const burst = { kind: "constant", delay_ns: "80000000" } as const;

/** The settings of one family. */
export const faultOf = (family: FaultFamily, prng: Prng): SimFaultSettings => {
  const upTo = (most: number): number => Number((prng.nextUnit() * most).toFixed(4));
  const isHeads = prng.nextUnit() < 0.5;
  switch (family) {
    case "latency":
      return {
        latency: {
          inbound: { kind: "lognormal", median_ns: "3000000", sigma: "0.9" },
          outbound: { kind: "bursts", calm: { kind: "none" }, burst, toBurst: 0.03, toCalm: 0.2 },
        },
      };
    case "rejects": {
      const refuse = { probability: upTo(0.4), reasons } as const;
      return { rejects: { new_order: refuse, cancel: refuse, replace: refuse } };
    }
    case "silence":
      return { silence: { swallow: upTo(0.1), unreported: upTo(0.1) } };
    case "late":
      return { late: { report: upTo(0.05), request: upTo(0.05), delay_ms: 3_000 } };
    case "reports":
      return { reports: { duplicate: upTo(0.4), drop: upTo(0.05), reorder: upTo(0.05) } };
    case "amendments":
      return {
        amendments: { bust: upTo(0.3), correct: upTo(0.3), after_ms: 400, reopen: isHeads },
      };
    case "connection":
      return { connection: { reset: upTo(0.02), finish: upTo(0.02), halfOpen: upTo(0.02) } };
    case "ambiguous":
      return { ambiguous: { executed: upTo(0.1), lost: upTo(0.1) } };
    case "unsupported":
      return { unsupported: isHeads ? ["replace"] : ["mass_cancel", "query_positions"] };
    case "rateLimits":
      return rateLimits(prng);
    case "outage":
      return {
        outage: {
          refuses: isHeads ? "connections" : "logons",
          orders:
            (["keep", "cancel", "freeze"] as const)[Math.floor(prng.nextUnit() * 3)] ?? "keep",
          for_ms: 500 + Math.floor(prng.nextUnit() * 3_000),
        },
      };
    case "history":
      return { history: { orders: 20, reports: 50 }, silence: { swallow: upTo(0.05) } };
    case "listing":
      return { listing: { omit: upTo(0.5), twice: upTo(0.01) } };
    case "secondLogon":
      return { secondLogon: isHeads ? "kick" : "refuse" };
    default:
      return family satisfies never;
  }
};

const rateLimits = (prng: Prng): SimFaultSettings => ({
  rateLimits: {
    rules: [
      { name: "weight", window_ms: 1_000, limit: 20 + (prng.nextUint32() % 40), counts: "weight" },
    ],
    weights: { query_open_orders: 5, query_executions: 3 },
    ban: { violations: 10, within_ms: 2_000, for_ms: 1_500, closes: prng.nextUnit() < 0.3 },
    report_ms: 500,
  },
});
