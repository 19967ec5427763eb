/**
 * The venue shard's reconciliation, turn by turn: what opens the gate, what keeps it closed, what a
 * second run says. Numbers are those of the field's list of scenarios.
 */
import { describe, expect, test } from "vitest";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import type { ReconcileOptions } from "../../../actors/venue/reconcile_options.ts";
import type { VenueOrderView } from "../../../actors/venue/venue_link.ts";
import type { PartContent, SnapshotQuestion } from "../../../actors/venue/venue_snapshot.ts";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { btc, cancel, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const answer = { incarnation: "i1", lastSeqSent: 0, firstSeqAvailable: 1 };
const id = (name: string) => legOf(name, "new:0");

const shard = (change: Partial<ReconcileOptions> = {}): VenueShardBench =>
  new VenueShardBench({ reconcile: { ...reconcileOptions_default, ...change } });

const view = (name: string, change: Partial<VenueOrderView> = {}): VenueOrderView => ({
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

const questions = (bench: VenueShardBench): SnapshotQuestion[] =>
  bench.takeEffects().flatMap((one) => (one.type === "snapshot" ? [one.question] : []));

const tell = (
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
const answerParts = (bench: VenueShardBench, there: There, link = 1): number => {
  const asked = questions(bench);
  for (const question of asked) tell(bench, question, there, link);
  return asked.length;
};

const answerOrder = (bench: VenueShardBench, order: VenueOrderView | undefined, link = 1): void => {
  for (const effect of bench.takeEffects()) {
    if (effect.type !== "query") continue;
    const asOfSeq = bench.session?.inboundSeq ?? 0;
    bench.local({ type: "answer", link, answer: { ...effect.query, order, asOfSeq } });
  }
};

/** An open shard with working orders of those names. */
const working = (names: readonly string[], change: Partial<ReconcileOptions> = {}) => {
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
const relink = (bench: VenueShardBench, link: number): void => {
  bench.local({ type: "disconnected", link: link - 1, reason: "reset", fault: false });
  bench.takeEffects();
  const lastSeqSent = bench.session?.inboundSeq ?? 0;
  bench.linkUp(link, { ...answer, lastSeqSent });
};

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

describe("scenario 42: a mapping that stays broken", () => {
  const twice = [view("a"), view("a", { venueOrderId: "O-x" })];

  /** Seen where the session was open: the gate is shut by another link, which looks again. */
  const broken = (): VenueShardBench => {
    const bench = working(["a"]);
    bench.pass(60_000);
    answerParts(bench, { orders: twice });
    expect(bench.session?.status).toBe("disconnected");
    bench.takeEffects();
    bench.linkUp(2, { ...answer, lastSeqSent: 1 });
    answerParts(bench, { orders: twice }, 2);
    expect(bench.session?.status).toBe("reconciling");
    return bench;
  };

  const stayBroken = (bench: VenueShardBench): void => {
    for (const wait_ms of [1_000, 2_000]) {
      expect(bench.session?.status).toBe("reconciling");
      bench.pass(wait_ms);
      answerParts(bench, { orders: twice }, 2);
    }
  };

  test("is quarantined by its third whole run, and the reason says what does not add up", () => {
    const bench = broken();
    stayBroken(bench);
    expect(bench.session?.status).toBe("quarantined");
    expect(bench.session?.reason).toMatch(/^conservation: .*O-a and O-x are both/);
    expect(bench.effects.map(({ type }) => type)).toEqual(["end_link"]);
    expect(bench.published.slice(-2).map(({ body }) => body)).toMatchObject([
      { incident: "quarantined", cause: "conservation" },
      { from: "reconciling", to: "quarantined" },
    ]);
    bench.crash();
  });

  test("is not by runs that could not look, and one that finds it whole begins anew", () => {
    const bench = broken();
    for (const wait_ms of [1_000, 2_000, 4_000, 8_000]) {
      bench.pass(wait_ms);
      const asked = questions(bench);
      expect(asked).toHaveLength(3);
      for (const { part, askedAt } of asked) {
        bench.local({ type: "snapshot", link: 2, answer: { part, askedAt, unknown: "refused" } });
      }
      expect(bench.session?.status).toBe("reconciling");
    }
    bench.pass(16_000);
    answerParts(bench, { orders: [view("a")] }, 2);
    expect(bench.session?.status).toBe("open");
    expect(bench.space.get("reconcile", bench.options.venue)?.brokenRuns).toBeUndefined();
  });

  test("is looked at anew after a release", () => {
    const bench = broken();
    stayBroken(bench);
    bench.control("release", { requestId: "r1", operator: "eve", reason: "canceled by hand" });
    bench.takeEffects();
    bench.linkUp(3, { ...answer, lastSeqSent: 1 });
    answerParts(bench, { orders: twice }, 3);
    expect(bench.session?.status).toBe("reconciling");
    bench.pass(8_000);
    answerParts(bench, { orders: [view("a")] }, 3);
    expect(bench.session?.status).toBe("open");
    bench.crash();
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
    // Nor does another restart make more of it, and the states are the same after a replay.
    bench.crash();
  });
});

test("scenario 43: without an external account a difference is told once, not booked", () => {
  const bench = working([]);
  for (const span_ms of [60_000, 5_000, 60_000, 60_000]) {
    bench.pass(span_ms);
    answerParts(bench, { positions: 5 });
  }
  const told = bench.incidents().filter((one) => one === "position_difference");
  expect(told).toHaveLength(1);
  expect(bench.sent.some(({ message }) => message.kind === "position_difference")).toBe(false);
});

test("scenario 43: a difference that goes away again within grace is nothing", () => {
  const bench = working([], { externalAccount: AccountId.make("EXT") });
  bench.pass(60_000);
  answerParts(bench, { positions: 5 });
  bench.pass(5_000);
  answerParts(bench, { positions: 0 });
  bench.pass(60_000);
  answerParts(bench, { positions: 5 });
  expect(bench.sent.some(({ message }) => message.kind === "position_difference")).toBe(false);
  bench.pass(5_000);
  answerParts(bench, { positions: 5 });
  expect(bench.sent.at(-1)?.message).toMatchObject({ difference_lots: 5, account: "EXT" });
  bench.pass(60_000);
  answerParts(bench, { positions: 5 });
  expect(bench.sent.filter(({ message }) => message.kind === "position_difference")).toHaveLength(
    1,
  );
});

describe("scenario 43: a difference is of nobody only where all else is known", () => {
  const adjustments = (bench: VenueShardBench): number =>
    bench.sent.filter(({ message }) => message.kind === "position_difference").length;

  test("it is not settled while the other parts never come, though positions come first", () => {
    const bench = working(["a"], { externalAccount: AccountId.make("EXT") });
    bench.pass(60_000);
    for (let run = 0; run < 6; run += 1) {
      for (const question of questions(bench)) {
        if (question.part === "positions") tell(bench, question, { positions: 5 }, 1);
      }
      // The others are unknown after their time, and the next run is there.
      bench.pass(5_000);
      bench.pass(1_000 * 2 ** run);
    }
    expect(adjustments(bench)).toBe(0);
    for (let run = 0; run < 3; run += 1) {
      answerParts(bench, { orders: [view("a")], positions: 5 });
      bench.pass(5_000);
    }
    expect(adjustments(bench)).toBe(1);
  });

  test("it is settled where the venue keeps the executions of the lost reports no more", () => {
    const bench = working(["a"], { externalAccount: AccountId.make("EXT") });
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.takeEffects();
    bench.linkUp(2, { ...answer, lastSeqSent: 20, firstSeqAvailable: 21 });
    for (let run = 0; run < 4; run += 1) {
      for (const effect of bench.takeEffects()) {
        if (effect.type === "query") {
          const said = { ...effect.query, order: view("a"), asOfSeq: 20 };
          bench.local({ type: "answer", link: 2, answer: said });
        }
        if (effect.type !== "snapshot") continue;
        const { part, askedAt, afterSeq = 0 } = effect.question;
        if (part !== "executions" || afterSeq >= 20) {
          tell(bench, effect.question, { orders: [view("a")], positions: 5 }, 2);
          continue;
        }
        const gone = { part, askedAt, unknown: "kept from 21 on", areGone: true } as const;
        bench.local({ type: "snapshot", link: 2, answer: gone });
      }
      bench.pass(run === 0 ? 1_000 : 5_000);
    }
    expect(bench.incidents().filter((one) => one === "part_unknown")).toHaveLength(1);
    expect(adjustments(bench)).toBe(1);
    bench.crash();
  });
});

test("a journal from before positions were counted begins with what the venue has", () => {
  const bench = shard();
  bench.run({ type: "started" });
  bench.local({ type: "connecting", link: 1 });
  bench.local({ type: "logged_on", link: 1, answer });
  // As an earlier version journaled it: nothing says that the tally is whole.
  const state = bench.space.get("reconcile", bench.options.venue);
  expect(state?.tallied).toBe(true);
  bench.space.remove("reconcile", bench.options.venue);
  bench.local({ type: "connected", link: 1 });
  answerParts(bench, { positions: 12 });
  expect(bench.incidents()).toEqual(["positions_baselined"]);
  expect(bench.space.get("tally", btc)?.net_lots).toBe(12);
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
