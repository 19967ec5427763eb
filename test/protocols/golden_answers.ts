/**
 * One answer of each kind to strategies and operators, as the services really make it, for the
 * golden files.
 *
 * Owns: the little scenes that bring each kind about.
 */
import { answer } from "../../deploy/query_service.ts";
import type { StrategyId } from "../../protocols/kernel/ids.ts";
import type { answerBodies } from "../../protocols/query_answer.ts";
import { AccountBench, desk } from "../actors/account/account_bench.ts";

/** Those of operators are in the tests of their service: here are examples by hand. */
type Made = Exclude<keyof typeof answerBodies, `admin_${string}`>;

/** A strategy with a position, an open order of which some has traded, and a fee in euros. */
const traded = (): AccountBench => {
  const bench = new AccountBench();
  const fee = { amount: "0.5", currency: "EUR" };
  bench.trade(bench.order("hand", "h1", "buy", 9), 4, 100, fee);
  bench.external({ execKey: "SIMX|e1|trade|2|2@100", lastQty_lots: 2 });
  bench.quote("BTC-USDT", 120);
  bench.quote("EUR-USDT", 4);
  return bench;
};

const ask = (what: string, body: object): object => {
  const bench = traded();
  const { reference, market } = bench.world;
  const valuation = { reference, market, now_ns: () => bench.now_ns };
  const asked = { account: desk, strategy: "hand" as StrategyId };
  const data = new TextEncoder().encode(JSON.stringify(body));
  return answer(bench.space, asked, what, data, valuation);
};

/** The answers that the query service makes, by the name of their schema. */
export const goldenAnswers: Readonly<Record<Made, () => object>> = {
  query_order_answer: () => ask("order", { clOrdId: "h1" }),
  query_orders_answer: () => ask("orders", {}),
  query_positions_answer: () => ask("positions", { currency: "USDT" }),
  query_error: () => ask("order", {}),
};
