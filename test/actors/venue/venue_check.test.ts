/**
 * Orders that are open by our knowledge, when reports are lost for good: the venue is asked for
 * each, and each comes to a stated end or goes on with what the venue says.
 */
import { describe, expect, test } from "vitest";
import type { VenueOrderView, VenueQuery } from "../../../actors/venue/venue_link.ts";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";
import { cancel, legOf, place, replace } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };
const gap = { incarnation: "i1", lastSeqSent: 20, firstSeqAvailable: 21 };

const view = (name: string, change: Partial<VenueOrderView> = {}): VenueOrderView => ({
  clOrdId: legOf(name, "new:0"),
  venueOrderId: "O1",
  ordStatus: "new",
  orderQty_lots: 1_000,
  price_ticks: 5_000_000,
  cumQty_lots: 0,
  ...change,
});

/** A shard with working orders of those names. */
const working = (names: readonly string[], bench = new VenueShardBench()): VenueShardBench => {
  bench.open();
  for (const [index, name] of names.entries()) {
    bench.message(place(name, soon(bench)));
    hear(bench, index + 1, report(legOf(name, "new:0")));
  }
  bench.takeEffects();
  return bench;
};

const lose = (bench: VenueShardBench): void => {
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
};

/** The venue process starts anew: link 2 finds that out, link 3 is the one that stays. */
const restartVenue = (bench: VenueShardBench): void => {
  lose(bench);
  bench.local({ type: "connecting", link: 2 });
  bench.local({ type: "logged_on", link: 2, answer: anew });
  bench.takeEffects();
  bench.linkUp(3, anew);
};

/** The venue knows nothing of what it is asked for, nor does it after its grace. */
const neverThere = (bench: VenueShardBench, link: number): void => {
  answerAll(bench, undefined, link);
  bench.pass(bench.options.grace_ms);
  answerAll(bench, undefined, link);
};

const questions = (bench: VenueShardBench): VenueQuery[] =>
  bench.takeEffects().flatMap((effect) => (effect.type === "query" ? [effect.query] : []));

const trade = (name: string, no: number, lots: number, cumQty_lots: number) =>
  report(legOf(name, "new:0"), {
    execType: "trade",
    execId: `T${no}`,
    lastQty_lots: lots,
    lastPx_ticks: 5_000_000,
    cumQty_lots,
  });

describe("after the venue's restart", () => {
  test("an order that it does not know any more ends as canceled, and says why", () => {
    const bench = working(["a", "b"]);
    restartVenue(bench);
    expect(bench.session?.status).toBe("reconciling");
    expect(answerAll(bench, undefined, 3)).toBe(2);
    bench.pass(500);
    expect(answerAll(bench, undefined, 3)).toBe(2);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "canceled"]);
    expect(bench.said(legOf("b", "new:0"))).toEqual(["new", "canceled"]);
    expect(bench.reports().at(-1)?.text).toMatch(/does not know the order any more.*restart/);
    expect(bench.incidents()).toEqual(["venue_restarted", "order_lost", "order_lost"]);
    expect(bench.session?.status).toBe("open");
    bench.crash();
    bench.run({ type: "started" });
    bench.linkUp(1, anew);
    expect(bench.takeEffects().filter(({ type }) => type === "query")).toEqual([]);
  });

  test("an order that it kept goes on with what it says", () => {
    const bench = working(["a"]);
    restartVenue(bench);
    answerAll(bench, view("a"), 3);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "new"]);
    expect(bench.session?.status).toBe("open");
    // Seen since the restart: absence later on proves nothing any more.
    const { clOrdId, orderId, instrument, grid } = place("a", 0n);
    bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
    answerAll(bench, undefined, 3);
    expect(bench.said(clOrdId)).toEqual(["new", "new", "in_doubt"]);
  });

  test("unanswered changes of a lost order end with it", () => {
    const bench = working(["a"]);
    bench.message(cancel("a"));
    bench.message(replace("a", 2, soon(bench)));
    restartVenue(bench);
    bench.pass(10_000);
    for (let round = 0; round < 5; round += 1) {
      answerAll(bench, undefined, 3);
      bench.pass(2_000);
    }
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "canceled"]);
    expect(bench.space.size("request")).toBe(0);
    expect(bench.session?.status).toBe("open");
  });

  test("an unanswered cancel of an order that works there is told to have had no effect", () => {
    const bench = working(["a"]);
    bench.message(cancel("a"));
    restartVenue(bench);
    bench.pass(10_000);
    for (let round = 0; round < 5; round += 1) {
      answerAll(bench, view("a"), 3);
      bench.pass(2_000);
    }
    expect(bench.said(legOf("a", "cancel:1"))).toEqual(["in_doubt", "not_sent"]);
    expect(bench.session?.status).toBe("open");
    bench.message(cancel("a", 2));
    expect(bench.sends()).toEqual([legOf("a", "cancel:2")]);
  });

  test("an unresolved order is ended by its owner's cancel", () => {
    const bench = working(["a"]);
    bench.message(place("b", soon(bench)));
    restartVenue(bench);
    answerAll(bench, undefined, 3);
    expect(bench.said(legOf("b", "new:0"))).toEqual(["in_doubt"]);
    bench.message(cancel("b"));
    const refused = report(legOf("b", "cancel:1"), { execType: "cancel_rejected" });
    const { venueOrderId: _, ...unknown } = refused;
    hear(bench, 1, { ...unknown, origClOrdId: legOf("b", "new:0"), code: "ORDER_UNKNOWN" }, 3);
    // What the order does on hearing that.
    const { clOrdId, orderId, instrument, grid } = place("b", 0n);
    bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
    neverThere(bench, 3);
    expect(bench.said(clOrdId)).toEqual(["in_doubt", "canceled"]);
    expect(bench.space.size("request")).toBe(0);
  });
});

describe("after reports were lost for good", () => {
  const loseReports = (bench: VenueShardBench): void => {
    lose(bench);
    bench.linkUp(2, gap);
  };

  test("an end that nobody told is taken from the record", () => {
    const bench = working(["a"]);
    loseReports(bench);
    answerAll(bench, view("a", { ordStatus: "canceled" }), 2);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "canceled"]);
    expect(bench.session?.status).toBe("open");
  });

  test("absence ends nothing: the order is in doubt", () => {
    const bench = working(["a"]);
    loseReports(bench);
    answerAll(bench, undefined, 2);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "in_doubt"]);
    expect(bench.incidents()).toEqual(["reports_lost", "order_absent"]);
    expect(bench.session?.status).toBe("open");
  });

  test("missing executions are asked for and reach the order under their own ids", () => {
    const bench = working(["a"]);
    hear(bench, 2, trade("a", 1, 100, 100));
    loseReports(bench);
    const [first] = questions(bench);
    if (first === undefined) throw new Error("the order is asked for");
    const filled = view("a", { ordStatus: "filled", cumQty_lots: 1_000 });
    bench.local({
      type: "answer",
      link: 2,
      answer: { ...first, order: filled, asOfSeq: bench.session?.inboundSeq ?? 0 },
    });
    expect(bench.session?.status).toBe("reconciling");
    const [second] = questions(bench);
    expect(second).toMatchObject({ purpose: "executions", venueOrderId: "O1" });
    if (second === undefined) throw new Error("the executions are asked for");
    const executions = [trade("a", 3, 600, 1_000), trade("a", 2, 300, 400)];
    const answer = { ...second, order: undefined, executions, asOfSeq: first.afterSeq ?? 20 };
    bench.local({ type: "answer", link: 2, answer });
    const told = bench.reports().filter(({ execType }) => execType === "trade");
    expect(told.map(({ execId, cumQty_lots }) => [execId, cumQty_lots])).toEqual([
      ["T1", 100],
      ["T2", 400],
      ["T3", 1_000],
    ]);
    expect(bench.incidents()).toEqual(["reports_lost"]);
    expect(bench.session?.status).toBe("open");
  });

  test.each([
    ["filled", ["new", "new", "canceled"], 1_000],
    ["canceled", ["new", "canceled"], 400],
    // The count says what is missing; nothing of where the order stands is in doubt.
    ["partially_filled", ["new", "new"], 400],
  ] as const)(
    "executions that cannot be had are an incident, and a %s order is told so",
    (ordStatus, words, cumQty_lots) => {
      const bench = working(["a"]);
      loseReports(bench);
      answerAll(bench, view("a", { ordStatus, cumQty_lots }), 2);
      answerAll(bench, undefined, 2);
      expect(bench.said(legOf("a", "new:0"))).toEqual(words);
      expect(bench.reports().at(-1)).toMatchObject({ cumQty_lots });
      expect(bench.incidents()).toEqual(["reports_lost", "executions_missing"]);
      expect(bench.session?.status).toBe("open");
    },
  );

  test("executions that cannot be read take nothing from the record that was", () => {
    const bench = working(["a"]);
    loseReports(bench);
    answerAll(bench, view("a", { ordStatus: "canceled", cumQty_lots: 400 }), 2);
    for (const query of questions(bench)) {
      expect(query.purpose).toBe("executions");
      const answer = { ...query, order: undefined, asOfSeq: 0, unreadable: "no such question" };
      bench.local({ type: "answer", link: 2, answer });
    }
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "canceled"]);
    expect(bench.incidents()).toEqual(["reports_lost", "executions_missing"]);
    expect(bench.session?.status).toBe("open");
  });

  test("an answer that cannot be read leaves the order in doubt and the gate opens", () => {
    const bench = working(["a"]);
    loseReports(bench);
    for (const query of questions(bench)) {
      const answer = { ...query, order: undefined, asOfSeq: 0, unreadable: "price=1.001" };
      bench.local({ type: "answer", link: 2, answer });
    }
    expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "in_doubt"]);
    expect(bench.session?.status).toBe("open");
  });
});

test("questions are bounded, asked again when lost, and all are asked in the end", () => {
  const names = Array.from({ length: 10 }, (_, no) => `o${no}`);
  const bench = working(names, new VenueShardBench({ queriesInFlight_max: 3 }));
  restartVenue(bench);
  expect(questions(bench)).toHaveLength(3);
  bench.pass(2_000);
  for (let round = 0; round < 10; round += 1) {
    expect(bench.effects.filter(({ type }) => type === "query").length).toBeLessThanOrEqual(3);
    const checking = [...bench.space.entries("checking")];
    const underWay = checking.filter(([, { askAgainAt }]) => askAgainAt === undefined);
    expect(underWay.length).toBeLessThanOrEqual(3);
    answerAll(bench, undefined, 3);
    bench.pass(100);
  }
  for (const name of names) expect(bench.said(legOf(name, "new:0"))).toEqual(["new", "canceled"]);
  expect(bench.session?.status).toBe("open");
});

test("an answer ahead of our reports decides nothing, and a link that is lost asks anew", () => {
  const bench = working(["a"]);
  restartVenue(bench);
  answerAll(bench, undefined, 3, 1);
  expect(bench.said(legOf("a", "new:0"))).toEqual(["new"]);
  bench.local({ type: "disconnected", link: 3, reason: "reset", fault: false });
  bench.takeEffects();
  bench.linkUp(4, anew);
  neverThere(bench, 4);
  expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "canceled"]);
});
