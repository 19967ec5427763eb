/**
 * A bad spell of a paper venue: for a few seconds it rejects every order, takes long, says nothing,
 * or takes nothing. Then it is as before.
 *
 * Owns: when one begins, of which kind it is, and when it is over.
 */
import type { Faults } from "./faults.ts";

/** What is wrong with a venue for a while. */
export type SpellKind = "rejects" | "slow" | "mute" | "unavailable";

const kinds: readonly SpellKind[] = ["rejects", "slow", "slow", "mute", "unavailable"];

const second_us = 1_000_000;

/** The spells of one venue. */
export class PaperSpells {
  readonly #faults: Faults;
  readonly #now_us: () => number;
  #kind: SpellKind | undefined;
  #until_us = 0;

  constructor(faults: Faults, now_us: () => number) {
    this.#faults = faults;
    this.#now_us = now_us;
  }

  /** Perhaps one begins now. */
  begin(): void {
    const { strikes, prng } = this.#faults;
    const now_us = this.#now_us();
    if (now_us < this.#until_us || !strikes("venue_bad_spell")) return;
    this.#kind = prng.pick(kinds);
    this.#until_us = now_us + prng.between(1, 6) * second_us;
  }

  /** Nothing goes wrong any more. */
  end(): void {
    this.#until_us = 0;
  }

  /**
   * Until when the venue has a spell of that kind, microseconds since the world began; undefined:
   * it has none now.
   */
  until_us(kind: SpellKind): number | undefined {
    return this.#kind === kind && this.#now_us() < this.#until_us ? this.#until_us : undefined;
  }
}
