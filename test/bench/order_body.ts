/**
 * The order that the benchmark sends, and where its market stands.
 */

/** Best prices of the stub's market. */
export const market = { bid: "61999.00", ask: "62001.00" } as const;

/** A limit order that the venue fills at once; sides alternate so that positions stay small. */
export const orderBody = (count: number): string =>
  JSON.stringify({
    instrument: "BTC-USDT",
    side: count % 2 === 0 ? "buy" : "sell",
    ordType: "limit",
    orderQty: "0.001",
    price: count % 2 === 0 ? market.ask : market.bid,
    timeInForce: "gtc",
  });
