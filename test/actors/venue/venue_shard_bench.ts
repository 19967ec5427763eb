/**
 * A venue shard on the bench: its model run turn by turn, its journal kept, its effects not done.
 *
 * Owns: what the shard loop would own. `crash` rebuilds the states from the journaled events, as
 * text, and checks that they are the states that lived (invariant 8).
 */
import { strict as assert } from "node:assert";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { shardName } from "../../../protocols/kernel/shard.ts";
import { controlSubject } from "../../../protocols/kernel/subjects.ts";
import type { ControlVerb } from "../../../protocols/kernel/subjects.ts";
import type { LegReport, VenueStatusReport } from "../../../protocols/venue.ts";
import { venueShardModel } from "../../../actors/venue/venue_model.ts";
import { venueOptions_default } from "../../../actors/venue/venue_options.ts";
import type { VenueOptions } from "../../../actors/venue/venue_options.ts";
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import type { VenueEffect, VenueInput, VenueMessage } from "../../../actors/venue/venue_input.ts";
import type { SessionState, VenueKinds } from "../../../actors/venue/venue_state.ts";
import { venueKinds } from "../../../actors/venue/venue_state.ts";
import type { ShardInput } from "../../../runtime/shard_model.ts";
import { canonicalText } from "../../../runtime/canonical.ts";
import { limits } from "../../../runtime/limits.ts";
import { makeSpace } from "../../../runtime/space.ts";
import { venue } from "./venue_requests.ts";

type Input = ShardInput<VenueMessage, VenueInput>;

/** Nanoseconds in a millisecond. */
export const ms = 1_000_000n;

const untraced = { traceparent: undefined } as const;

/** A venue shard without a loop. */
export class VenueShardBench {
  readonly options: VenueOptions;
  readonly #model;
  #space = makeSpace<VenueKinds>(venueKinds);
  #journal: string[] = [];
  readonly #timers = new Map<string, bigint>();
  now_ns = 1_000_000n * ms;
  /** Effects of committed turns, not yet done. */
  effects: VenueEffect[] = [];
  readonly sent: { readonly to: string; readonly message: VenueMessage }[] = [];
  readonly published: { readonly subject: string; readonly body: object }[] = [];
  /** Facts, messages and publications of the largest turn so far. */
  largestTurn_bytes = 0;
  /** Called in every turn before anything is decided: throws to make turns fail. */
  beforeTurn: (input: Input) => void = () => {};

  constructor(change: Partial<VenueOptions> = {}) {
    this.options = {
      venue,
      accountShards: 4,
      ...venueOptions_default,
      // A venue that answers no snapshots, unless the test says otherwise.
      reconcile: { ...venueOptions_default.reconcile, parts: [] },
      ...change,
    };
    this.#model = venueShardModel(this.options);
  }

  /** Runs one turn. */
  run(input: Input): void {
    this.#turn((turn) => {
      this.beforeTurn(input);
      this.#model.decide(input, turn);
    });
  }

  /** Runs the turn that parks an input. */
  park(input: Input, cause: string): void {
    this.#turn((turn) => this.#model.park(input, cause, turn));
  }

  #turn(body: (turn: Parameters<ReturnType<typeof venueShardModel>["decide"]>[1]) => void): void {
    const space = this.#space;
    space.begin();
    const events: VenueEvent[] = [];
    const [sent, published] = [this.sent.length, this.published.length];
    try {
      body({
        space,
        now_ns: this.now_ns,
        now: toNanos(this.now_ns),
        emit: (event) => {
          events.push(event);
          this.#model.evolve(space, event);
        },
        send: (to, message) => {
          this.sent.push({ to: shardName(to), message });
        },
        publish: (subject, bodyOf) => {
          this.published.push({ subject, body: bodyOf(`e${this.published.length}`) });
        },
        timer: (id, at_ns) => {
          if (at_ns === undefined) this.#timers.delete(id);
          else this.#timers.set(id, at_ns);
        },
        perform: (effect) => {
          this.effects.push(effect);
        },
      });
    } catch (cause) {
      space.rollback();
      throw cause;
    }
    const said = [events, this.sent.slice(sent), this.published.slice(published)];
    const bytes = Buffer.byteLength(JSON.stringify(said));
    if (bytes > limits.turn_bytes_max) {
      space.rollback();
      throw new Error(`a turn of ${bytes} bytes fits no frame`);
    }
    this.largestTurn_bytes = Math.max(this.largestTurn_bytes, bytes);
    space.keep();
    for (const event of events) this.#journal.push(JSON.stringify(event));
  }

  message(message: VenueMessage): void {
    this.run({ type: "message", from: "acct-3", message });
  }

  /** An operator asks something of the shard. */
  control(what: ControlVerb, body: object): void {
    const data = Buffer.from(JSON.stringify(body));
    const subject = controlSubject({ kind: "venue", key: venue }, what);
    const { now_ns: stored_ns } = this;
    this.run({ type: "command", lane: "h", seq: 1, subject, data, stored_ns, ...untraced });
  }

  local(input: VenueInput): void {
    this.run({ type: "local", input });
  }

  /** Lets time pass; timers that come due fire at their time. */
  pass(span_ms: number): void {
    const until_ns = this.now_ns + BigInt(span_ms) * ms;
    for (;;) {
      const [due] = [...this.#timers].filter(([, at_ns]) => at_ns <= until_ns).sort(byTime);
      if (due === undefined) break;
      const [id, at_ns] = due;
      this.#timers.delete(id);
      if (at_ns > this.now_ns) this.now_ns = at_ns;
      this.run({ type: "timer", id });
    }
    this.now_ns = until_ns;
  }

  /** How many facts are journaled. */
  get journaled(): number {
    return this.#journal.length;
  }

  /**
   * The owner dies: effects not done are gone, the states come back from the journal. With a number
   * of facts those behind it never became durable.
   */
  crash(durable = this.#journal.length): void {
    const lived = this.#text();
    const isWhole = durable === this.#journal.length;
    this.#journal = this.#journal.slice(0, durable);
    this.#space = makeSpace<VenueKinds>(venueKinds);
    for (const line of this.#journal) {
      this.#model.evolve(this.#space, JSON.parse(line) as VenueEvent);
    }
    if (isWhole) assert.equal(this.#text(), lived, "replay gives the states that lived");
    // Timers are in the journal as well; which of them the lost facts had set is not known here.
    else this.#timers.clear();
    this.effects = [];
  }

  #text(): string {
    return canonicalText(
      venueKinds.map((kind) =>
        [...this.#space.entries(kind)]
          .map(([key, state]) => `${key} ${canonicalText(state)}`)
          .sort(),
      ),
    );
  }

  get space() {
    return this.#space;
  }

  get session(): SessionState | undefined {
    return this.#space.get("session", venue);
  }

  /** Takes the effects that are to be done. */
  takeEffects(): VenueEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  /** Ids of the requests that were handed to the driver and not taken yet. */
  sends(): string[] {
    return this.effects.flatMap((e) => (e.type === "send" ? [e.request.clOrdId] : []));
  }

  /** Reports sent to orders, in order. */
  reports(): LegReport[] {
    return this.sent.flatMap(({ message }) => (message.kind === "report" ? [message] : []));
  }

  /** Reports about one request, as `execType` words. */
  said(clOrdId: string): string[] {
    return this.reports()
      .filter((report) => report.clOrdId === clOrdId)
      .map((report) => report.execType);
  }

  /** What account shard 3 was told of the gate. */
  gate(): VenueStatusReport[] {
    return this.sent.flatMap(({ to, message }) =>
      to === "acct-3" && message.kind === "venue_status" ? [message] : [],
    );
  }

  /** Names of the incidents published so far. */
  incidents(): string[] {
    return this.published.flatMap(({ body }) =>
      "incident" in body && typeof body.incident === "string" ? [body.incident] : [],
    );
  }

  /** Starts an ownership and brings the session to `open`, as the driver would. */
  open(link = 1, answer = { incarnation: "i1", lastSeqSent: 0, firstSeqAvailable: 1 }): void {
    this.run({ type: "started" });
    this.linkUp(link, answer);
  }

  /** Connects, logs on and is caught up. */
  linkUp(link: number, answer = { incarnation: "i1", lastSeqSent: 0, firstSeqAvailable: 1 }): void {
    this.local({ type: "connecting", link });
    this.local({ type: "logged_on", link, answer });
    this.local({ type: "connected", link });
  }
}

const byTime = (a: [string, bigint], b: [string, bigint]): number => (a[1] < b[1] ? -1 : 1);
