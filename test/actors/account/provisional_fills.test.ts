/** Behavioural scenario 9 through a whole account shard: clock, positions, restarts, memory. */
import { afterEach, describe, expect, it } from "vitest";
import { evolve } from "../../../actors/account_evolve.ts";
import type { AccountKinds } from "../../../actors/account_kinds.ts";
import { accountKinds } from "../../../actors/pipeline.ts";
import { makeSpace } from "../../../runtime/space.ts";
import { account, btc } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

let desk = new DeskShard();
const fresh = (change: ConstructorParameters<typeof DeskShard>[0] = {}): DeskShard => {
  desk = new DeskShard(change);
  return desk;
};
afterEach(() => desk.check());

const limit = { instrument: btc, side: "buy", ordType: "limit", orderQty: "10", price: "100" };

/** Of 10, 3 were executed and lost; then 2 were told, which counted them. */
const missing3 = (clOrdId: string): void => {
  desk.submit(clOrdId, limit);
  desk.ack(clOrdId);
  desk.report(clOrdId, {
    execType: "trade",
    execId: "t2",
    cumQty_lots: 5,
    lastQty_lots: 2,
    lastPx_ticks: 99,
  });
};

const lost = (clOrdId: string): readonly string[] =>
  desk.report(clOrdId, {
    execType: "trade",
    execId: "t1",
    cumQty_lots: 3,
    lastQty_lots: 3,
    lastPx_ticks: 98,
    fromRecord: true,
  });

const asked = (): string[] => desk.sent.map(({ command }) => command.kind);

const cash = (): bigint => {
  const position = desk.space.get("position", `${account}.${btc}`);
  if (position === undefined) throw new Error("no position");
  const { cost, realized, grid } = position;
  return realized - cost * BigInt(grid.tick.units) * BigInt(grid.lot.units);
};

describe("9: fills that a venue counts and does not tell", () => {
  it("move the position when grace expires, and restate it when they come", () => {
    fresh();
    missing3("a");
    expect(asked()).toEqual(["place", "query"]);
    expect(desk.advance(4_900)).toEqual([]);
    expect(desk.net_lots).toBe(2);
    expect(desk.advance(200)).toEqual(["a trade partially_filled"]);
    expect(desk.net_lots).toBe(5);
    expect(desk.bodies.at(-1)).toMatchObject({ provisional: true, lastPx: "100", cumQty: "5" });
    expect(desk.incidents).toEqual(["fills_provisional"]);
    expect(asked()).toEqual(["place", "query", "query"]);
    const before = cash();
    expect(lost("a")).toEqual(["a trade_cancel partially_filled", "a trade partially_filled"]);
    expect(desk.net_lots).toBe(5);
    // Three lots at 98 and not at 100.
    const unit = (cash() - before) / 6n;
    expect(unit).toBeGreaterThan(0n);
    expect(cash()).toBe(-(2n * 99n + 3n * 98n) * unit);
    expect(desk.incidents).toEqual(["fills_provisional", "provisional_resolved"]);
  });

  it("wait as long as the reference data says", () => {
    fresh({ provisionalFill_ms: 300 });
    missing3("a");
    expect(desk.advance(200)).toEqual([]);
    expect(desk.advance(200)).toEqual(["a trade partially_filled"]);
  });

  it("are asked for again at growing distances, as long as they are missing", () => {
    fresh();
    missing3("a");
    const count = (): number => asked().filter((kind) => kind === "query").length;
    const asksUntil = [6_000, 5_000, 10_000, 20_000].map((ms) => {
      desk.advance(ms);
      return count();
    });
    expect(asksUntil).toEqual([2, 3, 4, 5]);
    lost("a");
    desk.advance(100_000);
    expect(count()).toBe(5);
  });

  it("of many orders are one turn each", () => {
    fresh({ provisionalFill_ms: 1_000 });
    const names = Array.from({ length: 5 }, (_, n) => `o${n}`);
    for (const name of names) missing3(name);
    desk.largestTurn = 0;
    desk.advance(1_500);
    expect(desk.largestTurn).toBe(1);
    expect(desk.net_lots).toBe(25);
    expect(desk.space.size("provisional")).toBe(5);
  });

  it("stay as they are over a restart, with their timer", () => {
    fresh();
    missing3("a");
    const timers = [...desk.timers.keys()].filter((id) => id.startsWith("provisional:"));
    expect(timers).toHaveLength(1);
    desk.restart();
    expect(desk.advance(5_100)).toEqual(["a trade partially_filled"]);
    const execId = desk.bodies.at(-1)?.["execId"];
    // The same facts are decided again from the same journal.
    const other = makeSpace<AccountKinds>(accountKinds);
    const trade = desk.facts.findIndex((fact) => "provisional" in fact);
    for (const fact of desk.facts.slice(0, trade)) evolve(other, fact);
    expect(other.get("order", desk.order("a").orderId)?.owedQty_lots).toBe(3);
    expect(execId).toMatch(/^prov-/);
    expect(desk.advance(50)).toEqual([]);
  });

  it("keep their order in memory until they are told", () => {
    fresh({ provisionalFill_ms: 1_000, closedOrder_ms: 60_000 });
    missing3("a");
    desk.advance(1_500);
    desk.report("a", { execType: "canceled", cumQty_lots: 5 });
    desk.advance(300_000);
    expect(desk.order("a").phase).toBe("canceled");
    lost("a");
    expect(desk.net_lots).toBe(5);
    expect(desk.space.size("provisional")).toBe(0);
    desk.advance(300_000);
    expect(() => desk.order("a")).toThrow("no order");
  });

  it("that end an order leave nothing reserved once they are booked", () => {
    fresh();
    desk.submit("a", { ...limit, side: "sell" });
    desk.ack("a");
    desk.report("a", { execType: "canceled", cumQty_lots: 4 });
    expect(desk.openSell_lots).toBe(4);
    desk.advance(5_100);
    expect(desk.openSell_lots).toBe(0);
    expect(desk.net_lots).toBe(-4);
  });
});
