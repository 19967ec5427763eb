/**
 * An account shard and a venue shard with little rate budget together: what a strategy is told of
 * orders that wait. A number in a name is a behavioural scenario.
 */
import { afterEach, describe, expect, it } from "vitest";
import type { ReferenceData, VenueProfile } from "../../../protocols/instrument.ts";
import { openRated, perSecond, refuse } from "../venue/rate_stage.ts";
import type { VenueShardBench } from "../venue/venue_shard_bench.ts";
import { accountShards, limit10, reference } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

/** Both shards, with the messages between them. */
class Pair {
  readonly desk: DeskShard;
  readonly venue: VenueShardBench;
  #asked = 0;
  #told = 0;

  constructor(change: Partial<ReferenceData> = {}) {
    this.desk = new DeskShard(change);
    this.venue = openRated([perSecond], {}, { accountShards });
    this.desk.now_ns = this.venue.now_ns;
    this.desk.quote(99, 101);
  }

  /** Carries what either has for the other. */
  carry(): void {
    for (;;) {
      const command = this.desk.sent[this.#asked]?.command;
      const report = this.venue.reports()[this.#told];
      if (command !== undefined) {
        this.#asked += 1;
        this.venue.message(command);
      } else if (report !== undefined) {
        this.#told += 1;
        this.desk.message(report);
      } else {
        return;
      }
    }
  }

  /** Does something at the desk and carries what follows. */
  do(act: (desk: DeskShard) => unknown): void {
    act(this.desk);
    this.carry();
  }

  pass(span_ms: number): void {
    this.venue.pass(span_ms);
    this.desk.advance(span_ms);
    this.carry();
  }

  saidOf(clOrdId: string): string[] {
    return this.desk.said.filter((line) => line.startsWith(`${clOrdId} `));
  }

  /** Six orders use up what new work may have. */
  exhaust(): void {
    for (let no = 0; no < 6; no += 1) this.do((desk) => desk.submit(`x${no}`, limit10));
    if (this.venue.sends().length !== 6) throw new Error("there is room left, or was not");
  }
}

let pair: Pair;
afterEach(() => pair.desk.check());

describe("an order that waits for the venue's budget", () => {
  it("(16) and is canceled never leaves, and is canceled exactly once", () => {
    pair = new Pair();
    pair.exhaust();
    pair.do((desk) => desk.submit("w", limit10));
    pair.do((desk) => desk.cancel("w"));
    pair.pass(5_000);
    expect(pair.saidOf("w")).toEqual([
      "w pending_new pending_new",
      "w pending_cancel pending_cancel",
      "w canceled canceled",
    ]);
    expect(pair.venue.sends()).toHaveLength(6);
    expect(pair.desk.incidents).toEqual([]);
  });

  it("(16) and is replaced and canceled has each answered once", () => {
    pair = new Pair();
    pair.exhaust();
    pair.do((desk) => desk.submit("w", limit10));
    pair.do((desk) => desk.replace("w", { replaceId: "r1", price: "91" }));
    pair.do((desk) => desk.cancel("w"));
    pair.pass(5_000);
    expect(pair.saidOf("w")).toEqual([
      "w pending_new pending_new",
      "w pending_replace pending_replace",
      "w pending_cancel pending_cancel",
      "w canceled canceled",
      "w replace_rejected canceled ORDER_CLOSED",
    ]);
    expect(pair.desk.incidents).toEqual([]);
  });

  it("too long is rejected with the reason", () => {
    pair = new Pair({ intentDeadline_ms: 300 });
    pair.exhaust();
    pair.do((desk) => desk.submit("w", limit10));
    pair.pass(301);
    expect(pair.saidOf("w")).toEqual([
      "w pending_new pending_new",
      "w rejected rejected VENUE_RATE_LIMITED",
    ]);
  });

  it("(16) at a venue that replaces by cancel and new goes on as the replace wants it", () => {
    const venues = new Map([...reference.venues].map(([id, one]) => [id, cancelReplace(one)]));
    pair = new Pair({ venues });
    pair.exhaust();
    pair.do((desk) => desk.submit("w", limit10));
    pair.do((desk) => desk.replace("w", { replaceId: "r1", price: "91" }));
    expect(pair.desk.placed("w").map(({ price_ticks }) => price_ticks)).toEqual([90, 91]);
    pair.pass(1_000);
    expect(pair.venue.sends().slice(6)).toEqual([pair.desk.placed("w")[1]?.clOrdId]);
    pair.desk.ack("w");
    expect(pair.saidOf("w")).toEqual([
      "w pending_new pending_new",
      "w pending_replace pending_replace",
      "w replaced new",
    ]);
    expect(pair.desk.incidents).toEqual([]);
  });
});

const cancelReplace = (one: VenueProfile): VenueProfile => ({ ...one, replace: "cancel_replace" });

it("an order that the venue refused for its limits is rejected, and not sent again", () => {
  pair = new Pair();
  pair.do((desk) => desk.submit("a", limit10));
  const [place] = pair.desk.placed("a");
  if (place === undefined) throw new Error("nothing was placed");
  const { clOrdId } = place;
  refuse(pair.venue, { code: "rate_limited", clOrdId, retryAfter_ms: 900 });
  pair.carry();
  pair.pass(3_000);
  expect(pair.saidOf("a")).toEqual([
    "a pending_new pending_new",
    "a rejected rejected VENUE_RATE_LIMITED",
  ]);
  expect(pair.venue.sends()).toHaveLength(1);
});
