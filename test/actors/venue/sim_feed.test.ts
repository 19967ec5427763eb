/**
 * The feed of the real simulator process, and that it comes back.
 */
import { afterEach, expect, test } from "vitest";
import { backOff_default } from "../../../actors/venue/back_off.ts";
import { startSimFeed } from "../../../actors/venue/sim_feed.ts";
import type { SimBbo, SimDepth, SimTrade } from "../../../actors/venue/sim_feed.ts";
import { startVenue } from "../../simulator/venue_process.ts";
import { simOptions } from "./live_shard.ts";
import { TcpProxy, until } from "./tcp_stage.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

test("tells books and trades as decimal text, and goes on after a cut connection", async () => {
  const venue = await startVenue("--speed", "20", "--instruments", "BTC-USDT");
  cleanUp.push(() => venue.stop());
  const proxy = await new TcpProxy(venue.port).start();
  cleanUp.push(() => proxy.stop());
  const books: SimDepth[] = [];
  const trades: SimTrade[] = [];
  const bests: SimBbo[] = [];
  const downs: string[] = [];
  const feed = startSimFeed(
    { ...simOptions(proxy.port), instruments: ["BTC-USDT"], backOff: backOff_default },
    {
      onBook: (depth) => void books.push(depth),
      onTrade: (trade) => void trades.push(trade),
      onBbo: (bbo) => void bests.push(bbo),
      onDown: (reason) => void downs.push(reason),
    },
  );
  cleanUp.push(() => feed.stop());
  await until("a book and a trade", () => books.length > 0 && trades.length > 0);
  await until("best prices", () => bests.length > 0);
  expect(books[0]).toMatchObject({ instrument: "BTC-USDT" });
  expect(books[0]?.bids[0]?.[0]).toMatch(/^\d+(\.\d+)?$/);
  proxy.cut();
  await until("down", () => downs.length === 1);
  const before = books.length;
  await until("more books", () => books.length > before + 1);
  expect(proxy.connections).toBe(2);
});
