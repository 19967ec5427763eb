/**
 * Plays a recording at its real pace times a speed.
 *
 * Owns: the timer to the next recorded event.
 * Never: touches the book itself; `market_replay.ts` does.
 */
import type { MarketReplay } from "./market_replay.ts";
import type { VenueClock } from "./venue_clock.ts";

/** Most events in one go; after a long pause of the process the rest follows in the next turns. */
const eventsPerStep_max = 2_000;

/** Speed 0 leaves the market as it is. */
export class MarketDriver {
  readonly #clock: VenueClock;
  readonly #replay: MarketReplay;
  readonly #speed: number;
  readonly #onStep: () => void;
  #start_ns = 0;
  #stoppedAt_ns = 0;
  #isRunning = false;
  #cancelTimer: (() => void) | undefined;

  /** `onStep` is called after each step that played something. */
  constructor(clock: VenueClock, replay: MarketReplay, speed: number, onStep: () => void) {
    this.#clock = clock;
    this.#replay = replay;
    this.#speed = speed;
    this.#onStep = onStep;
  }

  /** Starts the pace, or goes on where it was stopped. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#start_ns += this.#clock.now_ns() - this.#stoppedAt_ns;
    this.#arm(true);
  }

  /** Stops it: the market stands still. */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#stoppedAt_ns = this.#clock.now_ns();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #elapsed_ns(): number {
    return (this.#clock.now_ns() - this.#start_ns) * this.#speed;
  }

  #arm(isCaughtUp: boolean): void {
    if (this.#speed === 0) return;
    const wait_ns = (this.#replay.nextDue_ns - this.#elapsed_ns()) / this.#speed;
    // A caught-up market waits for a timer even when the next event is due within it: playing
    // by the millisecond costs no more than 1,000 steps a second at any speed.
    const delay_ns = isCaughtUp ? Math.max(1, wait_ns) : 0;
    this.#cancelTimer = this.#clock.schedule(delay_ns, () => {
      const before = this.#replay.eventsPlayed;
      const caughtUp = this.#replay.playUntil(this.#elapsed_ns(), eventsPerStep_max);
      if (this.#replay.eventsPlayed !== before) this.#onStep();
      this.#arm(caughtUp);
    });
  }
}
