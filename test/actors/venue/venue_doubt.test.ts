/**
 * The venue shard's rules, one by one, on the bench: doubt and parking.
 */
import { describe, expect, test } from "vitest";
import type { VenueOrderView } from "../../../actors/venue/venue_link.ts";
import { cancel, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";
import { venueShardModel } from "../../../actors/venue/venue_model.ts";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";

describe("doubt", () => {
  test("a new owner doubts what was unanswered, says so once, and never sends it again", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    for (let crash = 0; crash < 3; crash += 1) {
      bench.crash();
      bench.run({ type: "started" });
    }
    bench.linkUp(1);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt"]);
    expect(bench.sends()).toEqual([]);
    expect(bench.session?.status).toBe("reconciling");
    expect(bench.gate().map(({ open }) => open)).toEqual([true, false]);
  });

  test("absence proves nothing before deadline and grace, and ends the doubt after them", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.takeEffects();
    bench.linkUp(2);
    expect(answerAll(bench, undefined, 2)).toBe(1);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt"]);
    bench.pass(749);
    expect(answerAll(bench, undefined, 2)).toBe(0);
    bench.pass(1);
    expect(answerAll(bench, undefined, 2)).toBe(1);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt", "not_sent"]);
    expect(bench.session?.status).toBe("open");
  });

  test("the late answer to an early question proves nothing", () => {
    const bench = new VenueShardBench({ queryTimeout_ms: 100 });
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.takeEffects();
    bench.linkUp(2);
    const [early] = bench.takeEffects();
    if (early?.type !== "query") throw new Error("a question is asked at once");
    bench.pass(2_000);
    const answer = { ...early.query, order: undefined, asOfSeq: 0 };
    bench.local({ type: "answer", link: 2, answer });
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt"]);
  });

  test("an answer ahead of our reports decides nothing", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.pass(5_000);
    bench.takeEffects();
    bench.linkUp(2);
    answerAll(bench, undefined, 2, 1);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt"]);
    hear(bench, 1, report(legOf("a", "new:0")), 2);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt", "new"]);
    expect(bench.session?.status).toBe("open");
  });

  test("missed reports end doubts without a question", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.takeEffects();
    bench.local({ type: "connecting", link: 2 });
    const answer = { incarnation: "i1", lastSeqSent: 1, firstSeqAvailable: 1 };
    bench.local({ type: "logged_on", link: 2, answer });
    hear(bench, 1, report(legOf("a", "new:0")), 2);
    bench.local({ type: "connected", link: 2 });
    expect(bench.takeEffects()).toEqual([]);
    expect(bench.session?.status).toBe("open");
  });

  test("no answer within the time while open puts in doubt and asks", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.message(place("b", soon(bench)));
    bench.takeEffects();
    hear(bench, 1, report(legOf("b", "new:0")));
    bench.pass(1_999);
    expect(bench.takeEffects()).toEqual([]);
    bench.pass(1);
    const clOrdId = legOf("a", "new:0");
    expect(bench.takeEffects()).toMatchObject([{ type: "query", query: { clOrdId } }]);
    expect(bench.said(clOrdId)).toEqual(["in_doubt"]);
    expect(bench.session?.status).toBe("open");
    bench.pass(2_000);
    expect(bench.takeEffects()).toMatchObject([{ type: "query", query: { clOrdId } }]);
    expect(bench.said(clOrdId)).toEqual(["in_doubt"]);
  });

  test("questions under way are bounded, and all are asked in the end", () => {
    const bench = new VenueShardBench({ queriesInFlight_max: 3 });
    bench.open();
    for (let no = 0; no < 10; no += 1) bench.message(place(`o${no}`, soon(bench)));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.pass(5_000);
    bench.takeEffects();
    bench.linkUp(2);
    for (let no = 0; no < 10; no += 1) {
      const asked = bench.effects.filter((effect) => effect.type === "query");
      expect(asked.length).toBe(Math.min(3, 10 - no));
      const query = asked[0]?.query;
      if (query === undefined) throw new Error("a question is under way");
      bench.effects = bench.effects.slice(1);
      bench.local({ type: "answer", link: 2, answer: { ...query, order: undefined, asOfSeq: 0 } });
    }
    expect(bench.reports().filter(({ execType }) => execType === "not_sent")).toHaveLength(10);
    expect(bench.session?.status).toBe("open");
  });

  test("a request whose report is lost is taken from the venue's record", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.pass(2_000);
    const view: VenueOrderView = {
      clOrdId: legOf("a", "new:0"),
      venueOrderId: "O1",
      ordStatus: "canceled",
      orderQty_lots: 1_000,
      price_ticks: 5_000_000,
      cumQty_lots: 10,
    };
    answerAll(bench, view, 1);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt", "new", "canceled"]);
    expect(bench.reports().at(-1)).toMatchObject({ cumQty_lots: 10, venueOrderId: "O1" });
    expect(bench.incidents()).toEqual(["report_missing"]);
  });

  test("an unanswered cancel is asked for by its order, and proven unsent after its time", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(legOf("a", "new:0")));
    bench.message(cancel("a"));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.pass(5_000);
    bench.takeEffects();
    bench.linkUp(2, { incarnation: "i1", lastSeqSent: 1, firstSeqAvailable: 1 });
    expect(bench.effects).toMatchObject([{ query: { clOrdId: legOf("a", "new:0") } }]);
    const view: VenueOrderView = {
      clOrdId: legOf("a", "new:0"),
      venueOrderId: "O1",
      ordStatus: "new",
      orderQty_lots: 1_000,
      cumQty_lots: 0,
    };
    answerAll(bench, view, 2);
    expect(bench.said(legOf("a", "cancel:1"))).toEqual(["in_doubt", "not_sent"]);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new"]);
  });

  test("a venue that began its numbering anew can prove no absence", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(legOf("a", "new:0")));
    bench.message(place("b", soon(bench)));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.pass(5_000);
    bench.takeEffects();
    const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };
    bench.local({ type: "connecting", link: 2 });
    bench.local({ type: "logged_on", link: 2, answer: anew });
    expect(bench.takeEffects()).toMatchObject([{ type: "restart_link", resume: { seq: 0 } }]);
    bench.linkUp(3, anew);
    answerAll(bench, undefined, 3);
    bench.pass(500);
    answerAll(bench, undefined, 3);
    expect(bench.said(legOf("b", "new:0"))).toEqual(["in_doubt"]);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "canceled"]);
    expect(bench.incidents()).toEqual(["venue_restarted", "unresolved", "order_lost"]);
    expect(bench.session).toMatchObject({ status: "open", inboundSeq: 0, incarnation: "i2" });
    hear(bench, 1, report(legOf("b", "new:0")), 3);
    expect(bench.said(legOf("b", "new:0"))).toEqual(["in_doubt", "new"]);
    expect(bench.space.size("request")).toBe(0);
  });

  test("a venue that sent less than we have is not trusted: the link starts again", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(legOf("a", "new:0")));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.takeEffects();
    bench.linkUp(2, { incarnation: "i1", lastSeqSent: 0, firstSeqAvailable: 1 });
    expect(bench.incidents()).toEqual(["sequence_behind"]);
    expect(bench.session).toMatchObject({ status: "disconnected", inboundSeq: 1 });
    expect(bench.takeEffects()).toMatchObject([{ type: "restart_link", resume: { seq: 1 } }]);
  });

  test("reports that the venue keeps no more are an incident, and the session goes on", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.linkUp(2, { incarnation: "i1", lastSeqSent: 20, firstSeqAvailable: 11 });
    expect(bench.incidents()).toEqual(["reports_lost"]);
    expect(bench.session).toMatchObject({ inboundSeq: 10, status: "open" });
  });

  test("an order asks on its own account and hears the venue's record", () => {
    const bench = new VenueShardBench();
    bench.open();
    const order = place("a", soon(bench));
    bench.message(order);
    hear(bench, 1, report(order.clOrdId));
    bench.takeEffects();
    const { clOrdId, orderId, instrument, grid } = order;
    bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
    const view: VenueOrderView = {
      clOrdId,
      venueOrderId: "O1",
      ordStatus: "expired",
      orderQty_lots: 1_000,
      cumQty_lots: 0,
    };
    expect(answerAll(bench, view, 1)).toBe(1);
    expect(bench.said(clOrdId)).toEqual(["new", "expired"]);
  });
});

describe("parking", () => {
  test("answers a place that was certainly not sent, and it stays unsent", () => {
    const bench = new VenueShardBench();
    bench.open();
    const message = place("a", soon(bench));
    bench.beforeTurn = () => {
      throw new Error("boom");
    };
    expect(() => bench.message(message)).toThrow("boom");
    bench.beforeTurn = () => {};
    bench.park({ type: "message", from: "acct-3", message }, "boom");
    expect(bench.reports()).toMatchObject([{ execType: "not_sent", code: "INTERNAL_ERROR" }]);
    bench.message(message);
    expect(bench.sends()).toEqual([]);
  });

  test("of a repeat never says not_sent of what may have left", () => {
    const bench = new VenueShardBench();
    bench.open();
    const message = place("a", soon(bench));
    bench.message(message);
    bench.park({ type: "message", from: "acct-3", message }, "boom");
    expect(bench.reports()).toMatchObject([{ execType: "in_doubt", code: "INTERNAL_ERROR" }]);
  });

  test("of an answer restarts nothing: what it was about is asked for again", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.pass(2_500);
    const [asked] = bench.takeEffects().flatMap((one) => (one.type === "query" ? [one.query] : []));
    if (asked === undefined) throw new Error("the place is asked for");
    const answer = { ...asked, order: undefined, asOfSeq: 0 };
    const input = { type: "local", input: { type: "answer", link: 1, answer } } as const;
    expect(venueShardModel(bench.options).isVital(input)).toBe(false);
    bench.park(input, "boom");
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt"]);
    bench.pass(2_000);
    expect(answerAll(bench, undefined, 1)).toBe(1);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt", "not_sent"]);
  });

  test("of a report lets the session go on behind it", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    const input = { type: "report", link: 1, seq: 1, report: report(legOf("a", "new:0")) } as const;
    bench.park({ type: "local", input }, "boom");
    expect(bench.session?.inboundSeq).toBe(1);
    expect(bench.incidents()).toEqual(["parked", "report_parked"]);
    hear(bench, 2, report(legOf("a", "new:0")));
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new"]);
  });
});

test("of a cancel whose order has ended there, the order's end is told first", () => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(legOf("a", "new:0")));
  bench.message(cancel("a"));
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
  bench.linkUp(2, { incarnation: "i1", lastSeqSent: 1, firstSeqAvailable: 1 });
  bench.pass(10_000);
  const view = { clOrdId: legOf("a", "new:0"), venueOrderId: "O1", orderQty_lots: 1_000 };
  for (let round = 0; round < 6; round += 1) {
    answerAll(bench, { ...view, ordStatus: "canceled", cumQty_lots: 0 }, 2);
    bench.pass(2_000);
  }
  const about = bench.reports().filter(({ execType }) => execType !== "in_doubt");
  expect(about.map(({ execType }) => execType)).toEqual(["new", "canceled", "not_sent"]);
  expect(bench.session?.status).toBe("open");
});
