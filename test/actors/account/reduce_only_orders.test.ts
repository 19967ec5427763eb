/** Reduce-only orders: at entry, beside others, when triggered, and when the position moves. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { account, btc } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const sell = {
  instrument: btc,
  side: "sell",
  ordType: "limit",
  price: "110",
  orderQty: "10",
  timeInForce: "gtc",
} as const;
const reduce = { ...sell, execInst: ["reduce_only"] } as const;
const stopLoss = {
  instrument: btc,
  side: "sell",
  ordType: "stop",
  stopPx: "90",
  orderQty: "10",
  execInst: ["reduce_only"],
  timeInForce: "gtc",
} as const;

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

/** The custodian says that so many are gone. */
const lose = (qty_lots: number): void => {
  desk.message({
    kind: "adjust_position",
    account,
    instrument: btc,
    adjustmentId: `adj-${desk.facts.length}`,
    reason: "test",
    request: { kind: "quantity", qty_lots: -qty_lots, price_ticks: 100 },
    at: toNanos(desk.now_ns),
  });
};

describe("a worked reduce-only order", () => {
  it("gives way again and again, each time under an id of its own, and ends", () => {
    desk.takePosition(20);
    const end = `${desk.now_ns + 600_000_000_000n}`;
    const algo = { type: "twap", slices: 4, endTime: end, childStyle: "passive" };
    desk.submit("a", { ...reduce, price: "100", orderQty: "20", algo });
    desk.ack("a");
    const first = desk.bodies.length;
    for (const lots of [4, 4, 4]) lose(lots);
    const ids = desk.bodies
      .slice(first)
      .flatMap(({ clOrdId, commandId }) => (clOrdId === "a" ? [commandId] : []));
    expect(ids.length).toBeGreaterThan(2);
    expect(new Set(ids).size).toBe(ids.length);
    expect(desk.order("a").terms?.orderQty_lots).toBe(8);
    lose(8);
    expect(desk.canceled("a").at(-1)).toBe("a canceled canceled");
  });
});

describe("a reduce-only order", () => {
  it("is accepted up to the position, and never told to its venue", () => {
    desk.takePosition(10);
    expect(desk.submit("a", reduce)).toEqual(["a pending_new pending_new"]);
    expect(desk.submit("b", { ...reduce, orderQty: "2" })).toEqual([
      "b denied denied RISK_REDUCE_ONLY",
    ]);
    expect(desk.bodies.at(-1)?.["text"]).toBe("room=0 observed=2");
  });

  it.each([
    ["without a position", 0],
    ["with one of the other side", -10],
    ["above the position", 9],
  ])("is denied %s", (_name, net) => {
    if (net !== 0) desk.takePosition(net);
    expect(desk.submit("a", reduce)).toEqual(["a denied denied RISK_REDUCE_ONLY"]);
  });

  it("counts plain orders of its side, since they may fill first", () => {
    desk.takePosition(10);
    desk.submit("p", { ...sell, orderQty: "4" });
    expect(desk.submit("a", { ...reduce, orderQty: "7" })).toEqual([
      "a denied denied RISK_REDUCE_ONLY",
    ]);
    expect(desk.submit("b", { ...reduce, orderQty: "6" })).toEqual(["b pending_new pending_new"]);
  });

  it("keeps plain orders of its side out of its room while it is open", () => {
    desk.takePosition(10);
    desk.submit("a", { ...reduce, orderQty: "8" });
    expect(desk.submit("p", { ...sell, orderQty: "3" })).toEqual([
      "p denied denied RISK_REDUCE_ONLY_OPEN",
    ]);
    expect(desk.submit("q", { ...sell, orderQty: "2" })).toEqual(["q pending_new pending_new"]);
    desk.ack("a");
    desk.cancel("a");
    desk.canceled("a");
    expect(desk.submit("r", { ...sell, orderQty: "50" })).toEqual(["r pending_new pending_new"]);
  });

  it("may be replaced within the room, and a plain one beside it too", () => {
    desk.takePosition(10);
    desk.submit("a", { ...reduce, orderQty: "6" });
    desk.ack("a");
    desk.submit("p", { ...sell, orderQty: "2" });
    desk.ack("p");
    expect(desk.replace("a", { replaceId: "r1", orderQty: "9" })).toEqual([
      "a replace_rejected new RISK_REDUCE_ONLY",
    ]);
    expect(desk.replace("p", { replaceId: "r1", orderQty: "5" })).toEqual([
      "p replace_rejected new RISK_REDUCE_ONLY_OPEN",
    ]);
    expect(desk.replace("a", { replaceId: "r2", orderQty: "8" })).toEqual([
      "a pending_replace pending_replace",
    ]);
    expect(desk.replace("p", { replaceId: "r2", price: "111" })).toEqual([
      "p pending_replace pending_replace",
    ]);
  });

  it("gives way when the position shrinks by other means: less, then none", () => {
    desk.takePosition(10);
    desk.submit("a", reduce);
    desk.ack("a");
    lose(4);
    expect(desk.asked("a")).toMatchObject({ kind: "replace", orderQty_lots: 6 });
    lose(6);
    expect(desk.asked("a")).toMatchObject({ kind: "cancel" });
    desk.canceled("a");
    expect(desk.order("a").phase).toBe("canceled");
  });

  it("gives way the newest first, and only as far as it must", () => {
    desk.takePosition(10);
    desk.submit("a", { ...reduce, orderQty: "6" });
    desk.submit("b", { ...reduce, orderQty: "4" });
    desk.ack("a");
    desk.ack("b");
    lose(5);
    expect(desk.asked("b")).toMatchObject({ kind: "cancel" });
    expect(desk.asked("a")).toMatchObject({ kind: "replace", orderQty_lots: 5 });
  });

  it("is not asked twice for what is on its way already", () => {
    desk.takePosition(10);
    desk.submit("a", reduce);
    desk.ack("a");
    lose(4);
    const asked = desk.sent.length;
    desk.fill("a", 1, 110);
    desk.takePosition(2);
    expect(desk.sent.length).toBe(asked + 1);
  });
});

describe("a reduce-only stop", () => {
  it("waits beside a target of the same size, and is sent when that is gone", () => {
    desk.takePosition(10);
    desk.submit("target", reduce);
    desk.ack("target");
    expect(desk.submit("stop", stopLoss)).toEqual(["stop pending_new pending_new"]);
    desk.quote(90, 92);
    expect(desk.said.at(-1)).toBe("stop triggered pending_new");
    expect(desk.placed("stop")).toEqual([]);
    desk.cancel("target");
    desk.canceled("target");
    expect(desk.placed("stop")).toMatchObject([{ orderQty_lots: 10, ordType: "market" }]);
  });

  it("is sent for what the target has left", () => {
    desk.takePosition(10);
    desk.submit("target", reduce);
    desk.ack("target");
    desk.submit("stop", stopLoss);
    desk.fill("target", 4, 110);
    desk.quote(90, 92);
    desk.cancel("target");
    desk.canceled("target");
    expect(desk.placed("stop")).toMatchObject([{ orderQty_lots: 6 }]);
    expect(desk.bodies.at(-1)).toMatchObject({ execType: "restated", orderQty: "6" });
    desk.ack("stop");
    expect(desk.fill("stop", 6, 90)).toEqual(["stop trade filled"]);
    expect(desk.net_lots).toBe(0);
  });

  it("ends when it is met and there is nothing to reduce", () => {
    desk.takePosition(10);
    desk.submit("stop", stopLoss);
    desk.takePosition(-10);
    desk.quote(90, 92);
    expect(desk.said.slice(-2)).toEqual(["stop triggered pending_new", "stop canceled canceled"]);
    expect(desk.bodies.at(-1)?.["text"]).toContain("RISK_REDUCE_ONLY");
  });

  it("may be placed before there is a position", () => {
    desk.submit("stop", stopLoss);
    desk.takePosition(10);
    desk.quote(90, 92);
    expect(desk.placed("stop")).toMatchObject([{ orderQty_lots: 10 }]);
  });
});

describe("whatever comes in whatever order", () => {
  it("no reduce-only fill takes the position through zero", () => {
    const random = createPrng(51);
    const below = (n: number): number => Math.floor(random.nextUnit() * n);
    let fills = 0;
    for (let run = 0; run < 25; run += 1) {
      const world = new DeskShard();
      const reducing = new Set<string>();
      for (let step = 0; step < 60; step += 1) {
        const id = `o${step}`;
        const side = below(2) === 0 ? "buy" : "sell";
        const kind = below(10);
        const body = { ...sell, side, price: "100", orderQty: String(2 + below(10)) };
        if (kind < 3) world.submit(id, body);
        else if (kind < 6) {
          reducing.add(id);
          const isStop = below(2) === 0;
          const { price: _price, ...rest } = body;
          const stop = { ...rest, ordType: "stop", stopPx: side === "sell" ? "95" : "105" };
          world.submit(id, { ...(isStop ? stop : body), execInst: ["reduce_only"] });
        } else if (kind < 7) world.quote(90 + below(20), 112);
        else {
          const open = [...world.space.entries("order")]
            .map(([, order]) => order)
            .filter((order) => order.legs.some((leg) => leg.state !== "ended"));
          const order = open[below(open.length)];
          const leg = order?.legs.at(-1);
          if (order === undefined || leg === undefined) continue;
          const left = leg.orderQty_lots - leg.cumQty_lots;
          const before = world.net_lots;
          const qty = 1 + below(left);
          if (kind === 9 && world.asked(order.clOrdId).kind === "cancel") {
            world.canceled(order.clOrdId);
          } else world.fill(order.clOrdId, qty);
          if (!reducing.has(order.clOrdId) || world.net_lots === before) continue;
          fills += 1;
          expect(Math.abs(world.net_lots)).toBeLessThan(Math.abs(before));
          expect(before * world.net_lots).toBeGreaterThanOrEqual(0);
        }
      }
      world.check();
    }
    expect(fills).toBeGreaterThan(20);
  });
});
