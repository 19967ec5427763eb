/**
 * A venue that tells something else under one of our ids: another instrument, the other side. What
 * it says is on another grid, or of another order: no figure of it is taken for ours.
 */
import { describe, expect, test } from "vitest";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import type { VenueOrderView, VenueReport } from "../../../actors/venue/venue_link.ts";
import { InstrumentId } from "../../../protocols/kernel/ids.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { btc, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const id = legOf("a", "new:0");
const other = InstrumentId.make("ETH-USDT");

const working = (): VenueShardBench => {
  const bench = new VenueShardBench({
    reconcile: { ...reconcileOptions_default, parts: ["open_orders"], required: [] },
  });
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(id));
  bench.takeEffects();
  return bench;
};

const trade: Partial<VenueReport> = {
  execType: "trade",
  execId: "T1",
  lastQty_lots: 300,
  lastPx_ticks: 5_000_000,
  cumQty_lots: 300,
};

const strange = [
  ["another instrument", { instrument: other, side: "buy" }],
  ["the other side", { instrument: btc, side: "sell" }],
] as const;

const view = (change: Partial<VenueOrderView>): VenueOrderView => ({
  ...{ clOrdId: id, venueOrderId: "O1", ordStatus: "partially_filled" },
  ...{ orderQty_lots: 1_000, price_ticks: 5_000_000, cumQty_lots: 300 },
  ...change,
});

describe.each(strange)("told with %s", (_, what) => {
  test("an execution is not the order's: it is put aside, and the order asked for", () => {
    const bench = working();
    hear(bench, 2, report(id, { ...trade, ...what }));
    expect(bench.said(id)).toEqual(["new", "in_doubt"]);
    expect(bench.space.get("order", id)?.cumQty_lots).toBe(0);
    expect(bench.space.get("tally", btc)?.net_lots ?? 0).toBe(0);
    expect(bench.session?.inboundSeq).toBe(2);
    expect(bench.incidents()).toEqual(["report_unreadable"]);
    expect(bench.effects.filter(({ type }) => type === "query")).toHaveLength(1);
    bench.crash();
  });

  test("a record of it proves nothing", () => {
    const bench = working();
    const { clOrdId, orderId, instrument, grid } = place("a", 0n);
    bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "query") continue;
      const said = { ...effect.query, order: view(what), asOfSeq: 1 };
      bench.local({ type: "answer", link: 1, answer: said });
    }
    expect(bench.said(id)).toEqual(["new", "in_doubt"]);
    expect(bench.reports().at(-1)?.text).toMatch(/is told as/);
    expect(bench.space.get("order", id)?.cumQty_lots).toBe(0);
  });

  test("it is no answer about a request in doubt", () => {
    const bench = working();
    bench.message(place("b", soon(bench)));
    bench.pass(2_000);
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "query") continue;
      const order = view({ ...what, clOrdId: legOf("b", "new:0"), ordStatus: "filled" });
      const said = { ...effect.query, order, asOfSeq: 1 };
      bench.local({ type: "answer", link: 1, answer: said });
    }
    expect(bench.said(legOf("b", "new:0"))).toEqual(["in_doubt"]);
    expect(bench.incidents()).toEqual(["unresolved"]);
  });

  test("scenario 42: in the list of open orders it does not map to ours", () => {
    const bench = working();
    bench.pass(60_000);
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "snapshot") continue;
      const { askedAt } = effect.question;
      const part = { part: "open_orders", orders: [view(what)] } as const;
      const said = { askedAt, asOfSeq: 1, younger: [], ...part };
      bench.local({ type: "snapshot", link: 1, answer: said });
    }
    expect(bench.incidents()).toContain("mapping_broken");
    expect(bench.session?.status).toBe("disconnected");
  });
});

test("a record of another order of ours proves nothing of the one that was asked for", () => {
  const bench = working();
  bench.message(place("b", soon(bench)));
  hear(bench, 2, report(legOf("b", "new:0"), { venueOrderId: "O2" }));
  bench.takeEffects();
  const { clOrdId, orderId, instrument, grid } = place("b", 0n);
  bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
  for (const effect of bench.takeEffects()) {
    if (effect.type !== "query") continue;
    const said = { ...effect.query, order: view({ ordStatus: "canceled" }), asOfSeq: 2 };
    bench.local({ type: "answer", link: 1, answer: said });
  }
  expect(bench.said(clOrdId)).toEqual(["new", "in_doubt"]);
  expect(bench.space.get("order", clOrdId)?.current).toBe(clOrdId);
});

test("executions of another order that went by the same id of the venue are not this one's", () => {
  const bench = working();
  bench.message(place("b", soon(bench)));
  hear(bench, 2, report(legOf("b", "new:0")));
  bench.takeEffects();
  const { clOrdId, orderId, instrument, grid } = place("b", 0n);
  bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
  const record = view({ clOrdId, ordStatus: "filled", cumQty_lots: 300 });
  for (let round = 0; round < 2; round += 1) {
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "query") continue;
      const executions = [report(id, trade), report(clOrdId, { ...trade, execId: "T2" })];
      const said = { ...effect.query, order: record, executions, asOfSeq: 2 };
      bench.local({ type: "answer", link: 1, answer: said });
    }
  }
  const told = bench.reports().filter(({ execType }) => execType === "trade");
  expect(told.map(({ execId }) => execId)).toEqual(["T2"]);
});

test("a short sale may be told as a sale", () => {
  const bench = working();
  bench.message(place("s", soon(bench), { side: "sell_short" }));
  hear(bench, 2, report(legOf("s", "new:0"), { instrument: btc, side: "sell" }));
  expect(bench.said(legOf("s", "new:0"))).toEqual(["new"]);
});
