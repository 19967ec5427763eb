/**
 * Loses exactly so many of the next so many live reports: what a scenario says in numbers happens
 * in these numbers.
 *
 * Owns: how many are still to come, and to be lost.
 */
import type { SimExecType, SimFaultSettings } from "../../protocols/sim_wire.ts";
import type { Prng } from "./prng.ts";

type Settings = NonNullable<NonNullable<SimFaultSettings["reports"]>["dropNext"]>;

/** A stretch of reports of which some are lost; over when all of them have come by. */
export class ExactDrop {
  readonly #execType: SimExecType | undefined;
  #left: number;
  #toLose: number;

  constructor({ drop, of, execType }: Settings) {
    this.#execType = execType;
    this.#left = of;
    this.#toLose = Math.min(drop, of);
  }

  /**
   * Whether this report is lost: each choice of that many is as likely as the other (Knuth, The Art
   * of Computer Programming, 3.4.2, algorithm S).
   */
  strikes(execType: SimExecType, prng: Prng): boolean {
    if (this.#left === 0) return false;
    if (this.#execType !== undefined && this.#execType !== execType) return false;
    const isLost = prng.nextUnit() * this.#left < this.#toLose;
    this.#left -= 1;
    if (isLost) this.#toLose -= 1;
    return isLost;
  }
}
