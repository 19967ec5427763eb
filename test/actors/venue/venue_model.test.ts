/**
 * The venue shard's rules, one by one, on the bench: gate, cancels, reports.
 */
import { describe, expect, test } from "vitest";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import { cancel, legOf, place, replace } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";

describe("the gate", () => {
  test("opens only after logon and catching up, and says so with a reason at every step", () => {
    const bench = new VenueShardBench();
    bench.open();
    const steps = bench.published.map(({ subject, body }) => [subject, body]);
    expect(steps.map(([, body]) => body)).toMatchObject([
      { from: "disconnected", to: "disconnected", reason: "owner started" },
      { from: "disconnected", to: "connecting", reason: "link 1" },
      { from: "connecting", to: "logged_on" },
      { from: "logged_on", to: "reconciling" },
      { from: "reconciling", to: "open", reason: "reconciled" },
    ]);
    expect(steps.every(([subject]) => subject === "oms.v1.evt.venue.SIMX.session")).toBe(true);
    const told = bench.sent.map(({ to, message }) => [to, message.kind]);
    expect(told).toEqual([0, 1, 2, 3].map((index) => [`acct-${index}`, "venue_status"]));
    expect(bench.gate()).toMatchObject([{ open: true, venue: "SIMX" }]);
  });

  test.each(["disconnected", "connecting", "logged_on"])(
    "answers a place while %s at once with not_sent and ROUTE_VENUE_DOWN",
    (status) => {
      const bench = new VenueShardBench();
      bench.run({ type: "started" });
      const answer = { incarnation: "i1", lastSeqSent: 9, firstSeqAvailable: 1 };
      if (status !== "disconnected") bench.local({ type: "connecting", link: 1 });
      if (status === "logged_on") bench.local({ type: "logged_on", link: 1, answer });
      expect(bench.session?.status).toBe(status);
      const order = place("a", soon(bench));
      bench.message(order);
      bench.message(order);
      expect(bench.reports()).toMatchObject([
        { execType: "not_sent", code: "ROUTE_VENUE_DOWN", clOrdId: order.clOrdId },
        { execType: "not_sent", clOrdId: order.clOrdId },
      ]);
      expect(bench.sent.at(-1)?.to).toBe("acct-3");
      bench.linkUp(status === "disconnected" ? 1 : 2);
      bench.message(order);
      expect(bench.sends()).toEqual([]);
    },
  );

  test("answers a place behind its deadline with VENUE_NOT_SENT", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", bench.now_ns - 1n));
    expect(bench.reports()).toMatchObject([{ execType: "not_sent", code: "VENUE_NOT_SENT" }]);
    expect(bench.sends()).toEqual([]);
  });

  test("lets a place, a replace and a cancel leave once each, however often they come", () => {
    const bench = new VenueShardBench();
    bench.open();
    const requests = [place("a", soon(bench)), replace("a", 1, soon(bench)), cancel("a")];
    for (const request of [...requests, ...requests]) bench.message(request);
    expect(bench.sends()).toEqual(requests.map(({ clOrdId }) => clOrdId));
    expect(bench.reports()).toEqual([]);
  });

  test("refuses orders above the bound on unanswered requests; cancels have as much again", () => {
    const bench = new VenueShardBench({ unanswered_max: 2 });
    bench.open();
    const placed = [legOf("a", "new:0"), legOf("b", "new:0")];
    for (const name of ["a", "b", "c"]) bench.message(place(name, soon(bench)));
    expect(bench.said(legOf("c", "new:0"))).toEqual(["not_sent"]);
    for (const no of [1, 2, 3]) bench.message(cancel("a", no));
    expect(bench.sends()).toEqual([...placed, legOf("a", "cancel:1"), legOf("a", "cancel:2")]);
    hear(bench, 1, report(legOf("b", "new:0")));
    expect(bench.sends()).toContain(legOf("a", "cancel:3"));
  });

  test("leaves cancels through where a venue is silent about as many orders as may be", () => {
    const bench = new VenueShardBench({ unanswered_max: 2 });
    bench.open();
    bench.message(place("open", soon(bench)));
    hear(bench, 1, report(legOf("open", "new:0")));
    for (const name of ["a", "b"]) bench.message(place(name, soon(bench)));
    bench.pass(5_000);
    expect(bench.space.size("doubt")).toBe(2);
    bench.message(cancel("open"));
    expect(bench.sends()).toContain(legOf("open", "cancel:1"));
  });

  test("a refusal of the driver is a proof: not_sent, once", () => {
    const bench = new VenueShardBench();
    bench.open();
    const { clOrdId } = place("a", soon(bench));
    bench.message(place("a", soon(bench)));
    bench.local({ type: "refused_to_send", clOrdId, reason: "deadline" });
    bench.local({ type: "refused_to_send", clOrdId, reason: "deadline" });
    expect(bench.reports()).toMatchObject([{ execType: "not_sent", text: "deadline" }]);
    expect(bench.space.size("request")).toBe(0);
  });
});

describe("cancels", () => {
  test("wait while the session is down and leave when it is up again", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(legOf("a", "new:0")));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.takeEffects();
    bench.message(cancel("a"));
    bench.message(cancel("a"));
    expect(bench.sends()).toEqual([]);
    bench.crash();
    bench.run({ type: "started" });
    bench.linkUp(1, { incarnation: "i1", lastSeqSent: 1, firstSeqAvailable: 1 });
    expect(bench.sends()).toEqual([legOf("a", "cancel:1")]);
    expect(bench.said(legOf("a", "cancel:1"))).toEqual([]);
  });

  test("of an order that never left answer themselves", () => {
    const bench = new VenueShardBench();
    bench.run({ type: "started" });
    bench.message(place("a", soon(bench)));
    bench.message(cancel("a"));
    expect(bench.said(legOf("a", "cancel:1"))).toEqual(["not_sent"]);
    bench.linkUp(1);
    expect(bench.sends()).toEqual([]);
  });

  test("of an order in doubt wait for its fate; where it never left they answer themselves", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.message(cancel("a"));
    bench.pass(5_000);
    bench.takeEffects();
    bench.linkUp(2);
    expect(bench.sends()).toEqual([]);
    answerAll(bench, undefined, 2);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt", "not_sent"]);
    expect(bench.said(legOf("a", "cancel:1"))).toEqual(["not_sent"]);
    expect(bench.session?.status).toBe("open");
  });

  test("of an order that we do not know leave all the same", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(cancel("unheard"));
    expect(bench.sends()).toEqual([legOf("unheard", "cancel:1")]);
    const refusal = report(legOf("unheard", "cancel:1"), { execType: "cancel_rejected" });
    hear(bench, 1, { ...refusal, origClOrdId: legOf("unheard", "new:0") });
    expect(bench.said(legOf("unheard", "cancel:1"))).toEqual(["cancel_rejected"]);
  });
});

describe("reports", () => {
  test("advance the inbound sequence with their way to the order; a repeat changes nothing", () => {
    const bench = new VenueShardBench();
    bench.open();
    const { clOrdId, orderId } = place("a", soon(bench));
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(clOrdId));
    const trade = report(clOrdId, { execType: "trade", cumQty_lots: 400, lastQty_lots: 400 });
    hear(bench, 2, trade);
    const before = JSON.stringify(bench.sent);
    hear(bench, 2, trade);
    hear(bench, 1, report(clOrdId));
    expect(JSON.stringify(bench.sent)).toBe(before);
    expect(bench.session?.inboundSeq).toBe(2);
    expect(bench.sent.at(-1)).toEqual({
      to: "acct-3",
      message: {
        kind: "report",
        venue: "SIMX",
        orderId,
        clOrdId,
        execType: "trade",
        venueOrderId: "O1",
        execId: "E1",
        cumQty_lots: 400,
        orderQty_lots: 1_000,
        lastQty_lots: 400,
        tsEvent: "5",
      },
    });
  });

  test("with a gap restart the link where we are", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.takeEffects();
    hear(bench, 2, report(legOf("a", "new:0")));
    expect(bench.session).toMatchObject({ status: "disconnected", inboundSeq: 0 });
    expect(bench.takeEffects()).toMatchObject([{ type: "restart_link", resume: { seq: 0 } }]);
    hear(bench, 1, report(legOf("a", "new:0")));
    expect(bench.session?.inboundSeq).toBe(0);
    expect(bench.gate().map(({ open }) => open)).toEqual([true, false]);
  });

  test("of another link are not taken", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(legOf("a", "new:0")), 2);
    expect(bench.session?.inboundSeq).toBe(0);
  });

  test.each(["not-one-of-ours", legOf("nobody", "new:0"), legOf("nobody", "new:0", 99)])(
    "for no order of ours (%s) are counted and published",
    (clOrdId) => {
      const bench = new VenueShardBench();
      bench.open();
      hear(bench, 1, report(clOrdId as LegClOrdId, { execType: "trade" }));
      expect(bench.incidents()).toEqual(["unknown_order"]);
      expect(bench.session).toMatchObject({ inboundSeq: 1, counters: { unknownReports: 1 } });
      expect(bench.reports()).toEqual([]);
    },
  );

  test("under a replaced id and under the new one find the order", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    const first = legOf("a", "new:0");
    hear(bench, 1, report(first));
    let origClOrdId = first;
    for (let no = 1; no <= 40; no += 1) {
      bench.message(replace("a", no, soon(bench), origClOrdId));
      const clOrdId = legOf("a", `replace:${no}`);
      hear(bench, no + 1, report(clOrdId, { execType: "replaced", origClOrdId }));
      origClOrdId = clOrdId;
    }
    for (let no = 41; no <= 80; no += 1) {
      bench.message(replace("a", no, soon(bench), origClOrdId));
      const clOrdId = legOf("a", `replace:${no}`);
      hear(bench, no + 1, report(clOrdId, { execType: "replace_rejected", origClOrdId }));
    }
    hear(bench, 82, report(origClOrdId, { execType: "trade", cumQty_lots: 1 }));
    hear(bench, 83, report(first, { execType: "trade", cumQty_lots: 2 }));
    expect(bench.reports().slice(-2)).toMatchObject([
      { clOrdId: origClOrdId, orderId: "DEMO.mm.a" },
      { clOrdId: first, orderId: "DEMO.mm.a" },
    ]);
    expect(bench.space.size("id")).toBe(32);
    expect(bench.space.size("request")).toBe(0);
  });

  test("of a duplicate id do not end the order: it is asked for", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.takeEffects();
    const { clOrdId } = place("a", soon(bench));
    hear(bench, 1, report(clOrdId, { execType: "rejected", ended: true, duplicateId: true }));
    expect(bench.said(clOrdId)).toEqual(["in_doubt"]);
    expect(bench.takeEffects()).toMatchObject([{ type: "query", query: { clOrdId } }]);
  });

  test("after an order was proven unsent raise an incident and are passed on", () => {
    const bench = new VenueShardBench();
    bench.open();
    const { clOrdId } = place("a", soon(bench));
    bench.message(place("a", soon(bench)));
    bench.local({ type: "refused_to_send", clOrdId, reason: "deadline" });
    hear(bench, 1, report(clOrdId));
    expect(bench.incidents()).toEqual(["not_sent_contradicted"]);
    expect(bench.said(clOrdId)).toEqual(["not_sent", "new"]);
    expect(bench.space.get("order", clOrdId)?.endedAt).toBeUndefined();
  });

  test("ended orders are kept for late reports, and forgotten within their bounds", () => {
    const bench = new VenueShardBench({ ended_max: 3, endedRetention_ms: 1_000 });
    bench.open();
    let seq = 0;
    const end = (name: string): void => {
      bench.message(place(name, soon(bench)));
      seq += 1;
      const said = { execType: "rejected", ended: true } as const;
      hear(bench, seq, report(legOf(name, "new:0"), said));
    };
    for (let no = 0; no < 10; no += 1) end(`o${no}`);
    expect(bench.space.size("ended")).toBe(3);
    bench.pass(2_000);
    end("late1");
    end("late2");
    expect([...bench.space.entries("order")].map(([root]) => root)).toEqual([
      legOf("late1", "new:0"),
      legOf("late2", "new:0"),
    ]);
    expect(bench.space.size("id")).toBe(2);
  });
});

test("an ended order with an unanswered cancel is not forgotten", () => {
  const bench = new VenueShardBench({ ended_max: 0 });
  bench.open();
  const { clOrdId } = place("a", soon(bench));
  bench.message(place("a", soon(bench)));
  bench.message(cancel("a"));
  hear(bench, 1, report(clOrdId, { execType: "rejected", ended: true }));
  expect(bench.space.size("order")).toBe(1);
  const refusal = { execType: "cancel_rejected", origClOrdId: clOrdId, ended: true } as const;
  hear(bench, 2, report(legOf("a", "cancel:1"), refusal));
  expect(bench.said(legOf("a", "cancel:1"))).toEqual(["cancel_rejected"]);
  expect(bench.space.size("order")).toBe(0);
});
