/**
 * Market data of a simulator: a connection of its own that comes back by itself.
 *
 * Owns: the feed's connection and its back-off. Hands on what the venue says, as decimal text.
 * Never: publishes or keeps a book (`actors/market_data` does).
 */
import type { SimVenueMessage } from "../../protocols/sim_wire.ts";
import { backOffDelay_ms } from "./back_off.ts";
import type { BackOff } from "./back_off.ts";
import type { SimReading } from "./sim_reading.ts";
import { SimSocket } from "./sim_socket.ts";
import type { SimSocketOptions } from "./sim_socket.ts";

/** The visible book: `[price, quantity]` as decimal text, best first, at most ten a side. */
export type SimDepth = Extract<SimVenueMessage, { readonly type: "depth" }>;
/** The best price of each side, absent where that side is empty. */
export type SimBbo = Extract<SimVenueMessage, { readonly type: "bbo" }>;
/** A trade at the venue, of anybody. */
export type SimTrade = Extract<SimVenueMessage, { readonly type: "trade" }>;
/** Whether an instrument trades. */
export type SimTradingStatus = Extract<SimVenueMessage, { readonly type: "status" }>;

/** Told what the feed says. */
export interface SimFeedSink {
  readonly onBook: (depth: SimDepth) => void;
  readonly onTrade: (trade: SimTrade) => void;
  readonly onBbo?: (bbo: SimBbo) => void;
  readonly onStatus?: (status: SimTradingStatus) => void;
  /** Books of before are old now: nothing is known until the next `onBook`. */
  readonly onDown?: (reason: string) => void;
}

/** How to subscribe. */
export interface SimFeedOptions extends SimSocketOptions {
  readonly instruments: readonly string[];
  readonly backOff: BackOff;
}

/** A running feed. */
export interface SimFeed {
  readonly stop: () => void;
}

/** Starts a feed; it reconnects until it is stopped. */
export const startSimFeed = (options: SimFeedOptions, sink: SimFeedSink): SimFeed => {
  const { timers, backOff, instruments } = options;
  let attempt = 0;
  let hasStopped = false;
  let socket: SimSocket | undefined;
  let cancelTimer = (): void => {};

  const connect = (): void => {
    socket = new SimSocket(options, {
      up: () => {
        socket?.write({ type: "subscribe", instruments });
        cancelTimer = timers.after(backOff.stable_ms, () => {
          attempt = 0;
        });
      },
      message: (message) => {
        const fault = handOn(message, sink);
        if (fault !== undefined) socket?.end(fault, true);
      },
      down: (reason) => {
        cancelTimer();
        if (hasStopped) return;
        sink.onDown?.(reason);
        attempt += 1;
        cancelTimer = timers.after(backOffDelay_ms(backOff, attempt, timers.random()), connect);
      },
    });
  };
  connect();
  return {
    stop: () => {
      hasStopped = true;
      cancelTimer();
      socket?.end("stopped", false);
    },
  };
};

/** Hands a message on; a reason where a feed does not say such a thing. */
const handOn = (message: SimReading, sink: SimFeedSink): string | undefined => {
  if (message.type === "depth") sink.onBook(message);
  else if (message.type === "trade") sink.onTrade(message);
  else if (message.type === "bbo") sink.onBbo?.(message);
  else if (message.type === "status") sink.onStatus?.(message);
  else if (message.type === "error") return `error: ${message.text}`;
  else if (message.type !== "heartbeat" && message.type !== "unknown_message")
    return `${message.type} on a feed`;
  return undefined;
};
