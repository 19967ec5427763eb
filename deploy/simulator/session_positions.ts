/**
 * What a session's executions sum up to, by instrument: bought minus sold, busts and corrections
 * included.
 *
 * Owns: the sums, in lots.
 */
import type { SimSide } from "../../protocols/sim_wire.ts";
import { formatOnGrid } from "./decimal_grid.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";

/** One position, as the wire spells it. */
export interface PositionLine {
  readonly instrument: string;
  readonly netQty: string;
}

interface Sum {
  readonly spec: InstrumentSpec;
  net_lots: number;
}

/** The positions of all sessions. */
export class SessionPositions {
  readonly #sessions = new Map<string, Map<string, Sum>>();

  /** Adds lots that were bought or sold; negative ones take an execution back. */
  add(session: string, spec: InstrumentSpec, side: SimSide, qty_lots: number): void {
    const sums = this.#sessions.get(session) ?? new Map<string, Sum>();
    this.#sessions.set(session, sums);
    const sum = sums.get(spec.instrument) ?? { spec, net_lots: 0 };
    sum.net_lots += side === "buy" ? qty_lots : -qty_lots;
    sums.set(spec.instrument, sum);
  }

  /** The session's positions that are not flat. */
  of(session: string): PositionLine[] {
    const sums = [...(this.#sessions.get(session)?.values() ?? [])];
    return sums
      .filter(({ net_lots }) => net_lots !== 0)
      .map(({ spec, net_lots }) => ({
        instrument: spec.instrument,
        netQty: formatOnGrid(net_lots, spec.qtyDecimals),
      }));
  }
}
