/**
 * How the venue behaves at the moment: what an operator may change while it runs. Read anew for
 * each message by the code that moves it, so a change takes effect with the next one. This is
 * where further misbehaviour belongs: one field each, set over the control connection.
 *
 * Owns: the latency in both directions and the generators that it is sampled from.
 */
import { sampleLatency_ns } from "./latency_model.ts";
import type { LatencyModel } from "./latency_model.ts";
import { createPrng } from "./prng.ts";

const inboundStream = 1;
const outboundStream = 2;

/** The venue's present conditions. */
export interface VenueConditions {
  /** Client → venue, for each request. */
  inbound: LatencyModel;
  /** Venue → client, for each report and answer. */
  outbound: LatencyModel;
  /** Samples for the next request. */
  inboundDelay_ns(): number;
  /** Samples for the next report or answer. */
  outboundDelay_ns(): number;
}

/** Conditions with one latency for both directions, sampled from `seed`. */
export const createConditions = (seed: number, latency: LatencyModel): VenueConditions => {
  const inboundPrng = createPrng(seed, inboundStream);
  const outboundPrng = createPrng(seed, outboundStream);
  const conditions: VenueConditions = {
    inbound: latency,
    outbound: latency,
    inboundDelay_ns: () => sampleLatency_ns(conditions.inbound, inboundPrng),
    outboundDelay_ns: () => sampleLatency_ns(conditions.outbound, outboundPrng),
  };
  return conditions;
};
