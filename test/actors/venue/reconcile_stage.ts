/**
 * Steps of the tests of a venue shard that reconciles: its orders, what its venue has of them,
 * and the answers to all that it asks.
 */
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import type { ReconcileOptions } from "../../../actors/venue/reconcile_options.ts";
import type { VenueOrderView } from "../../../actors/venue/venue_link.ts";
import type { PartContent, SnapshotQuestion } from "../../../actors/venue/venue_snapshot.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { btc, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

/** How the venue answers a logon. */
export const answer = { incarnation: "i1", lastSeqSent: 0, firstSeqAvailable: 1 };
/** The id that placed the order of that name. */
export const id = (name: string) => legOf(name, "new:0");

/** A shard of a venue that answers all parts. */
export const shard = (change: Partial<ReconcileOptions> = {}): VenueShardBench =>
  new VenueShardBench({ reconcile: { ...reconcileOptions_default, ...change } });

/** The venue's record of a working order. */
export const view = (name: string, change: Partial<VenueOrderView> = {}): VenueOrderView => ({
  clOrdId: id(name),
  venueOrderId: `O-${name}`,
  ordStatus: "new",
  orderQty_lots: 1_000,
  cumQty_lots: 0,
  instrument: btc,
  side: "buy",
  ...change,
});

/** What a venue has. */
interface There {
  readonly orders?: readonly VenueOrderView[];
  readonly positions?: number;
}

/** Takes the questions about parts. */
export const questions = (bench: VenueShardBench): SnapshotQuestion[] =>
  bench.takeEffects().flatMap((one) => (one.type === "snapshot" ? [one.question] : []));

/** Answers one of them. */
export const tell = (
  bench: VenueShardBench,
  { part, askedAt }: SnapshotQuestion,
  { orders = [], positions = 0 }: There,
  link: number,
): void => {
  const contents: Record<string, PartContent> = {
    open_orders: { part: "open_orders", orders },
    executions: { part: "executions", executions: [] },
    positions: { part: "positions", positions: [{ instrument: btc, net_lots: positions }] },
  };
  const content = contents[part];
  if (content === undefined) throw new Error(part);
  const asOfSeq = bench.session?.inboundSeq ?? 0;
  const whole = { askedAt, asOfSeq, younger: [], ...content };
  bench.local({ type: "snapshot", link, answer: whole });
};

/** Answers every part that is asked for. */
export const answerParts = (bench: VenueShardBench, there: There, link = 1): number => {
  const asked = questions(bench);
  for (const question of asked) tell(bench, question, there, link);
  return asked.length;
};

/** Answers the questions about orders. */
export const answerOrder = (
  bench: VenueShardBench,
  order: VenueOrderView | undefined,
  link = 1,
): void => {
  for (const effect of bench.takeEffects()) {
    if (effect.type !== "query") continue;
    const asOfSeq = bench.session?.inboundSeq ?? 0;
    bench.local({ type: "answer", link, answer: { ...effect.query, order, asOfSeq } });
  }
};

/** An open shard with working orders of those names. */
export const working = (names: readonly string[], change: Partial<ReconcileOptions> = {}) => {
  const bench = shard(change);
  bench.open();
  answerParts(bench, {});
  for (const [index, name] of names.entries()) {
    bench.message(place(name, soon(bench)));
    hear(bench, index + 1, report(id(name), { venueOrderId: `O-${name}` }));
  }
  bench.takeEffects();
  return bench;
};

/** The link is lost and comes back. */
export const relink = (bench: VenueShardBench, link: number): void => {
  bench.local({ type: "disconnected", link: link - 1, reason: "reset", fault: false });
  bench.takeEffects();
  const lastSeqSent = bench.session?.inboundSeq ?? 0;
  bench.linkUp(link, { ...answer, lastSeqSent });
};
