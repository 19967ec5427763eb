/**
 * Market data over a real server: published by one connection, seen in another's view.
 */
import { connect } from "nats";
import type { NatsConnection } from "nats";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { MarketDataMessage } from "../../../protocols/market_data.ts";
import {
  publishMarketData,
  subscribeMarketData,
} from "../../../actors/market_data/market_data_nats.ts";
import { createMarketView } from "../../../actors/market_data/market_view.ts";
import { marketDataSubject } from "../../../protocols/kernel/subjects.ts";
import { startNatsServer } from "../../support/nats_server.ts";
import { btc, eth, instruments, venueId, venueOf, venuesOf } from "./market_fixture.ts";

const simx = venueId("SIMX");
const times = { tsEvent: "17" as Nanos, tsInit: "18" as Nanos };

const bbo = (bidPx: string): MarketDataMessage => ({
  kind: "bbo",
  body: { bidPx, bidQty: "1", askPx: "70000", askQty: "1", ...times },
});

const connected = async (url: string): Promise<NatsConnection> => {
  const connection = await connect({
    servers: url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  onTestFinished(() => connection.close());
  return connection;
};

test("a view follows what is published, skips what it cannot use, survives a restart", async () => {
  const server = await startNatsServer();
  onTestFinished(() => server.stop());
  const [publisher, reader] = await Promise.all([connected(server.url), connected(server.url)]);
  const view = createMarketView({ instruments, venues: venuesOf(venueOf("SIMX")) });
  let clock_ns = 100n;
  const subscription = subscribeMarketData(reader, view, () => (clock_ns += 1n));
  await reader.flush();

  expect(publishMarketData(publisher, simx, btc, bbo("62000.00"))).toBe(true);
  publishMarketData(publisher, simx, eth, bbo("3000"));
  publisher.publish(marketDataSubject(simx, btc, "depth"), "not json");
  publisher.publish(marketDataSubject(simx, btc, "bbo"), new Uint8Array(100_000));
  publishMarketData(publisher, simx, btc, bbo("62000.005"));
  await vi.waitFor(() => {
    expect(subscription.counts()).toEqual({ applied: 1, foreign: 1, unreadable: 3, errors: 0 });
  });
  expect(view.book(simx, btc)).toMatchObject({
    bids: [{ price_ticks: 6_200_000, qty_lots: 100_000 }],
    received_ns: 101n,
  });

  await server.kill();
  await server.restart();
  await vi.waitFor(
    () => {
      publishMarketData(publisher, simx, btc, bbo("62001.00"));
      expect(view.book(simx, btc)?.bids[0]?.price_ticks).toBe(6_200_100);
    },
    { timeout: 10_000, interval: 100 },
  );

  subscription.stop();
  const { applied } = subscription.counts();
  publishMarketData(publisher, simx, btc, bbo("62002.00"));
  await publisher.flush();
  await reader.flush();
  expect(subscription.counts().applied).toBe(applied);
  expect(view.book(simx, btc)?.bids[0]?.price_ticks).toBe(6_200_100);

  await publisher.close();
  expect(publishMarketData(publisher, simx, btc, bbo("1"))).toBe(false);
});
