/**
 * Logs: JSON lines by pino on standard error, one logger per process, secrets redacted.
 *
 * A pure model never logs; what it has to say is an event. Lines about an order carry its `orderId`
 * and, where the sender gave one, the `traceId` of its `traceparent`.
 */
import { destination, pino } from "pino";
import type { Logger } from "pino";

/** Makes the process's logger. */
export const makeLogger = (name: string, level: string): Logger =>
  pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ["*.token", "*.password", "*.creds", "*.secret", "*.apiKey", "token", "password"],
        censor: "[redacted]",
      },
    },
    destination({ fd: 2, sync: false }),
  );

/** The trace id of a W3C `traceparent`, for a log line. */
export const traceIdOf = (traceparent: string | undefined): string | undefined => {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceparent ?? "");
  return match?.[1];
};
