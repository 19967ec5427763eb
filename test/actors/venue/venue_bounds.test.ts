/**
 * A venue that answers nothing, or nothing that decides, lets no state grow without a bound; and no
 * command waits for ever for its answer.
 */
import { describe, expect, test } from "vitest";
import type { VenueOrderView } from "../../../actors/venue/venue_link.ts";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";
import { cancel, legOf, orderOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };

/** The venue dies and starts anew: link 2 finds that out, link 3 is the one that stays. */
const restartVenue = (bench: VenueShardBench): void => {
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.pass(5_000);
  bench.local({ type: "connecting", link: 2 });
  bench.local({ type: "logged_on", link: 2, answer: anew });
  bench.takeEffects();
  bench.linkUp(3, anew);
};

describe("ended orders", () => {
  test("are bounded while the venue is down and orders are refused", () => {
    const bench = new VenueShardBench({ ended_max: 10 });
    bench.run({ type: "started" });
    for (let no = 0; no < 500; no += 1) bench.message(place(`o${no}`, soon(bench)));
    expect(bench.reports()).toHaveLength(500);
    expect(bench.space.size("ended")).toBeLessThanOrEqual(10);
    expect(bench.space.size("order")).toBeLessThanOrEqual(10);
    expect(bench.space.size("id")).toBeLessThanOrEqual(10);
  });

  test("are bounded while a silent venue leaves everything above the bound refused", () => {
    const bench = new VenueShardBench({ ended_max: 10, unanswered_max: 5 });
    bench.open();
    for (let no = 0; no < 500; no += 1) bench.message(place(`o${no}`, soon(bench)));
    expect(bench.space.size("order")).toBeLessThanOrEqual(15);
  });

  test("are bounded behind ones that cannot be forgotten yet", () => {
    const bench = new VenueShardBench({ ended_max: 10 });
    bench.open();
    let seq = 0;
    const end = (name: string): void => {
      seq += 1;
      hear(bench, seq, report(legOf(name, "new:0"), { execType: "rejected", ended: true }));
    };
    for (let no = 0; no < 20; no += 1) {
      bench.message(place(`stuck${no}`, soon(bench)));
      bench.message(cancel(`stuck${no}`));
      end(`stuck${no}`);
    }
    for (let no = 0; no < 200; no += 1) {
      bench.message(place(`o${no}`, soon(bench)));
      end(`o${no}`);
    }
    expect(bench.space.size("ended")).toBeLessThanOrEqual(20 + 10);
  });

  test("that were never heard of but in a refused cancel are forgotten too", () => {
    const bench = new VenueShardBench({ ended_max: 10 });
    bench.open();
    for (let no = 1; no <= 100; no += 1) {
      bench.message(cancel(`u${no}`));
      const said = report(legOf(`u${no}`, "cancel:1"), { execType: "cancel_rejected" });
      const { venueOrderId: _, ...unknown } = said;
      hear(bench, no, { ...unknown, origClOrdId: legOf(`u${no}`, "new:0") });
    }
    expect(bench.space.size("order")).toBeLessThanOrEqual(10);
  });

  test("that are kept long enough go at the sweep", () => {
    const bench = new VenueShardBench({ endedRetention_ms: 1_000 });
    bench.open();
    bench.message(place("a", soon(bench)));
    hear(bench, 1, report(legOf("a", "new:0"), { execType: "rejected", ended: true }));
    bench.message(place("b", soon(bench)));
    bench.pass(2_500);
    expect(bench.space.get("order", legOf("a", "new:0"))).toBeUndefined();
  });
});

describe("requests that nothing can resolve", () => {
  test("leave room for new ones", () => {
    const bench = new VenueShardBench({ unanswered_max: 2 });
    bench.open();
    bench.message(place("x", soon(bench)));
    hear(bench, 1, report(legOf("x", "new:0"), { execType: "rejected", ended: true }));
    for (const name of ["a", "b"]) bench.message(place(name, soon(bench)));
    restartVenue(bench);
    answerAll(bench, undefined, 3);
    expect(bench.incidents().filter((incident) => incident === "unresolved")).toHaveLength(2);
    expect(bench.session?.status).toBe("open");
    bench.message(place("c", soon(bench)));
    bench.message(cancel("b"));
    expect(bench.sends()).toEqual([legOf("c", "new:0"), legOf("b", "cancel:1")]);
  });

  test("are given up after their time, with an incident, and a late report still arrives", () => {
    const bench = new VenueShardBench({ unresolvedRetention_ms: 60_000 });
    bench.open();
    bench.message(place("x", soon(bench)));
    hear(bench, 1, report(legOf("x", "new:0"), { execType: "rejected", ended: true }));
    bench.message(place("a", soon(bench)));
    restartVenue(bench);
    answerAll(bench, undefined, 3);
    bench.pass(59_000);
    expect(bench.space.size("request")).toBe(1);
    bench.pass(2_000);
    expect(bench.space.size("request")).toBe(0);
    expect(bench.space.size("unresolved")).toBe(0);
    expect(bench.incidents().at(-1)).toBe("unresolved_given_up");
    hear(bench, 1, report(legOf("a", "new:0")), 3);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt", "new"]);
  });

  test("are bounded in number: the oldest go first", () => {
    const bench = new VenueShardBench({ unresolved_max: 3 });
    bench.open();
    bench.message(place("x", soon(bench)));
    hear(bench, 1, report(legOf("x", "new:0"), { execType: "rejected", ended: true }));
    for (let no = 0; no < 8; no += 1) bench.message(place(`o${no}`, soon(bench)));
    restartVenue(bench);
    answerAll(bench, undefined, 3);
    expect(bench.space.size("unresolved")).toBe(3);
    expect([...bench.space.keys("request")]).toEqual(
      ["o5", "o6", "o7"].map((name) => legOf(name, "new:0")),
    );
  });
});

describe("a place whose id is known already", () => {
  const view = (name: string, change: Partial<VenueOrderView> = {}): VenueOrderView => ({
    clOrdId: legOf(name, "new:0"),
    venueOrderId: "O1",
    ordStatus: "new",
    orderQty_lots: 1_000,
    cumQty_lots: 0,
    ...change,
  });

  test("is answered with what the venue has, also of an ended order", () => {
    const bench = new VenueShardBench();
    bench.open();
    const request = place("a", soon(bench));
    bench.message(request);
    hear(bench, 1, report(request.clOrdId));
    bench.takeEffects();
    bench.message(request);
    expect(bench.sends()).toEqual([]);
    answerAll(bench, view("a"), 1);
    expect(bench.said(request.clOrdId)).toEqual(["new", "new"]);
    hear(bench, 2, report(request.clOrdId, { execType: "canceled", ended: true }));
    bench.message(request);
    answerAll(bench, view("a", { ordStatus: "canceled" }), 1);
    expect(bench.said(request.clOrdId)).toEqual(["new", "new", "canceled", "canceled"]);
  });

  test("while the link is down is asked for when it is back", () => {
    const bench = new VenueShardBench();
    bench.open();
    const request = place("a", soon(bench));
    bench.message(request);
    hear(bench, 1, report(request.clOrdId));
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.message(request);
    bench.takeEffects();
    bench.linkUp(2, { incarnation: "i1", lastSeqSent: 1, firstSeqAvailable: 1 });
    answerAll(bench, view("a"), 2);
    expect(bench.said(request.clOrdId)).toEqual(["new", "new"]);
    expect(bench.session?.status).toBe("open");
  });

  test("and was proven unsent is told so again", () => {
    const bench = new VenueShardBench();
    bench.run({ type: "started" });
    const request = place("a", soon(bench));
    for (let no = 0; no < 3; no += 1) bench.message(request);
    expect(bench.said(request.clOrdId)).toEqual(["not_sent", "not_sent", "not_sent"]);
  });

  test("and belongs to another order has never left", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.takeEffects();
    bench.message(place("a", soon(bench), { orderId: orderOf("b") }));
    expect(bench.sends()).toEqual([]);
    expect(bench.reports()).toMatchObject([
      { execType: "not_sent", code: "ID_CONFLICT", orderId: orderOf("b") },
    ]);
    expect(bench.incidents()).toEqual(["id_conflict"]);
  });
});
