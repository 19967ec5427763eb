/** Orders whose slices follow what others trade: POV, caps on participation, icebergs that wait. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { btc, reference, simx, simy } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const at = (ms: number): string => `${desk.now_ns + BigInt(ms) * 1_000_000n}`;
const buy = {
  ...{ instrument: btc, side: "buy", ordType: "limit", orderQty: "40", price: "105" },
  timeInForce: "gtc",
} as const;
const pov = { type: "pov", participation_bps: 1_000 } as const;
const sizes = (id = "a"): readonly number[] => desk.placed(id).map((leg) => leg.orderQty_lots);

describe("a POV", () => {
  it("sends its share of what others trade, from its beginning on", () => {
    desk.volume(1_000);
    desk.submit("a", { ...buy, algo: pov });
    desk.advance(2_000);
    expect(sizes()).toEqual([]);
    desk.volume(30);
    desk.volume(20, simy);
    desk.advance(1_000);
    expect(sizes()).toEqual([5]);
    desk.fill("a", 5, 101);
    desk.advance(30_000);
    expect(sizes()).toEqual([5]);
  });

  it("takes no fill of its account for a trade of others, reported or not", () => {
    desk.submit("a", { ...buy, algo: pov });
    desk.volume(100);
    desk.advance(1_000);
    expect(sizes()).toEqual([10]);
    // The market tells our own trade first.
    desk.volume(10);
    desk.advance(10_000);
    desk.fill("a", 10, 101);
    desk.takePosition(100);
    desk.volume(100);
    desk.advance(30_000);
    expect(sizes()).toEqual([10]);
    desk.volume(30);
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 3]);
  });

  it("is never above its share, whatever is lost by a restart, nor counts anything twice", () => {
    desk.submit("a", { ...buy, algo: { ...pov, minSlice: "4" } });
    desk.volume(20);
    desk.advance(1_000);
    expect(sizes()).toEqual([]);
    desk.restart();
    desk.volume(500);
    desk.advance(1_000);
    // Another count has begun: what it says was traded at an unknown time.
    expect(sizes()).toEqual([]);
    desk.volume(20);
    desk.advance(1_000);
    expect(sizes()).toEqual([4]);
  });

  it("waits for its smallest slice, and sends a rest that is less", () => {
    desk.submit("a", { ...buy, orderQty: "12", algo: { ...pov, minSlice: "10" } });
    desk.volume(99);
    desk.advance(1_000);
    expect(sizes()).toEqual([]);
    desk.volume(1);
    desk.advance(1_000);
    expect(sizes()).toEqual([10]);
    desk.fill("a", 10, 101);
    desk.volume(40);
    desk.advance(2_000);
    expect(sizes()).toEqual([10, 2]);
    expect(desk.fill("a", 2, 101)).toEqual(["a trade filled"]);
  });

  it("expires at its end", () => {
    desk.submit("a", { ...buy, algo: { ...pov, endTime: at(5_000) } });
    expect(desk.advance(6_000)).toEqual(["a expired expired"]);
  });

  it("looks a bounded number of times, and notes a volume that stands still once", () => {
    desk.submit("a", { ...buy, algo: pov });
    const before = desk.facts.length;
    desk.volume(5);
    desk.advance(600_000);
    expect(desk.facts.length - before).toBeLessThanOrEqual(2);
  });
});

describe("a cap on participation", () => {
  it("holds a schedule back, which catches up when others trade", () => {
    const algo = { type: "twap", endTime: at(40_000), slices: 4, participationMax_bps: 1_000 };
    desk.submit("a", { ...buy, algo });
    expect(sizes()).toEqual([]);
    desk.volume(60);
    desk.advance(1_000);
    expect(sizes()).toEqual([6]);
    desk.fill("a", 6, 101);
    desk.volume(1_000);
    desk.advance(2_000);
    expect(sizes()).toEqual([6, 4]);
  });
});

describe("a VWAP", () => {
  it("follows the profile that it is given", () => {
    const algo = { type: "vwap", endTime: at(40_000), profile: [3, 0, 1, 4] };
    desk.submit("a", { ...buy, algo });
    for (let slot = 0; slot < 4; slot += 1) {
      const leg = desk.order("a").legs.at(-1);
      if (leg?.state === "pending") desk.fill("a", leg.orderQty_lots, 101);
      desk.advance(10_000);
    }
    expect(sizes()).toEqual([15, 5, 20]);
  });

  it("follows the instrument's day where it has none of its own", () => {
    const [[id, one] = [btc, undefined]] = [...reference.instruments];
    if (one === undefined) throw new Error("an instrument is configured");
    // All the volume of a day is in its second half, which begins with the order's second minute.
    const volumeProfile = [0, 1];
    const instruments = new Map([[id, { ...one, volumeProfile }]]);
    desk = new DeskShard({ instruments }, "2026-01-05T11:59:00Z");
    const algo = { type: "vwap", endTime: at(180_001) };
    desk.submit("a", { ...buy, algo });
    desk.advance(59_000);
    expect(sizes()).toEqual([]);
    desk.advance(2_000);
    expect(sizes()).toEqual([19]);
  });
});

describe("an iceberg with an algorithm", () => {
  const iceberg = { ...buy, price: "99", maxFloor: "10" } as const;

  it("shows each slice at its price, a while after the one before it was filled", () => {
    desk.submit("a", { ...iceberg, algo: { type: "iceberg", refreshDelay_ms: 3_000 } });
    expect(desk.placed("a")).toMatchObject([
      { timeInForce: "gtc", price_ticks: 99, orderQty_lots: 10 },
    ]);
    desk.ack("a");
    desk.fill("a", 10, 99);
    desk.advance(2_900);
    expect(sizes()).toEqual([10]);
    desk.restart();
    desk.advance(200);
    expect(sizes()).toEqual([10, 10]);
    desk.quote(97, 100);
    desk.advance(60_000);
    expect(sizes()).toEqual([10, 10]);
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", price: "98" });
    desk.canceled("a");
    desk.advance(1_000);
    expect(desk.placed("a").at(-1)).toMatchObject({ price_ticks: 98, orderQty_lots: 10 });
  });

  it("varies its slices below the floor, the same on every node, and fills exactly", () => {
    const algo = { type: "iceberg", variance_bps: 5_000 };
    desk.submit("a", { ...iceberg, algo });
    const other = new DeskShard();
    other.submit("a", { ...iceberg, algo });
    while (desk.order("a").phase !== "filled") {
      const qty = desk.order("a").legs.at(-1)?.orderQty_lots ?? 0;
      desk.fill("a", qty, 99);
      other.fill("a", qty, 99);
    }
    expect(other.placed("a").map(({ orderQty_lots }) => orderQty_lots)).toEqual(sizes());
    expect(sizes().reduce((sum, one) => sum + one, 0)).toBe(40);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(10);
    expect(Math.min(...sizes().slice(0, -2))).toBeGreaterThanOrEqual(5);
    expect(new Set(sizes()).size).toBeGreaterThan(1);
    other.check();
  });

  it("takes part in no more than its share of what others trade", () => {
    const algo = { type: "iceberg", participationMax_bps: 1_000 };
    desk.submit("a", { ...iceberg, algo });
    expect(sizes()).toEqual([]);
    desk.volume(70);
    desk.advance(1_000);
    expect(sizes()).toEqual([7]);
  });
});

describe("an account's orders", () => {
  it("with limits of their own go through the same checks, slice by slice", () => {
    desk.takePosition(-30);
    const algo = { type: "twap", endTime: at(40_000), slices: 4 };
    const reducing = { ...buy, orderQty: "30", execInst: ["reduce_only"], algo };
    expect(desk.submit("a", reducing)).toEqual(["a pending_new pending_new"]);
    expect(sizes()).toEqual([7]);
    desk.fill("a", 7, 101);
    // The position shrinks by another order: the worked one gives way.
    desk.submit("b", { ...buy, ordType: "market", price: undefined, orderQty: "20" });
    expect(desk.said.at(-1)).toBe("b denied denied RISK_REDUCE_ONLY_OPEN");
    expect(desk.openBuy_lots).toBe(23);
    expect(desk.submit("c", { ...reducing, orderQty: "8" })).toEqual([
      "c denied denied RISK_REDUCE_ONLY",
    ]);
    desk.open(simx, false);
  });
});
