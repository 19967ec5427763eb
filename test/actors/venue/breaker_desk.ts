/**
 * A venue shard with a circuit breaker on the bench, and the little that a test of it says.
 */
import type { BreakerPhase } from "../../../actors/venue/breaker_model.ts";
import type { VenueEffect } from "../../../actors/venue/venue_input.ts";
import type { VenueReport } from "../../../actors/venue/venue_link.ts";
import { AccountId, ClOrdId, orderIdOf, StrategyId } from "../../../protocols/kernel/ids.ts";
import { legOf, place, venue } from "./venue_requests.ts";
import { hear, report } from "./venue_bench_steps.ts";
import { ms, VenueShardBench } from "./venue_shard_bench.ts";

const phaseOf = (bench: VenueShardBench): BreakerPhase | undefined =>
  bench.space.get("breaker", venue)?.phase;

/** A shard that sends orders and hears of them, with numbers of its own. */
export class BreakerDesk {
  readonly bench: VenueShardBench;
  seq = 0;
  #no = 0;

  constructor(change: ConstructorParameters<typeof VenueShardBench>[0] = {}) {
    this.bench = new VenueShardBench(change);
    this.bench.open();
  }

  /** Sends an order; its name. */
  send(account?: string): string {
    this.#no += 1;
    const name = `o${this.#no}`;
    const theirs =
      account === undefined
        ? {}
        : { orderId: orderIdOf(AccountId.make(account), StrategyId.make("s"), ClOrdId.make(name)) };
    this.bench.message(place(name, this.bench.now_ns + 250n * ms, theirs));
    return name;
  }

  /** Hears an answer to an order after a while. */
  answer(name: string, after_ms = 1, change: Partial<VenueReport> = {}): void {
    this.bench.pass(after_ms);
    this.seq += 1;
    const clOrdId = legOf(name, "new:0");
    hear(this.bench, this.seq, report(clOrdId, { execId: `E${this.seq}`, ...change }));
  }

  /** Sends that many orders and hears of each. */
  trade(count: number, after_ms?: number, change?: Partial<VenueReport>, account?: string): void {
    for (let no = 0; no < count; no += 1) this.answer(this.send(account), after_ms, change);
  }

  /** Waits until the cool-down is over and answers the question of the trial. */
  toTrial(): void {
    this.bench.takeEffects();
    const until = this.bench.space.get("breaker", venue)?.until;
    if (until === undefined) throw new Error("it is not open");
    this.bench.pass(Number((BigInt(until) - this.bench.now_ns) / ms) + 1);
    this.answerProbe();
  }

  /** Answers the harmless question under way. */
  answerProbe(): void {
    const asked = this.probes()[0];
    if (asked === undefined) throw new Error("nothing is asked");
    const answer = { ...asked.query, order: undefined, asOfSeq: this.seq };
    this.bench.local({ type: "answer", link: 1, answer });
  }

  /** Takes the harmless questions that are to be asked. */
  probes(): readonly Extract<VenueEffect, { readonly type: "query" }>[] {
    return this.bench
      .takeEffects()
      .filter((effect) => effect.type === "query")
      .filter(({ query }) => query.purpose === "probe");
  }

  get phase(): BreakerPhase | undefined {
    return phaseOf(this.bench);
  }

  /** What the last order was answered with. */
  get refusal(): string | undefined {
    return this.bench.reports().at(-1)?.code;
  }
}
