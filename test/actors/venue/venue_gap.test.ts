/**
 * A report that is missing in the venue's numbering: the link begins anew behind the last one
 * taken; what does not come then either is lost, and the orders are asked for.
 */
import { expect, test } from "vitest";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";
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

test("what a lost report may have told of an order is among the executions asked for", () => {
  const bench = working();
  for (let link = 1; link <= 3; link += 1) {
    hear(bench, 4, report(id), link);
    reconnect(bench, link + 1);
  }
  hear(bench, 4, report(id, { cumQty_lots: 500 }), 4);
  bench.local({ type: "connected", link: 4 });
  const view = { clOrdId: id, venueOrderId: "O1", ordStatus: "partially_filled" } as const;
  answerAll(bench, { ...view, orderQty_lots: 1_000, cumQty_lots: 500 }, 4);
  const [effect] = bench.takeEffects();
  expect(effect).toMatchObject({ query: { purpose: "executions", afterSeq: 1 } });
});

/** The venue says that it has sent more reports than come. */
const promise = (bench: VenueShardBench, link: number): void => {
  const reason = "catching_up for more than 300 ms";
  bench.local({ type: "disconnected", link, reason, fault: false, owedSeq: 4 });
};

test("a tail that is promised and never comes is lost on the third link in a row", () => {
  const bench = working();
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  for (let link = 2; link <= 4; link += 1) {
    reconnect(bench, link);
    expect(bench.session?.inboundSeq).toBe(1);
    promise(bench, link);
  }
  expect(bench.session?.inboundSeq).toBe(4);
  expect(bench.incidents().at(-1)).toBe("reports_lost");
  reconnect(bench, 5);
  bench.local({ type: "connected", link: 5 });
  const order = { clOrdId: id, venueOrderId: "O1", ordStatus: "new", cumQty_lots: 0 } as const;
  expect(answerAll(bench, { ...order, orderQty_lots: 1_000 }, 5)).toBe(1);
  expect(bench.session?.status).toBe("open");
  bench.crash();
});

test("a tail of which some comes begins anew, and one that is here is none", () => {
  const bench = working();
  promise(bench, 1);
  reconnect(bench, 2);
  promise(bench, 2);
  reconnect(bench, 3);
  hear(bench, 2, report(id), 3);
  promise(bench, 3);
  expect(bench.session).toMatchObject({ inboundSeq: 2, gap: { afterSeq: 2, times: 1 } });
  reconnect(bench, 4);
  for (const seq of [3, 4]) hear(bench, seq, report(id), 4);
  promise(bench, 4);
  expect(bench.session?.gap).toEqual({ afterSeq: 2, times: 1 });
  expect(bench.session?.counters.breaks).toBe(0);
});

test("a venue that has fewer reports than we know, again and again, is left to a person", () => {
  const bench = working();
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  const { faults_max } = bench.options.guard;
  for (let link = 2; link < 2 + faults_max; link += 1) {
    expect(bench.session?.status).toBe("disconnected");
    bench.local({ type: "connecting", link });
    const answer = { incarnation: "i1", lastSeqSent: 0, firstSeqAvailable: 1 };
    bench.local({ type: "logged_on", link, answer });
    bench.pass(1_000);
  }
  expect(bench.session).toMatchObject({
    status: "quarantined",
    reason: "protocol_faults: the venue sent 0 reports, 1 are known",
  });
  expect(bench.sends()).toEqual([]);
  bench.crash();
});

test("a venue that keeps only reports beyond its newest contradicts itself", () => {
  const bench = working();
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.local({ type: "connecting", link: 2 });
  const answer = { incarnation: "i1", lastSeqSent: 4, firstSeqAvailable: 100 };
  bench.local({ type: "logged_on", link: 2, answer });
  expect(bench.session).toMatchObject({ status: "disconnected", inboundSeq: 1 });
  expect(bench.incidents().at(-1)).toBe("protocol_fault");
  expect(bench.session?.troubles?.fault).toHaveLength(1);
  reconnect(bench, 3);
  hear(bench, 2, report(id, { execId: "E2" }), 3);
  expect(bench.session?.inboundSeq).toBe(2);
  bench.crash();
});
