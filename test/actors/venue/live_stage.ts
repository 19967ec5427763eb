/**
 * What live scenarios stand on: a real venue process, and shards that live on it, each test's in a
 * session of its own; at the end of each, the venue's record beside theirs.
 *
 * Owns: the process, the shards, the names of sessions.
 */
import type { BackOff } from "../../../actors/venue/back_off.ts";
import type { ReconcileOptions } from "../../../actors/venue/reconcile_options.ts";
import type { SimConnectorOptions } from "../../../actors/venue/sim_link.ts";
import type { VenueDriverObserver } from "../../../actors/venue/venue_driver.ts";
import type { VenueMessage } from "../../../actors/venue/venue_input.ts";
import type { VenueOptions } from "../../../actors/venue/venue_options.ts";
import { FaultyVenue } from "../../simulator/faulty_venue.ts";
import type { SimClient } from "../../simulator/sim_client.ts";
import { recordFaults } from "./live_record.ts";
import { liveReconcile, LiveShard, realTimers } from "./live_shard.ts";
import { until } from "./tcp_stage.ts";
import { legOf, place } from "./venue_requests.ts";

/** What a shard of a test may be told besides its session. */
export interface LiveSetting {
  readonly reconcile?: Partial<ReconcileOptions>;
  readonly options?: Partial<VenueOptions>;
  readonly connection?: Partial<SimConnectorOptions>;
  readonly backOff?: Partial<BackOff>;
  readonly observer?: VenueDriverObserver;
}

/** A venue and the shards of one test at a time. */
export class LiveStage {
  readonly venue: FaultyVenue;
  readonly #shards: LiveShard[] = [];
  #sessions = 0;

  private constructor(venue: FaultyVenue) {
    this.venue = venue;
  }

  /** Starts the venue with these arguments. */
  static async start(...args: string[]): Promise<LiveStage> {
    return new LiveStage(await FaultyVenue.start("--instruments", "BTC-USDT", ...args));
  }

  /** A session that nobody has used. */
  nextSession(): string {
    this.#sessions += 1;
    return `s${this.#sessions}`;
  }

  /** A shard on that session. */
  shard(session: string, setting: LiveSetting = {}): LiveShard {
    const { reconcile, options, connection, backOff, observer } = setting;
    const shard = new LiveShard(
      this.venue.process.port,
      { reconcile: { ...liveReconcile, ...reconcile }, ...options },
      observer,
      { session, ...connection },
      backOff,
    );
    this.#shards.push(shard);
    return shard;
  }

  /** A shard on that session whose gate is open. */
  async openShard(session: string, setting: LiveSetting = {}): Promise<LiveShard> {
    const shard = this.shard(session, setting);
    await until("open", () => shard.isOpen);
    return shard;
  }

  /** Somebody else who speaks for that session: an order of it that no shard knows. */
  async intrude(session: string, clOrdId = "stranger"): Promise<void> {
    const client = await this.venue.session(session);
    client.say({
      ...{ type: "new_order", clOrdId, instrument: "BTC-USDT", side: "buy" },
      ...{ ordType: "limit", timeInForce: "gtc", orderQty: "0.01", price: "1000" },
    });
    await client.untilReport(clOrdId, "new");
    await client.close();
  }

  /**
   * Somebody who sells so many times 0.001 at what was the best price before all of it was bought
   * away: nobody else sells there, nobody buys there.
   */
  async sellers(count: number): Promise<{ readonly client: SimClient; readonly price: string }> {
    const client = await this.venue.session(this.nextSession());
    const head = { type: "new_order", instrument: "BTC-USDT", timeInForce: "gtc" } as const;
    // Takes the best levels away, and leaves what it could not buy there: that is canceled.
    const level = { ...head, side: "buy", ordType: "limit", orderQty: "1000" } as const;
    const price = await this.#bestAsk();
    client.say({ ...level, clOrdId: "clear", price, timeInForce: "ioc" });
    await until("cleared", () => client.reports().some(({ ordStatus }) => ordStatus === "expired"));
    const sell = { ...head, side: "sell", ordType: "limit", orderQty: "0.001", price } as const;
    for (let no = 0; no < count; no += 1) client.say({ ...sell, clOrdId: `sell-${no}` });
    if (count > 0) await client.untilReport(`sell-${count - 1}`, "new");
    return { client, price };
  }

  async #bestAsk(): Promise<string> {
    const feed = this.venue.connect();
    feed.say({ type: "subscribe", instruments: ["BTC-USDT"] });
    const { askPx } = await feed.until("bbo");
    await feed.close();
    if (askPx === undefined) throw new Error("an empty market");
    return askPx;
  }

  /** Each contradiction between the venue's record of a session and the shard's, a line each. */
  async faults(shard: LiveShard, session: string): Promise<readonly string[]> {
    return recordFaults(shard.bench, await this.venue.recordOf(session));
  }

  /** Ends the shards, every client and every fault. */
  async calm(): Promise<void> {
    for (const shard of this.#shards.splice(0)) shard.stop();
    await this.venue.calm();
  }

  /** Ends the venue. */
  async stop(): Promise<void> {
    await this.calm();
    await this.venue.stop();
  }
}

/** Five seconds from now. */
export const soon = (): bigint => realTimers.now_ns() + 5_000_000_000n;

/** Places resting orders and waits for their acknowledgements. */
export const rest = async (
  shard: LiveShard,
  names: readonly string[],
  deadline_ns = soon(),
): Promise<void> => {
  for (const name of names) shard.message(place(name, deadline_ns, { price_ticks: 100_000 }));
  await until("working", () =>
    names.every((name) => shard.bench.said(legOf(name, "new:0")).includes("new")),
  );
};

/** What the runs of a shard's reconciliation have published. */
export const summaries = ({ bench }: LiveShard): Record<string, unknown>[] =>
  bench.published.flatMap(({ subject, body }) =>
    subject.endsWith(".reconciled") ? [body as Record<string, unknown>] : [],
  );

/** Messages of one kind that a shard has sent to account shards. */
export const messages = <Kind extends VenueMessage["kind"]>(
  { bench }: LiveShard,
  kind: Kind,
): Extract<VenueMessage, { readonly kind: Kind }>[] =>
  bench.sent.flatMap(({ message }) =>
    message.kind === kind ? [message as Extract<VenueMessage, { readonly kind: Kind }>] : [],
  );

/** Waits for one more run, asked for by a person. */
export const reconcile = async (shard: LiveShard): Promise<Record<string, unknown>> => {
  const before = summaries(shard).length;
  shard.message({ kind: "reconcile", reason: "test" });
  await until("reconciled", () => summaries(shard).length > before);
  return summaries(shard).at(-1) ?? {};
};
