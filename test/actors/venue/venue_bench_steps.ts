/**
 * Steps that the venue shard's tests share: a report, hearing it, answering its questions.
 */
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import type { VenueReport, VenueOrderView } from "../../../actors/venue/venue_link.ts";
import { ms } from "./venue_shard_bench.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

/** A venue report about a request; an acknowledgement unless changed. */
export const report = (clOrdId: LegClOrdId, change: Partial<VenueReport> = {}): VenueReport => ({
  execType: "new",
  clOrdId,
  venueOrderId: "O1",
  execId: "E1",
  cumQty_lots: 0,
  orderQty_lots: 1_000,
  tsEvent: toNanos(5n),
  ended: false,
  ...change,
});

/** Lets the shard hear a report under a number. */
export const hear = (bench: VenueShardBench, seq: number, said: VenueReport, link = 1): void =>
  bench.local({ type: "report", link, seq, report: said });

/** Answers every question asked so far with the same record (or absence). */
export const answerAll = (
  bench: VenueShardBench,
  order: VenueOrderView | undefined,
  link: number,
  asOfSeq = bench.session?.inboundSeq ?? 0,
): number => {
  const asked = bench.takeEffects().filter((effect) => effect.type === "query");
  for (const { query } of asked) {
    bench.local({ type: "answer", link, answer: { ...query, order, asOfSeq } });
  }
  return asked.length;
};

/** A moment ahead. */
export const soon = (bench: VenueShardBench): bigint => bench.now_ns + 250n * ms;
