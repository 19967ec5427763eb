/**
 * A report that is missing in the venue's numbering: the link begins anew behind the last one
 * taken; what does not come then either is lost, and the orders are asked for.
 */
import { expect, test } from "vitest";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const id = legOf("a", "new:0");

/** A shard with a working order; its venue has sent four reports, of which one is known. */
const working = (): VenueShardBench => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(id));
  bench.takeEffects();
  return bench;
};

const reconnect = (bench: VenueShardBench, link: number): void => {
  const [effect] = bench.takeEffects();
  expect(effect).toMatchObject({ type: "restart_link" });
  bench.local({ type: "connecting", link });
  const answer = { incarnation: "i1", lastSeqSent: 4, firstSeqAvailable: 1 };
  bench.local({ type: "logged_on", link, answer });
};

test("the same gap on the third link in a row is a loss", () => {
  const bench = working();
  for (let link = 1; link <= 3; link += 1) {
    hear(bench, 4, report(id), link);
    expect(bench.session?.status).toBe("disconnected");
    expect(bench.session?.inboundSeq).toBe(link < 3 ? 1 : 3);
    reconnect(bench, link + 1);
  }
  hear(bench, 4, report(id), 4);
  bench.local({ type: "connected", link: 4 });
  expect(bench.session?.inboundSeq).toBe(4);
  expect(bench.session?.counters.breaks).toBe(1);
  const incidents = bench.incidents();
  expect(incidents.filter((one) => one === "sequence_gap")).toHaveLength(3);
  expect(incidents.at(-1)).toBe("reports_lost");
  // What may have been told is asked for.
  expect(bench.takeEffects().filter(({ type }) => type === "query")).toHaveLength(1);
  bench.crash();
});

test("another gap, or one that closes, is none", () => {
  const bench = working();
  hear(bench, 4, report(id));
  reconnect(bench, 2);
  hear(bench, 2, report(id), 2);
  hear(bench, 4, report(id), 2);
  reconnect(bench, 3);
  hear(bench, 4, report(id), 3);
  expect(bench.session?.inboundSeq).toBe(2);
  expect(bench.session?.counters.breaks).toBe(0);
});
