/**
 * Whether the connection to NATS is up, as its users need to know it.
 *
 * This NATS client drops what is published while it is down and leaves requests in flight to their
 * own timeouts; whoever sends must therefore ask first and be told at once when the link breaks.
 *
 * Owns: the reading of the connection's status and the listeners to it.
 */
import type { NatsConnection } from "nats";
import type { ClientClock } from "./client_clock.ts";

/** The link's state and its changes. */
export interface LinkState {
  readonly up: boolean;
  /** How often the link came back. */
  readonly reconnects: number;
  /** Calls on every change; the result ends it. */
  readonly onChange: (listener: (up: boolean) => void) => () => void;
  /** True once the link is up, false when that did not happen within the wait. */
  readonly whenUp: (wait_ms_max: number) => Promise<boolean>;
}

/** Follows the connection until it is closed for good. */
export const followLink = (connection: NatsConnection, clock: ClientClock): LinkState => {
  const listeners = new Set<(up: boolean) => void>();
  let up = !connection.isClosed();
  let reconnects = 0;
  const change = (next: boolean): void => {
    if (next === up) return;
    up = next;
    if (next) reconnects += 1;
    for (const listener of [...listeners]) listener(next);
  };
  const onChange = (listener: (up: boolean) => void): (() => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === "disconnect" || status.type === "close") change(false);
      if (status.type === "reconnect") change(true);
    }
    change(false);
  })();
  return {
    get up() {
      return up;
    },
    get reconnects() {
      return reconnects;
    },
    onChange,
    whenUp: (wait_ms_max) =>
      new Promise((resolve) => {
        if (up) return resolve(true);
        const settle = (result: boolean): void => {
          cancelTimer();
          cancelListener();
          resolve(result);
        };
        const cancelTimer = clock.after(wait_ms_max, () => settle(false));
        const cancelListener = onChange((nowUp) => {
          if (nowUp) settle(true);
        });
      }),
  };
};
