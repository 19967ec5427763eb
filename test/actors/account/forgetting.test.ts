/**
 * What an account shard forgets, and what it must not: retirement, reused ids, overtaken cancels,
 * a changed grid, commands that belong elsewhere.
 */
import { expect, test } from "vitest";
import { earlyCancelTimer } from "../../../actors/account_outcome.ts";
import { newRequestId } from "../../../actors/order/order_request.ts";
import { accountShardModel } from "../../../actors/pipeline.ts";
import { retirementTimer } from "../../../actors/retirement.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { accountShardIndex } from "../../../protocols/kernel/shard.ts";
import { AccountBench, desk, grid } from "./account_bench.ts";
import { gridOf } from "../market_data/market_fixture.ts";

const second_ns = 1_000_000_000n;
const home = accountShardIndex(desk, 16);
const orderId = `${desk}.s.h1` as OrderId;
const buy = { instrument: "BTC-USDT", side: "buy", ordType: "limit", orderQty: "1", price: "50" };

const makeBench = () => {
  const bench = new AccountBench();
  const model = accountShardModel({ ...bench.world, shardIndex: home });
  const said = () => bench.published.map(({ what, body }) => [what, body["rejectCode"]]);
  const command = (verb: string, body: object, stored_ns = bench.now_ns): void => {
    bench.now_ns += 1n;
    const subject = `oms.v1.mbx.n.acct.${home}.${desk}.s.h1.${verb}`;
    const data = Buffer.from(JSON.stringify(body));
    const input = { lane: "n", seq: 1, subject, data, stored_ns, traceparent: undefined } as const;
    model.decide({ type: "command", ...input }, bench.turn());
  };
  const timer = (id: string): void => model.decide({ type: "timer", id }, bench.turn());
  return { bench, model, said, command, timer };
};

test("an order that only a cancel named is forgotten like any other", () => {
  const { bench, command, timer, said } = makeBench();
  command("cancel", {});
  bench.now_ns += 2n * second_ns;
  timer(earlyCancelTimer(orderId));
  expect(said()).toEqual([[`${desk}.s.h1.cancel_rejected`, "ORDER_UNKNOWN"]]);
  expect(bench.space.size("order")).toBe(1);
  bench.now_ns += 2n * second_ns;
  timer(retirementTimer);
  expect([bench.space.size("order"), bench.space.size("ended")]).toEqual([0, 0]);
});

test("a submit that was stored before its cancel was refused is not executed", () => {
  const { bench, command, timer, said } = makeBench();
  const stored_ns = bench.now_ns;
  command("cancel", {});
  bench.now_ns += second_ns / 2n;
  timer(earlyCancelTimer(orderId));
  command("submit", buy, stored_ns);
  expect(said().at(-1)).toEqual([`${desk}.s.h1.denied`, "COMMAND_STALE"]);
  expect(bench.sent).toEqual([]);
});

test("an order whose fills are owed keeps its reservation and is not forgotten", () => {
  const { bench, timer } = makeBench();
  const id = bench.order("s", "h1", "buy", 100);
  bench.state(id, {
    orderId: id,
    commandId: "report:SIMX:e1",
    tsEvent: bench.now,
    tsInit: bench.now,
    execType: "canceled",
    leg: 0,
    owedQty_lots: 50,
  });
  bench.now_ns += 100n * second_ns;
  timer(retirementTimer);
  expect(bench.space.get("order", id)?.phase).toBe("canceled");
  expect(bench.space.get("exposure", `${desk}.BTC-USDT`)?.openBuy_lots).toBe(50);
});

test("a mass cancel looks at open orders alone", () => {
  const { bench, model } = makeBench();
  const ids = ["a", "b", "c"].map((name) => bench.order("s", name, "buy", 1));
  bench.order("other", "d", "buy", 1);
  expect([...bench.space.keys("open")]).toHaveLength(4);
  const subject = `oms.v1.mbx.h.acct.${home}.${desk}.s._all.cancel`;
  const input = { lane: "h", seq: 7, subject, stored_ns: bench.now_ns } as const;
  model.decide(
    { type: "command", ...input, data: Buffer.from("{}"), traceparent: undefined },
    bench.turn(),
  );
  const pending = ids.filter((id) => bench.space.get("order", id)?.pendingCancel !== undefined);
  expect(pending).toEqual(ids);
  expect(bench.published.at(-1)).toMatchObject({ what: "mass_cancel", body: { orders: 3 } });
});

test("an order on another grid than the account's position is denied, not filled and lost", () => {
  const { bench, command, said } = makeBench();
  const id = bench.order("s", "h0", "buy", 10);
  bench.trade(id, 10, 100);
  const position = bench.space.get("position", `${desk}.BTC-USDT`);
  if (position === undefined) throw new Error("the fill made a position");
  bench.space.set("position", `${desk}.BTC-USDT`, { ...position, grid: gridOf("0.25", "0.1") });
  command("submit", buy);
  expect(said().at(-1)).toEqual([`${desk}.s.h1.denied`, "GRID_CHANGED"]);
  expect(position.grid).toEqual(grid);
});

test("a command for an account of another shard is refused before any state is made", () => {
  const { bench } = makeBench();
  const model = accountShardModel({ ...bench.world, shardIndex: (home + 1) % 16 });
  const subject = `oms.v1.mbx.n.acct.${home}.${desk}.s.h1.submit`;
  const input = { lane: "n", seq: 1, subject, stored_ns: 0n, traceparent: undefined } as const;
  const data = Buffer.from(JSON.stringify(buy));
  expect(() => model.decide({ type: "command", ...input, data }, bench.turn())).toThrow(
    "another shard",
  );
  expect(bench.space.size("order")).toBe(0);
});

test("the second order of a clOrdId has other request ids than the first", () => {
  const first = newRequestId(3, orderId, 0, "1000" as Nanos);
  expect(newRequestId(3, orderId, 0, "1000" as Nanos)).toBe(first);
  expect(newRequestId(3, orderId, 0, "2000" as Nanos)).not.toBe(first);
});
