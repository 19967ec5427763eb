/**
 * One order event of each kind as the order actor really makes it, for the golden files.
 *
 * Owns: the little scenes that bring each kind about.
 */
import type { OrderEventBody } from "../../protocols/order_event.ts";
import type { ExecType } from "../../protocols/ord_words.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { OrderBench, limit10, sentIds, working } from "../actors/order/order_bench.ts";

const lastId = (bench: OrderBench): string => sentIds(bench).at(-1) ?? "";

const canceling = (): OrderBench => {
  const bench = working();
  bench.fill(3);
  bench.cancel({ cancelId: "c1" });
  return bench;
};

const replacing = (): OrderBench => {
  const bench = working();
  bench.fill(3);
  bench.replace({ replaceId: "r1", orderQty: "12", price: "100.5" });
  return bench;
};

const scenes: Partial<Record<ExecType, () => OrderBench>> = {
  pending_new: () => {
    const bench = new OrderBench();
    bench.submit(limit10);
    return bench;
  },
  new: () => working(),
  trade: () => {
    const bench = working();
    bench.fill(3, {
      lastLiquidityInd: "added",
      fee: { amount: "-0.003", currency: "USDT" },
      venueOrderId: "v1",
    });
    bench.fill(4, {
      lastPx_ticks: 199,
      lastLiquidityInd: "removed",
      fee: { amount: "0.0398", currency: "USDT" },
      venueOrderId: "v1",
    });
    return bench;
  },
  trade_cancel: () => {
    const bench = working();
    bench.fill(3, { execId: "e1", fee: { amount: "0.03", currency: "USDT" } });
    bench.report("trade_cancel", { refExecId: "e1", cumQty_lots: 0, leavesQty_lots: 10 });
    return bench;
  },
  trade_correct: () => {
    const bench = working();
    bench.fill(3, { execId: "e1" });
    bench.report("trade_correct", {
      refExecId: "e1",
      cumQty_lots: 2,
      leavesQty_lots: 8,
      lastQty_lots: 2,
      lastPx_ticks: 200,
    });
    return bench;
  },
  restated: () => {
    const bench = working();
    bench.report("suspended", { text: "suspended by the venue" });
    return bench;
  },
  done_for_day: () => {
    const bench = working();
    bench.fill(3);
    bench.report("done_for_day");
    return bench;
  },
  triggered: () => {
    const bench = new OrderBench();
    const { timeInForce: _default, ...stop } = { ...limit10, ordType: "stop_limit" };
    bench.submit({ ...stop, stopPx: "99.5" });
    bench.trigger(199);
    return bench;
  },
  pending_cancel: canceling,
  canceled: () => {
    const bench = canceling();
    bench.report("canceled", { clOrdId: lastId(bench) });
    return bench;
  },
  cancel_rejected: () => {
    const bench = canceling();
    bench.report("cancel_rejected", { clOrdId: lastId(bench), text: "too late" });
    return bench;
  },
  pending_replace: replacing,
  replaced: () => {
    const bench = replacing();
    bench.report("replaced", { clOrdId: lastId(bench) });
    return bench;
  },
  replace_rejected: () => {
    const bench = working();
    bench.replace({ replaceId: "r1", price: "100.3" });
    return bench;
  },
  denied: () => {
    const bench = new OrderBench();
    bench.submit(limit10, refuse("RISK_MAX_ORDER_QTY", { orderQty: "10", limit: "5" }));
    return bench;
  },
  rejected: () => {
    const bench = new OrderBench();
    bench.submit(limit10);
    bench.report("rejected", { code: "VENUE_REJECTED", text: "post_only_would_cross" });
    return bench;
  },
  expired: () => {
    const bench = working({ ...limit10, timeInForce: "ioc" });
    bench.fill(3);
    bench.report("expired", { text: "immediate or cancel" });
    return bench;
  },
  in_doubt: () => {
    const bench = new OrderBench();
    bench.submit(limit10);
    bench.report("in_doubt", { text: "the connection broke" });
    return bench;
  },
  order_status: () => {
    const bench = working();
    bench.submit(limit10);
    return bench;
  },
};

/** The last event of each scene. */
export const goldenEvents = (): ReadonlyMap<ExecType, OrderEventBody> => {
  const events = new Map<ExecType, OrderEventBody>();
  for (const scene of Object.values(scenes)) {
    const body = scene().bodies.at(-1);
    if (body !== undefined) events.set(body.execType, body);
  }
  return events;
};
