/**
 * Carries out what the operator, or a scenario, says about faults: sets them, and does at once what
 * setting them means for connections, orders and the market.
 *
 * Owns: the outage under way.
 */
import { faultFamilies } from "../../protocols/sim_faults.ts";
import type {
  SimAmendExecution,
  SimDisconnect,
  SimFaultSettings,
  SimSetFaults,
} from "../../protocols/sim_wire.ts";
import { parseOnGrid } from "./decimal_grid.ts";
import { latencyModelFromWire } from "./latency_model.ts";
import type { Venue } from "./venue.ts";
import type { VenueExecution, VenueOrder } from "./venue_order.ts";

/** How a connection is ended. */
export type DisconnectHow = SimDisconnect["how"];

/** The part of the server that faults reach. */
export interface Wires {
  /** Ends the connection of a session, or of every session; with `feeds` the feeds' too. */
  disconnect(how: DisconnectHow, session: string | undefined, feeds: boolean): void;
}

/** The faults of one venue. */
export class FaultOperator {
  readonly #venue: Venue;
  readonly #wires: Wires;
  #cancelOutage = (): void => {};

  constructor(venue: Venue, wires: Wires) {
    this.#venue = venue;
    this.#wires = wires;
  }

  /** Why these faults cannot be set; undefined: they can. */
  check({ latency }: SimFaultSettings): string | undefined {
    const models = [latency?.inbound, latency?.outbound].filter((model) => model !== undefined);
    const areGood = models.every((model) => latencyModelFromWire(model) !== undefined);
    return areGood ? undefined : "latency out of bounds";
  }

  /** Sets faults; gives why it cannot. */
  set(request: Pick<SimSetFaults, "seed" | "clear" | "off" | "faults">): string | undefined {
    const refusal = this.check(request.faults);
    if (refusal !== undefined) return refusal;
    const { conditions } = this.#venue;
    const { latency, ...faults } = request.faults;
    const inbound = latency?.inbound && latencyModelFromWire(latency.inbound);
    const outbound = latency?.outbound && latencyModelFromWire(latency.outbound);
    const off = request.clear === true ? faultFamilies : (request.off ?? []);
    if (off.includes("outage")) this.#endOutage();
    for (const family of off) conditions.end(family);
    if (request.seed !== undefined) conditions.reseed(request.seed);
    if (latency !== undefined) {
      conditions.setLatency({
        ...(inbound === undefined ? {} : { inbound }),
        ...(outbound === undefined ? {} : { outbound }),
      });
    }
    if (faults.outage !== undefined) this.#endOutage();
    conditions.setFaults(faults);
    if (faults.outage !== undefined) this.#beginOutage(faults.outage);
    return undefined;
  }

  /** Ends connections. */
  disconnect({ how, session }: Pick<SimDisconnect, "how" | "session">): void {
    this.#wires.disconnect(how, session, false);
  }

  /** Amends an execution; gives why it cannot. */
  amend({ execId, lastQty, lastPx, reopen = false }: SimAmendExecution): string | undefined {
    const found = this.#find(execId);
    if (found === undefined) return `${execId} is unknown`;
    const { desk, clock } = this.#venue;
    const wall_ns = clock.wall_ns();
    if (lastQty === undefined && lastPx === undefined) {
      return desk.amend({ ...found, to: "bust", reopen }, wall_ns);
    }
    const { spec } = found.order;
    const qty_lots = parseOnGrid(lastQty ?? "", spec.qtyDecimals);
    const price_ticks = parseOnGrid(lastPx ?? "", spec.priceDecimals);
    if (typeof qty_lots === "string" || typeof price_ticks === "string") {
      return "lastQty and lastPx on the grid, or none of them";
    }
    return desk.amend({ ...found, to: { qty_lots, price_ticks }, reopen }, wall_ns);
  }

  #find(execId: string): { order: VenueOrder; execution: VenueExecution } | undefined {
    for (const order of this.#venue.desk.registry.orders.toReversed()) {
      const execution = order.executions.findLast((one) => one.execId === execId);
      if (execution !== undefined) return { order, execution };
    }
    return undefined;
  }

  #beginOutage(outage: NonNullable<SimSetFaults["faults"]["outage"]>): void {
    const { conditions, clock } = this.#venue;
    conditions.count("outage");
    if (outage.orders === "freeze") this.#venue.freeze();
    if (outage.orders === "cancel") this.#venue.cancelEverything("outage");
    const areRefused = outage.refuses === "connections";
    this.#wires.disconnect(areRefused ? "reset" : "finish", undefined, areRefused);
    if (outage.for_ms !== undefined) {
      this.#cancelOutage = clock.schedule(outage.for_ms * 1_000_000, () => this.#endOutage());
    }
  }

  #endOutage(): void {
    this.#cancelOutage();
    this.#cancelOutage = () => {};
    this.#venue.conditions.end("outage");
    this.#venue.thaw();
  }
}
