/**
 * Metrics of the venues' rate budgets: what is left, who waits, what is closed, what was refused.
 *
 * Owns: the names, and the reading of the venue shards that live here.
 */
import { Effect } from "effect";
import { Counter, Gauge } from "prom-client";
import type { Registry } from "prom-client";
import { rateLeft } from "../actors/venue/rate_budget.ts";
import type { RateOptions } from "../actors/venue/rate_limits.ts";
import type { VenueKinds } from "../actors/venue/venue_state.ts";
import type { VenueId } from "../protocols/kernel/ids.ts";
import type { ReadonlySpace } from "../runtime/shard_model.ts";
import type { ShardRegistry } from "./shard_registry.ts";

/** The metrics of all venues' budgets. */
export interface RateMetrics {
  /** The venue refused a request unseen, with that code. */
  readonly refused: (venue: string, code: string) => void;
  /** What a venue's shard knows now. */
  readonly observe: (
    space: ReadonlySpace<VenueKinds>,
    rates: ReadonlyMap<VenueId, RateOptions>,
    now_ms: number,
  ) => void;
}

/** Registers the metrics. */
export const makeRateMetrics = (registry: Registry): RateMetrics => {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers });
  const left = gauge("oms_venue_rate_left_ratio", "Unused part of what a lane may use", [
    "venue",
    "limit",
    "lane",
  ]);
  const waiting = gauge("oms_venue_waiting", "Requests that wait to leave", ["venue", "type"]);
  const closed = gauge("oms_venue_rate_closed", "Scopes closed by the venue", ["venue"]);
  const congested = gauge("oms_venue_congested", "1 while new orders wait long at the venue", [
    "venue",
  ]);
  const refused = new Counter({
    name: "oms_venue_refused_total",
    help: "Requests that a venue refused unseen",
    labelNames: ["venue", "code"],
    registers,
  });
  return {
    refused: (venue, code) => refused.inc({ venue, code }),
    observe: (space, rates, now_ms) => {
      for (const [venue] of space.entries("session")) {
        waiting.set({ venue, type: "place" }, space.size("queuedPlace"));
        waiting.set({ venue, type: "replace" }, space.size("queuedReplace"));
        waiting.set({ venue, type: "cancel" }, space.size("waiting"));
      }
      for (const [venue, rate] of space.entries("rate")) {
        const until = Object.values(rate.closed);
        congested.set({ venue }, rate.congested === true ? 1 : 0);
        closed.set({ venue }, until.filter((one = 0) => one > now_ms).length);
        const options = rates.get(venue as VenueId);
        if (options === undefined) continue;
        for (const { limit, cancels, newWork } of rateLeft(rate, options, now_ms)) {
          left.set({ venue, limit, lane: "cancel" }, cancels);
          left.set({ venue, limit, lane: "new" }, newWork);
        }
      }
    },
  };
};

/** Reads every live venue shard once. */
export const watchRates = (
  registry: ShardRegistry,
  rates: ReadonlyMap<VenueId, RateOptions>,
  metrics: RateMetrics,
  now_ns: () => bigint,
): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const view of registry.venues.values()) {
      view.read((space) => metrics.observe(space, rates, Number(now_ns() / 1_000_000n)));
    }
  });
