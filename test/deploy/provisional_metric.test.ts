/** Open provisional lots as they are scraped. */
import { expect, it } from "vitest";
import { makeMetrics } from "../../deploy/metrics.ts";

it("lots that venues have not told are scraped by instrument until they are told", async () => {
  let lots = new Map([
    ["BTC-USDT", 3],
    ["ETH-USDT", 1],
  ]);
  const { registry } = makeMetrics(
    { version: "test", node: "n1" },
    { openOrders: () => 0, ownedShards: () => [], provisionalLots: () => lots },
  );
  const scraped = async (): Promise<string[]> => {
    const text = await registry.metrics();
    return text.split("\n").filter((line) => line.startsWith("oms_provisional_fill_lots{"));
  };
  expect(await scraped()).toEqual([
    'oms_provisional_fill_lots{instrument="BTC-USDT"} 3',
    'oms_provisional_fill_lots{instrument="ETH-USDT"} 1',
  ]);
  lots = new Map();
  expect(await scraped()).toEqual([]);
});
