/**
 * What the tests of the simulator process share: requests, prices, a set of clients that is closed
 * after each test.
 *
 * Owns: the clients that a test opened.
 */
import type { SimNewOrder } from "../../protocols/sim_wire.ts";
import { SimClient } from "./sim_client.ts";

/** Clients of one test file. */
export class Clients {
  readonly #opened: SimClient[] = [];

  /** Connects to a venue. */
  open(port: number): SimClient {
    const client = new SimClient(port);
    this.#opened.push(client);
    return client;
  }

  /** Closes all that were opened. */
  async closeAll(): Promise<void> {
    for (const client of this.#opened.splice(0)) await client.close();
  }
}

/** A limit order far below the market, unless said otherwise. */
export const order = (clOrdId: string, more: Partial<SimNewOrder> = {}): SimNewOrder => ({
  type: "new_order",
  clOrdId,
  instrument: "BTC-USDT",
  side: "buy",
  ordType: "limit",
  timeInForce: "gtc",
  orderQty: "0.01",
  price: "50000",
  ...more,
});

/** A market order. */
export const market = (clOrdId: string, more: Partial<SimNewOrder> = {}): SimNewOrder => {
  const { price: _price, ...rest } = order(clOrdId, { ordType: "market", ...more });
  return rest;
};

/** Best prices at the moment. */
export const topOf = async (
  port: number,
  instrument = "BTC-USDT",
): Promise<{ bid: string; ask: string }> => {
  const feed = new SimClient(port);
  feed.say({ type: "subscribe", instruments: [instrument] });
  const { bidPx, askPx } = await feed.until("bbo");
  await feed.close();
  if (bidPx === undefined || askPx === undefined) throw new Error("an empty market");
  return { bid: bidPx, ask: askPx };
};

/** A price that many ticks of a cent away. */
export const moved = (price: string, cents: number): string =>
  ((Math.round(Number(price) * 100) + cents) / 100).toFixed(2);
