/** Behavioural scenarios 25 to 30: unknown outcomes, idempotency, restarts. Numbers are theirs. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { hasEnded } from "../../../protocols/ord_status.ts";
import { OrderBench, lastId, limit10, said, sentIds, working } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";
import { orderings } from "./permutations.ts";

type Act = (bench: OrderBench) => Outcome;

const submitted = (): OrderBench => {
  const bench = new OrderBench();
  bench.submit(limit10);
  return bench;
};

const doubt: Act = (bench) => bench.report("in_doubt", { clOrdId: sentIds(bench)[0] ?? "" });
const ack: Act = (bench) =>
  bench.report("new", { clOrdId: sentIds(bench)[0] ?? "", venueOrderId: "v1" });
const fill: Act = (bench) => bench.fill(4, { execId: "t1", cumQty_lots: 4 });

const placed = (bench: OrderBench): number =>
  bench.requests.filter(({ command }) => command.kind === "place").length;

describe("25: a submit that timed out and was accepted", () => {
  it.each(orderings({ doubt, ack, fill }))("%s", (_names, acts) => {
    const bench = submitted();
    for (const act of acts) {
      act(bench);
      expect(worstOpen_lots(bench.order)).toBe(10 - bench.order.cumQty_lots);
    }
    // A doubt that was told last is ended by what the query finds.
    ack(bench);
    expect(bench.short).toBe("partially_filled 4/10");
    expect(placed(bench)).toBe(1);
    expect(bench.order.legs).toMatchObject([{ clOrdId: sentIds(bench)[0], state: "working" }]);
  });
});

describe("26: a submit that timed out and never arrived", () => {
  it.each(orderings({ unsent: (b: OrderBench) => b.report("not_sent"), doubt, again: doubt }))(
    "%s",
    (_names, acts) => {
      const bench = submitted();
      for (const act of acts) act(bench);
      expect(bench.short).toBe("rejected 0/10");
      expect(bench.bodies.at(-1)?.rejectCode).toBe("VENUE_NOT_SENT");
      expect(worstOpen_lots(bench.order)).toBe(0);
      expect(hasEnded(bench.order)).toBe(true);
    },
  );
});

describe("27: an ambiguous outcome", () => {
  it("however often it is told and commands are repeated, sends no second create", () => {
    const bench = submitted();
    for (let n = 0; n < 5; n += 1) {
      doubt(bench);
      bench.submit(limit10);
      bench.restart();
    }
    expect(bench.short).toBe("in_doubt 0/10");
    expect(bench.requests).toHaveLength(1);
    expect(worstOpen_lots(bench.order)).toBe(10);
  });

  it("of a replace or a cancel is not tried again by itself either", () => {
    for (const how of ["native", "cancel_replace"] as const) {
      const bench = working(limit10, how);
      bench.replace({ replaceId: "r1", orderQty: "12" });
      bench.report("in_doubt", { clOrdId: lastId(bench) });
      const { length } = bench.requests;
      bench.replace({ replaceId: "r1", orderQty: "12" });
      bench.report("in_doubt", { clOrdId: lastId(bench) });
      expect(bench.requests).toHaveLength(length);
      expect(worstOpen_lots(bench.order)).toBe(12);
    }
  });

  it("of several requests lasts until each has its proof", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "12" });
    const first = lastId(bench);
    bench.replace({ replaceId: "r2", orderQty: "14" });
    const second = lastId(bench);
    bench.report("in_doubt", { clOrdId: first });
    expect(said(bench.report("in_doubt", { clOrdId: second }))).toEqual(["in_doubt in_doubt"]);
    expect(said(bench.report("replaced", { clOrdId: first }))).toEqual(["replaced in_doubt"]);
    expect(said(bench.report("not_sent", { clOrdId: second }))).toEqual([
      "replace_rejected new VENUE_NOT_SENT",
    ]);
  });
});

describe("27: a request whose own answer is lost", () => {
  it("is proven by a fill under the id of the replace", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "4", price: "101" });
    const clOrdId = lastId(bench);
    bench.report("in_doubt", { clOrdId });
    const at = { clOrdId, execId: "t1", cumQty_lots: 4, orderQty_lots: 4, price_ticks: 202 };
    expect(said(bench.fill(4, at))).toEqual(["replaced new", "trade filled"]);
    expect(bench.bodies.at(-2)).toMatchObject({ commandId: "replace:r1", orderQty: "4" });
    expect(hasEnded(bench.order)).toBe(true);
    // The replace's own report comes last.
    expect(bench.report("replaced", { clOrdId, orderQty_lots: 4 }).events).toEqual([]);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("brings no leg back that a bust has left dead", () => {
    const bench = working();
    const bust = { refExecId: "t1", cumQty_lots: 0, leavesQty_lots: 0 };
    bench.cancel({ cancelId: "c1" });
    bench.fill(10, { execId: "t1" });
    bench.report("trade_cancel", bust);
    expect(bench.report("in_doubt", { clOrdId: lastId(bench) }).events).toEqual([]);
    const refused = bench.report("cancel_rejected", { clOrdId: lastId(bench), cumQty_lots: 0 });
    expect(said(refused).at(-1)).toBe("canceled canceled");
    expect(hasEnded(bench.order)).toBe(true);
  });
});

describe("28: an intent id again", () => {
  const standings: readonly (readonly [string, (bench: OrderBench) => unknown])[] = [
    ["pending_new", () => undefined],
    ["new", ack],
    ["filled", (bench) => bench.fill(10)],
    ["canceled", (bench) => bench.report("canceled")],
    ["in_doubt", doubt],
  ];
  it.each(standings)("of an order that is %s", (status, bring) => {
    const bench = submitted();
    bring(bench);
    expect(said(bench.submit(limit10))).toEqual([`order_status ${status}`]);
    expect(said(bench.submit({ ...limit10, orderQty: "11" }))).toEqual([
      `denied ${status} ID_CONFLICT`,
    ]);
    expect(placed(bench)).toBe(1);
  });
});

describe("29: a command delivered again, also after a restart", () => {
  const commands: readonly (readonly [string, Act])[] = [
    ["submit", (bench) => bench.submit(limit10)],
    ["replace", (bench) => bench.replace({ replaceId: "r1", orderQty: "12" })],
    ["cancel", (bench) => bench.cancel({ cancelId: "c1" })],
    ["cancel without an id", (bench) => bench.cancel()],
  ];
  for (const how of ["native", "cancel_replace"] as const) {
    it.each(commands)(`at a venue with ${how}: %s`, (_name, command) => {
      const bench = working(limit10, how);
      command(bench);
      const { length } = bench.requests;
      const again = command(bench);
      bench.restart();
      const after = command(bench);
      expect(bench.requests).toHaveLength(length);
      expect(said(after)).toEqual(said(again));
      expect(after.bodies[0]?.commandId).toBe(again.bodies[0]?.commandId);
    });
  }
});

describe("30: a restart", () => {
  /** What is known after the crash: nothing was sent, it is there, or it has even filled. */
  const truths: readonly (readonly [string, Act, string, number])[] = [
    ["before the send", (bench) => bench.report("not_sent"), "rejected 0/10", 0],
    ["after the send", ack, "new 0/10", 10],
    ["after a fill", fill, "partially_filled 4/10", 6],
  ];
  it.each(truths)("%s sends nothing and ends where the venue is", (_name, proof, short, open) => {
    const bench = submitted();
    const before = bench.order;
    bench.restart();
    expect(bench.order).toEqual(before);
    doubt(bench);
    bench.restart();
    expect(worstOpen_lots(bench.order)).toBe(10);
    proof(bench);
    expect(bench.short).toBe(short);
    expect(worstOpen_lots(bench.order)).toBe(open);
    expect(bench.requests).toHaveLength(1);
  });

  it("between two legs goes on with the one that was placed", () => {
    const bench = working(limit10, "cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "12" });
    bench.restart();
    bench.report("canceled", { clOrdId: lastId(bench) });
    bench.restart();
    expect(said(bench.report("new"))).toEqual(["replaced new"]);
    expect(bench.short).toBe("new 0/12");
    expect(placed(bench)).toBe(2);
  });
});
