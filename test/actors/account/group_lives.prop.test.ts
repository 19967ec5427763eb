/**
 * Random lives of groups of bound orders: fills, busts, cancels, refusals, doubts, reports in any
 * order, restarts. A failure names its seed.
 */
import { describe, expect, it } from "vitest";
import type { Post } from "../order/order_world.ts";
import { limit10 } from "./desk_reference.ts";
import { GroupLife } from "./group_life.ts";

const seeds = 40;
const steps = 90;

const sell = { side: "sell", ordType: "limit", price: "110", timeInForce: "gtc" } as const;
const stop = { side: "sell", ordType: "stop", stopPx: "85", timeInForce: "gtc" } as const;
const t = { ...sell, clOrdId: "t" };
const l = { ...stop, clOrdId: "l" };
const reduce = { execInst: ["reduce_only"] } as const;
type Kind = readonly [string, readonly string[], Readonly<Record<string, unknown>>];
const kinds: readonly Kind[] = [
  ["bracket", ["e", "t", "l"], { type: "bracket", takeProfit: t, stopLoss: l }],
  [
    "reduce-only bracket",
    ["e", "t", "l"],
    { type: "bracket", takeProfit: { ...t, ...reduce }, stopLoss: { ...l, ...reduce } },
  ],
  [
    "oto",
    ["e", "t", "m"],
    {
      type: "oto",
      orders: [t, { ...stop, clOrdId: "m", side: "buy", ordType: "market_if_touched" }],
    },
  ],
  ["oco that cancels", ["e", "t", "l"], { type: "oco", orders: [t, l] }],
  ["oco that reduces", ["e", "t", "l"], { type: "oco", onFill: "reduce", orders: [t, l] }],
];
const plain: Post = { repeats: false, reorders: false };
const posts: readonly (readonly [string, Post])[] = [
  ["in order", plain],
  ["repeated and reordered", { repeats: true, reorders: true }],
  ["with busts", { ...plain, amends: true }],
  ["cancel_replace", { ...plain, how: "cancel_replace" }],
  ["cancel_replace, repeated", { repeats: true, reorders: true, how: "cancel_replace" }],
  ["cancel_replace, with busts", { ...plain, amends: true, how: "cancel_replace" }],
];

describe.each(kinds)("%s", (_kind, ids, contingency) => {
  it.each(posts)("keeps its promises: %s", (_post, post) => {
    let traded = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const life = new GroupLife(seed, post, ids, { ...limit10, contingency });
      try {
        life.begin();
        for (let step = 0; step < steps; step += 1) life.step();
        life.settle();
        life.checkEnd();
      } catch (cause) {
        throw new Error(`seed ${seed}`, { cause });
      }
      if (life.orders.filter(({ cumQty_lots }) => cumQty_lots > 0).length > 1) traded += 1;
    }
    expect(traded).toBeGreaterThan(seeds / 20);
  });
});
