/**
 * What the venue does with a request before (and instead of) looking at its book.
 *
 * The order is a gateway's: limits, what it has not got, then what goes wrong by chance.
 *
 * Owns: the verdict. Never: carries a request out, says anything.
 */
import type {
  SimClientMessage,
  SimRefused,
  SimRejectCode,
  SimRequestKind,
} from "../../protocols/sim_wire.ts";
import type { VenueConditions } from "./conditions.ts";
import type { SessionLimits } from "./rate_limits.ts";

/** A request of an order session. */
export type SessionRequest = Extract<SimClientMessage, { readonly type: SimRequestKind }>;

/** What is done with a request. */
export type Verdict =
  /** Nothing, and nothing is said. */
  | { readonly kind: "swallow" }
  | { readonly kind: "refuse"; readonly refusal: SimRefused; readonly closes: boolean }
  | { readonly kind: "reject"; readonly rejectCode: SimRejectCode }
  /** `saysError`: behind an `internal_error`. `isReported`: what it does at once is told live. */
  | { readonly kind: "carry_out"; readonly saysError: boolean; readonly isReported: boolean };

const kinds: ReadonlySet<string> = new Set<SimRequestKind>([
  "new_order",
  "cancel",
  "replace",
  "mass_cancel",
  "query_order",
  "query_open_orders",
  "query_executions",
  "query_positions",
]);

/** Whether a message is a request: it counts against limits, and faults may strike it. */
export const isSessionRequest = (message: SimClientMessage): message is SessionRequest =>
  kinds.has(message.type);

/** The refusal of a request, naming it. */
export const refusalOf = (
  request: SessionRequest,
  code: SimRefused["code"],
  more: Pick<SimRefused, "retryAfter_ms" | "text" | "limit"> = {},
): SimRefused => ({
  type: "refused",
  ...("requestId" in request ? { requestId: request.requestId } : { clOrdId: request.clOrdId }),
  code,
  ...more,
});

/** Decides about a request. `now_ms` is monotonic. */
export const judge = (
  request: SessionRequest,
  conditions: VenueConditions,
  limits: SessionLimits,
  now_ms: number,
): Verdict => {
  const { rateLimits, unsupported, silence, ambiguous } = conditions.faults;
  const kind = request.type;
  if (rateLimits !== undefined) {
    const refusal = limits.take(kind, rateLimits, now_ms);
    if (refusal !== undefined) {
      const { code, beginsBan: _, ...more } = refusal;
      conditions.count(code);
      const closes = code === "banned" && rateLimits.ban?.closes === true;
      return { kind: "refuse", refusal: refusalOf(request, code, more), closes };
    }
  }
  if (unsupported?.includes(kind) === true) {
    conditions.count("not_supported");
    return { kind: "refuse", refusal: refusalOf(request, "not_supported"), closes: false };
  }
  if (conditions.happens("swallowed", silence?.swallow)) return { kind: "swallow" };
  if (conditions.happens("ambiguous_lost", ambiguous?.lost)) {
    return { kind: "refuse", refusal: refusalOf(request, "internal_error"), closes: false };
  }
  const rejectCode = rejectCodeFor(request, conditions);
  if (rejectCode !== undefined) return { kind: "reject", rejectCode };
  return {
    kind: "carry_out",
    saysError: conditions.happens("ambiguous_executed", ambiguous?.executed),
    isReported: !conditions.happens("unreported", silence?.unreported),
  };
};

const rejectCodeFor = (
  { type }: SessionRequest,
  conditions: VenueConditions,
): SimRejectCode | undefined => {
  if (type !== "new_order" && type !== "cancel" && type !== "replace") return undefined;
  const rejects = conditions.faults.rejects?.[type];
  if (rejects === undefined || !conditions.happens("rejected", rejects.probability)) {
    return undefined;
  }
  const { reasons } = rejects;
  return reasons[conditions.prng("rejected").nextUint32() % reasons.length];
};
