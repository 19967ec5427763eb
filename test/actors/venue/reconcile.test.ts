/**
 * The venue shard's reconciliation, turn by turn: what opens the gate, what keeps it closed, what a
 * second run says. Numbers are those of the field's list of scenarios.
 */
import { describe, expect, test } from "vitest";
import {
  answerOrder,
  answerParts,
  id,
  questions,
  relink,
  tell,
  view,
  working,
} from "./reconcile_stage.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { cancel, legOf, place } from "./venue_requests.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

describe("the gate", () => {
  test("opens when the required part is known and settled, not before", () => {
    const bench = working(["a"]);
    relink(bench, 2);
    const [orders, executions, positions] = questions(bench);
    if (!orders || !executions || !positions) throw new Error("three parts are asked for");
    tell(bench, executions, {}, 2);
    tell(bench, positions, {}, 2);
    expect(bench.session?.status).toBe("reconciling");
    tell(bench, orders, { orders: [view("a")] }, 2);
    expect(bench.session?.status).toBe("open");
  });

  test("stays closed while that part is unknown, and opens without the others", () => {
    const bench = working(["a"]);
    relink(bench, 2);
    const asked = questions(bench);
    for (const { part, askedAt } of asked) {
      bench.local({ type: "snapshot", link: 2, answer: { part, askedAt, unknown: "refused" } });
    }
    expect(bench.session?.status).toBe("reconciling");
    expect(bench.incidents().filter((one) => one === "part_unknown")).toHaveLength(3);
    bench.pass(1_000);
    for (const question of questions(bench)) {
      const { part, askedAt } = question;
      if (part === "open_orders") tell(bench, question, { orders: [view("a")] }, 2);
      else bench.local({ type: "snapshot", link: 2, answer: { part, askedAt, unknown: "again" } });
    }
    // What is still unknown is not news.
    expect(bench.incidents().filter((one) => one === "part_unknown")).toHaveLength(3);
    expect(bench.session?.status).toBe("open");
  });

  test("is tried at least every eight seconds, however long the venue was silent", () => {
    const bench = working(["a"]);
    relink(bench, 2);
    const { partTimeout_ms, closedRetry_ms_max } = bench.options.reconcile;
    const most_ms = partTimeout_ms + closedRetry_ms_max;
    let asked = questions(bench);
    let waited_ms = 0;
    // Ten minutes in which nothing is answered; then the next run is.
    for (let passed_ms = 0; passed_ms < 600_000 || asked.length === 0; passed_ms += 500) {
      bench.pass(500);
      asked = questions(bench);
      waited_ms = asked.length === 0 ? waited_ms + 500 : 0;
      expect(waited_ms).toBeLessThanOrEqual(most_ms);
    }
    for (const question of asked) tell(bench, question, { orders: [view("a")] }, 2);
    expect(bench.session?.status).toBe("open");
    // With the gate open there is time: what else is unknown is asked for less and less.
    bench.pass(60_000);
    expect(questions(bench)).toHaveLength(3);
  });

  test("scenario 36: while it is closed a submit is denied, and a cancel passes", () => {
    const bench = working(["a"]);
    relink(bench, 2);
    bench.takeEffects();
    bench.message(place("b", soon(bench)));
    bench.message(cancel("a"));
    expect(bench.said(id("b"))).toEqual(["not_sent"]);
    expect(bench.sends()).toEqual([legOf("a", "cancel:1")]);
  });

  test("scenario 42: what does not map one to one keeps it closed until it does", () => {
    const bench = working(["a", "b"]);
    relink(bench, 2);
    answerParts(bench, { orders: [view("a"), view("a", { venueOrderId: "O-x" }), view("b")] }, 2);
    expect(bench.session).toMatchObject({ status: "reconciling" });
    expect(bench.session?.reason).toMatch(/one to one: O-a and O-x are both/);
    expect(bench.incidents()).toContain("mapping_broken");
    bench.pass(1_000);
    answerParts(bench, { orders: [view("a"), view("b")] }, 2);
    expect(bench.session?.status).toBe("open");
  });
});

describe("what differs is looked up by its id", () => {
  test("scenario 39: missing in the list, filled in history: never canceled", () => {
    const bench = working(["a"]);
    relink(bench, 2);
    for (const question of questions(bench)) tell(bench, question, {}, 2);
    expect(bench.session?.status).toBe("reconciling");
    expect(bench.said(id("a"))).toEqual(["new"]);
    answerOrder(bench, view("a", { ordStatus: "filled", cumQty_lots: 1_000 }), 2);
    const trade = report(id("a"), {
      ...{ execType: "trade", execId: "T1", lastQty_lots: 1_000, lastPx_ticks: 7 },
      ...{ cumQty_lots: 1_000, venueOrderId: "O-a" },
    });
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "query") continue;
      const asOfSeq = bench.session?.inboundSeq ?? 0;
      const said = { ...effect.query, order: undefined, executions: [trade], asOfSeq };
      bench.local({ type: "answer", link: 2, answer: said });
    }
    expect(new Set(bench.said(id("a")))).toEqual(new Set(["new", "trade"]));
    expect(bench.session?.status).toBe("open");
  });

  test("scenario 41: what nobody knows is in doubt, once; a second run says nothing", () => {
    const bench = working(["a"]);
    relink(bench, 2);
    answerParts(bench, {}, 2);
    answerOrder(bench, undefined, 2);
    expect(bench.said(id("a"))).toEqual(["new", "in_doubt"]);
    expect(bench.session?.status).toBe("open");
    const [sent, published] = [bench.sent.length, bench.published.length];
    bench.pass(60_000);
    answerParts(bench, {}, 2);
    expect(bench.sent.length).toBe(sent);
    expect(bench.published.slice(published)).toMatchObject([
      { subject: "oms.v1.evt.venue.SIMX.reconciled" },
    ]);
    // It is looked up again all the same, and nothing is said of it.
    answerOrder(bench, undefined, 2);
    expect(bench.sent.length).toBe(sent);
    expect(bench.published.length).toBe(published + 1);
    // Nor does another restart make more of it, and the states are the same after a replay.
    bench.crash();
  });
});

test("what nobody knew is found by a later run of the schedule, on the same link", () => {
  const bench = working(["a"]);
  relink(bench, 2);
  answerParts(bench, {}, 2);
  answerOrder(bench, undefined, 2);
  expect(bench.said(id("a"))).toEqual(["new", "in_doubt"]);
  bench.pass(60_000);
  answerParts(bench, {}, 2);
  answerOrder(bench, view("a", { ordStatus: "canceled" }), 2);
  expect(bench.said(id("a"))).toEqual(["new", "in_doubt", "canceled"]);
  bench.crash();
});

describe("a run that is asked for", () => {
  const why = (bench: VenueShardBench) =>
    bench.space.get("reconcile", bench.options.venue)?.run?.why;

  test("while another is under way is made behind it", () => {
    const bench = working(["a"]);
    bench.pass(60_000);
    const asked = questions(bench);
    expect(why(bench)).toBe("schedule");
    bench.message({ kind: "reconcile", reason: "a person asks" });
    for (const question of asked) tell(bench, question, { orders: [view("a")] }, 1);
    bench.pass(0);
    expect(why(bench)).toBe("demand");
    expect(answerParts(bench, { orders: [view("a")] })).toBe(3);
    bench.pass(59_999);
    expect(questions(bench)).toEqual([]);
    bench.crash();
  });

  test("by a logon, and has to wait for the rate budget, is still that of the logon", () => {
    const bench = working(["a"]);
    const refusal = { code: "rate_limited", retryAfter_ms: 3_000 } as const;
    bench.local({ type: "refused", link: 1, refusal });
    relink(bench, 2);
    expect(questions(bench)).toEqual([]);
    bench.pass(3_100);
    expect(why(bench)).toBe("logon");
    bench.crash();
  });
});

test("scenario 15: a cancel in doubt whose order the venue does not know has it looked up", () => {
  const bench = working(["a"]);
  bench.message(cancel("a"));
  bench.takeEffects();
  bench.pass(5_000);
  for (let round = 0; round < 3; round += 1) {
    answerOrder(bench, undefined);
    bench.pass(2_500);
  }
  expect(bench.said(legOf("a", "cancel:1"))).toContain("not_sent");
  expect(bench.said(id("a"))).toEqual(["new", "in_doubt"]);
  bench.crash();
});

test("an order that a bust makes work again is kept, and is no news to the next run", () => {
  const bench = working(["a"]);
  const fill = { lastQty_lots: 1_000, lastPx_ticks: 7, venueOrderId: "O-a" };
  const trade = { ...fill, execType: "trade", execId: "T1", cumQty_lots: 1_000 } as const;
  hear(bench, 2, report(id("a"), { ...trade, ended: true }));
  const bust = {
    ...fill,
    execType: "trade_cancel",
    refExecId: "T1",
    leavesQty_lots: 1_000,
  } as const;
  hear(bench, 3, report(id("a"), { ...bust, execId: "T2", cumQty_lots: 0 }));
  expect(bench.space.get("order", id("a"))?.endedAt).toBeUndefined();
  bench.pass(60_000);
  answerParts(bench, { orders: [view("a")] });
  expect(bench.takeEffects().filter(({ type }) => type === "query")).toEqual([]);
});
