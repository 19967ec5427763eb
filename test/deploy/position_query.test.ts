/**
 * What a strategy is told about positions: the account's, its own virtual ones, and the account's
 * profit in the currency that it names.
 */
import { expect, test } from "vitest";
import { answer } from "../../deploy/query_service.ts";
import type { StrategyId } from "../../protocols/kernel/ids.ts";
import { AccountBench, desk } from "../actors/account/account_bench.ts";

const bytes = (body: object): Uint8Array => new TextEncoder().encode(JSON.stringify(body));

const ask = (bench: AccountBench, strategy: string, body: object = {}) => {
  const asked = { account: desk, strategy: strategy as StrategyId };
  const { reference, market } = bench.world;
  const valuation = { reference, market, now_ns: () => bench.now_ns };
  return answer(bench.space, asked, "positions", bytes(body), valuation);
};

const traded = (): AccountBench => {
  const bench = new AccountBench();
  const fee = { amount: "0.5", currency: "EUR" };
  bench.trade(bench.order("hand", "h1", "buy", 9), 4, 100, fee);
  bench.trade(bench.order("robot", "r1", "sell", 9), 1, 110);
  bench.external({ execKey: "SIMX|e1|trade|2|2@100", lastQty_lots: 2 });
  return bench;
};

test("a strategy sees the account's position and its own under it", () => {
  const bench = traded();
  expect(ask(bench, "hand")).toMatchObject({
    positions: [
      {
        instrument: "BTC-USDT",
        netQty: "0.5",
        external: "0.2",
        fees: { EUR: "0.5" },
        openBuyQty: "0.5",
        openSellQty: "0.8",
        version: 3,
      },
    ],
    strategyPositions: [{ instrument: "BTC-USDT", netQty: "0.4", avgPx: "50", version: 1 }],
  });
  expect(ask(bench, "robot")).toMatchObject({ strategyPositions: [{ netQty: "-0.1" }] });
  expect(ask(bench, "other")).toMatchObject({ strategyPositions: [] });
  expect(ask(bench, "hand")).not.toHaveProperty("profit");
});

test("with a currency it sees the account's profit, where every rate and mark is fresh", () => {
  const bench = traded();
  bench.quote("BTC-USDT", 120);
  bench.quote("EUR-USDT", 4);
  // (1 × 10 realised + 5 × 20 open) ticks × lots of 0.05, less 0.5 EUR at 2 USDT.
  expect(ask(bench, "hand", { currency: "USDT" })).toMatchObject({
    profit: { currency: "USDT", total: "4.5" },
  });
  bench.now_ns += 2_000_000_000n;
  const { profit } = ask(bench, "hand", { currency: "USDT" }) as { readonly profit: object };
  expect(profit).not.toHaveProperty("total");
  expect(profit).toMatchObject({
    missing: [{ from: "EUR", to: "USDT", reason: "stale" }],
    unmarked: ["BTC-USDT"],
  });
});

test("a body that names no currency asks for none", () => {
  const bench = traded();
  for (const body of [{ currency: 7 }, { currency: "€" }, [], { currency: "" }]) {
    expect(ask(bench, "hand", body)).not.toHaveProperty("profit");
  }
});

test("what belongs to other accounts is not read", () => {
  const bench = traded();
  const read: string[] = [];
  const get: typeof bench.space.get = (kind, key) => {
    read.push(`${kind} ${key}`);
    return bench.space.get(kind, key);
  };
  const keys: typeof bench.space.keys = (kind) => {
    const [first] = bench.space.keys(kind);
    return [`OTHER.${(first ?? "").split(".").slice(1).join(".")}`, ...bench.space.keys(kind)];
  };
  const entries = (): never => {
    throw new Error("all of a kind are looked through");
  };
  const asked = { account: desk, strategy: "hand" as StrategyId };
  answer({ ...bench.space, get, keys, entries }, asked, "positions", bytes({}));
  expect(read.filter((one) => one.includes("OTHER"))).toEqual([]);
  expect(read).toContain("strategyPosition DESK.hand.BTC-USDT");
});

test("what is reserved shows before anything was ever held, and goes with the order", () => {
  const bench = new AccountBench();
  expect(ask(bench, "hand")).toMatchObject({ positions: [] });
  const orderId = bench.order("hand", "h1", "buy", 9);
  expect(ask(bench, "hand")).toMatchObject({
    positions: [
      { instrument: "BTC-USDT", netQty: "0.0", openBuyQty: "0.9", openSellQty: "0.0", version: 0 },
    ],
    strategyPositions: [],
  });
  bench.state(orderId, { ...bench.head(orderId), execType: "canceled", leg: 0 });
  expect(ask(bench, "hand")).toMatchObject({ positions: [] });
});
