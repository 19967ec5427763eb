/**
 * The middle of the market as published market data gives it, for strategies of a test.
 */
import type { NatsConnection } from "nats";
import { setTimeout as sleep } from "node:timers/promises";
import { instrumentNames } from "./deployment_file.ts";
import type { TestInstrument } from "./deployment_file.ts";

/** The latest middle prices. */
export interface MarketPrices {
  /** The latest middle; throws before the first one is known. */
  readonly mid: (instrument: TestInstrument) => number;
  /** Resolves when every instrument has a price. */
  readonly ready: () => Promise<void>;
}

/** Follows best bids and offers of all venues. */
export const followPrices = (connection: NatsConnection): MarketPrices => {
  const mids = new Map<string, number>();
  connection.subscribe("oms.v1.md.*.*.bbo", {
    callback: (error, message) => {
      if (error !== null) return;
      const bbo = message.json<{ readonly bidPx?: string; readonly askPx?: string }>();
      if (bbo.bidPx === undefined || bbo.askPx === undefined) return;
      const instrument = message.subject.split(".")[4] ?? "";
      mids.set(instrument, (Number(bbo.bidPx) + Number(bbo.askPx)) / 2);
    },
  });
  return {
    mid: (instrument) => {
      const mid = mids.get(instrument);
      if (mid === undefined) throw new Error(`no price of ${instrument} yet`);
      return mid;
    },
    ready: async () => {
      for (let tries = 0; !instrumentNames.every((name) => mids.has(name)); tries += 1) {
        if (tries > 500) throw new Error("no market data");
        await sleep(20);
      }
    },
  };
};
