/**
 * How the venue behaves at the moment: what an operator may change while it runs. Read anew for
 * each message by the code that moves it, so a change takes effect with the next one.
 *
 * Each kind of fault draws from a generator of its own, so that one that is switched on does not
 * change when another one strikes.
 *
 * Owns: the settings in force, chance, and the count of what has happened.
 */
import type { SimExecType, SimFaultSettings } from "../../protocols/sim_wire.ts";
import { ExactDrop } from "./exact_drop.ts";
import { latencySampler } from "./latency_model.ts";
import type { LatencyModel } from "./latency_model.ts";
import { createPrng } from "./prng.ts";
import type { Prng } from "./prng.ts";

/** Everything that is counted; those with a probability also name their generator. */
export const faultNames = [
  "inbound_latency",
  "outbound_latency",
  "rejected",
  "swallowed",
  "unreported",
  "late_request",
  "late_report",
  "duplicated",
  "dropped",
  "reordered",
  "busted",
  "corrected",
  "connection_reset",
  "connection_finished",
  "half_open",
  "ambiguous_executed",
  "ambiguous_lost",
  "not_supported",
  "rate_limited",
  "banned",
  "outage",
  "refused_connection",
  "refused_logon",
  "history_missing",
  "listing_omitted",
  "listing_doubled",
] as const;
/** The name of something that a venue does wrong. */
export type FaultName = (typeof faultNames)[number];

/** Settings of all families, the latency aside. */
export type Faults = Omit<SimFaultSettings, "latency">;

/** The venue's present conditions. */
export class VenueConditions {
  #latency: Readonly<Record<"inbound" | "outbound", LatencyModel>>;
  #inbound_ns: () => number;
  #outbound_ns: () => number;
  #prngs = new Map<FaultName, Prng>();
  readonly #counts = new Map<FaultName, number>();
  readonly #startLatency: LatencyModel;
  #faults: Faults = {};
  #exactDrop: ExactDrop | undefined;
  #seed: number;

  /** One latency for both directions, and no fault. */
  constructor(seed: number, latency: LatencyModel) {
    this.#seed = seed;
    this.#startLatency = latency;
    this.#latency = { inbound: latency, outbound: latency };
    this.#inbound_ns = latencySampler(latency, this.prng("inbound_latency"));
    this.#outbound_ns = latencySampler(latency, this.prng("outbound_latency"));
  }

  /** The families in force. */
  get faults(): Faults {
    return this.#faults;
  }

  /** How often each fault has happened. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** Samples for the next request. */
  inboundDelay_ns(): number {
    return this.#inbound_ns();
  }

  /** Samples for the next report or answer. */
  outboundDelay_ns(): number {
    return this.#outbound_ns();
  }

  /** Begins chance anew. */
  reseed(seed: number): void {
    this.#seed = seed;
    this.#prngs = new Map();
    this.setLatency(this.#latency);
  }

  /** Sets the latency of one or both directions. */
  setLatency(latency: Partial<Readonly<Record<"inbound" | "outbound", LatencyModel>>>): void {
    this.#latency = { ...this.#latency, ...latency };
    const { inbound, outbound } = this.#latency;
    this.#inbound_ns = latencySampler(inbound, this.prng("inbound_latency"));
    this.#outbound_ns = latencySampler(outbound, this.prng("outbound_latency"));
  }

  /** Sets the families that are given. */
  setFaults(faults: Faults): void {
    this.#faults = { ...this.#faults, ...faults };
    const { reports } = faults;
    if (reports !== undefined)
      this.#exactDrop = reports.dropNext && new ExactDrop(reports.dropNext);
  }

  /** Ends the faults of a family; the latency goes back to what the venue was started with. */
  end(family: keyof SimFaultSettings): void {
    if (family === "latency") {
      this.setLatency({ inbound: this.#startLatency, outbound: this.#startLatency });
      return;
    }
    if (family === "reports") this.#exactDrop = undefined;
    const { [family]: _, ...rest } = this.#faults;
    this.#faults = rest;
  }

  /** Whether it happens this time; counted if it does. */
  happens(name: FaultName, probability: number | undefined): boolean {
    if (probability === undefined || probability === 0) return false;
    const doesHappen = this.prng(name).nextUnit() < probability;
    if (doesHappen) this.count(name);
    return doesHappen;
  }

  /** Whether a live report of that kind is lost; counted if it is. */
  losesReport(execType: SimExecType): boolean {
    const isChosen = this.#exactDrop?.strikes(execType, this.prng("dropped")) === true;
    if (isChosen) this.count("dropped");
    return isChosen || this.happens("dropped", this.#faults.reports?.drop);
  }

  /** It happened. */
  count(name: FaultName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** The generator of a fault. */
  prng(name: FaultName): Prng {
    const existing = this.#prngs.get(name);
    if (existing !== undefined) return existing;
    const prng = createPrng(this.#seed, faultNames.indexOf(name) + 1);
    this.#prngs.set(name, prng);
    return prng;
  }
}
