/**
 * Watches one venue's driver: what leaves and what comes back, for metrics and logs.
 *
 * Owns: when each unanswered request was sent, bounded. Never: changes what passes through.
 */
import type { Logger } from "pino";
import type { VenueDriverObserver } from "../actors/venue/venue_driver.ts";
import type { VenueInput } from "../actors/venue/venue_input.ts";
import { fromNanos, milliseconds } from "../protocols/kernel/instant.ts";
import type { DriverContext } from "../runtime/shard_model.ts";
import type { NodeMetrics } from "./metrics.ts";

/** What a venue's driver reports to. */
export interface VenueObserver {
  readonly driver: VenueDriverObserver;
  /** The same context, with the venue's answers noted as they pass. */
  readonly inputs: (context: DriverContext<VenueInput>) => DriverContext<VenueInput>;
}

/** Sent requests remembered for their answer; the oldest is forgotten for one more. */
const sent_max = 10_000;

/** Makes the observer of one venue. `intentDeadline_ms` is the deployment's. */
export const makeVenueObserver = (
  venue: string,
  metrics: NodeMetrics,
  log: Logger,
  intentDeadline_ms: number,
  now_ns: () => bigint,
): VenueObserver => {
  const sentAt = new Map<string, bigint>();
  const remember = (clOrdId: string, at_ns: bigint): void => {
    const oldest = sentAt.keys().next();
    if (sentAt.size >= sent_max && oldest.done !== true) sentAt.delete(oldest.value);
    sentAt.set(clOrdId, at_ns);
  };
  const note = (input: VenueInput): void => {
    if (input.type === "refused") metrics.rates.refused(venue, input.refusal.code);
    if (input.type !== "report") return;
    const { clOrdId, execType } = input.report;
    const at_ns = sentAt.get(clOrdId);
    sentAt.delete(clOrdId);
    const took_ms = at_ns === undefined ? undefined : Number(now_ns() - at_ns) / 1e6;
    metrics.answered(venue, execType, took_ms);
  };
  return {
    driver: {
      sent: (request, at_ns) => {
        remember(request.clOrdId, at_ns);
        const { kind } = request;
        const accepted_ns =
          "deadline" in request
            ? fromNanos(request.deadline) - milliseconds(intentDeadline_ms)
            : undefined;
        const age_ms = accepted_ns === undefined ? undefined : Number(at_ns - accepted_ns) / 1e6;
        metrics.sent(venue, kind, age_ms !== undefined && age_ms >= 0 ? age_ms : undefined);
      },
      refused: (request, reason) =>
        log.warn({ venue, orderId: request.orderId, kind: request.kind, reason }, "not sent"),
      linkUp: (link) => log.info({ venue, link }, "venue link up"),
      linkDown: (link, reason, fault) =>
        log[fault ? "error" : "warn"]({ venue, link, reason }, "venue link down"),
    },
    inputs: (context) => ({
      ...context,
      post: (input) => {
        const taken = context.post(input);
        if (taken) note(input);
        return taken;
      },
    }),
  };
};
