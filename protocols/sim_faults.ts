/**
 * How a simulated venue can be made to misbehave: one family of faults a key, each off when absent.
 *
 * A probability is of each message or event that the family is about. The same settings travel in
 * `set_faults` and stand in a scenario file.
 *
 * Owns: the settings' shapes and bounds.
 */
import { Schema } from "effect";
import { Decimal, ExecType, Id, Instant_ns, RejectCode } from "./sim_fields.ts";

const Probability = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }));
const Duration_ms = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_600_000 }));
const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_294_967_295 }));
const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }));

/** What can be asked of an order session. */
export const RequestKind = Schema.Literals([
  "new_order",
  "cancel",
  "replace",
  "mass_cancel",
  "query_order",
  "query_open_orders",
  "query_executions",
  "query_positions",
]);

const SteadyLatency = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("none") }),
  Schema.Struct({ kind: Schema.Literal("constant"), delay_ns: Instant_ns }),
  Schema.Struct({ kind: Schema.Literal("uniform"), min_ns: Instant_ns, max_ns: Instant_ns }),
  Schema.Struct({ kind: Schema.Literal("lognormal"), median_ns: Instant_ns, sigma: Decimal }),
  /** One of these measured delays, each as likely as the other. */
  Schema.Struct({
    kind: Schema.Literal("empirical"),
    samples_ns: Schema.NonEmptyArray(Instant_ns).check(Schema.isMaxLength(2_000)),
  }),
]);

/** How long a request or a report takes. Durations in ns; sampled anew for each message. */
export const LatencyModel = Schema.Union([
  ...SteadyLatency.members,
  /** Correlated: a Markov chain of two states, which moves before each message. */
  Schema.Struct({
    kind: Schema.Literal("bursts"),
    calm: SteadyLatency,
    burst: SteadyLatency,
    /** Probability that a burst begins with a message. */
    toBurst: Probability,
    /** Probability that it ends with a message. */
    toCalm: Probability,
  }),
]);

const Rejects = Schema.Struct({
  probability: Probability,
  /** Each as likely as the other. */
  reasons: Schema.NonEmptyArray(RejectCode).check(Schema.isMaxLength(32)),
});

/** One limit of a venue, in windows that begin at whole multiples of their length. */
export const RateRule = Schema.Struct({
  name: Id,
  window_ms: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 86_400_000 })),
  limit: Count,
  /**
   * `weight`: the weights of all requests; `orders`: new orders and replaces; `unfilled`: new
   * orders less those of them that have traded.
   */
  counts: Schema.Literals(["weight", "orders", "unfilled"]),
});

const RateLimits = Schema.Struct({
  rules: Schema.Array(RateRule).check(Schema.isMaxLength(16)),
  /** By kind of request; 1 where absent. */
  weights: Schema.optionalKey(Schema.Record(Schema.String, Count)),
  ban: Schema.optionalKey(
    Schema.Struct({
      /** That many refused requests within `within_ms` ban the session for `for_ms`. */
      violations: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })),
      within_ms: Duration_ms,
      for_ms: Duration_ms,
      /** Whether a banned session's connection is closed and its logon refused. */
      closes: Schema.optionalKey(Schema.Boolean),
    }),
  ),
  /** How often the venue tells what it has counted; 0 or absent: after the logon only. */
  report_ms: Schema.optionalKey(Duration_ms),
});

/** Every family of faults. */
export const FaultSettings = Schema.Struct({
  latency: Schema.optionalKey(
    Schema.Struct({
      inbound: Schema.optionalKey(LatencyModel),
      outbound: Schema.optionalKey(LatencyModel),
    }),
  ),
  /** Refuses good requests, by kind. */
  rejects: Schema.optionalKey(
    Schema.Struct({
      new_order: Schema.optionalKey(Rejects),
      cancel: Schema.optionalKey(Rejects),
      replace: Schema.optionalKey(Rejects),
    }),
  ),
  /** Says nothing. */
  silence: Schema.optionalKey(
    Schema.Struct({
      /** The request never reaches the book; any kind of request. */
      swallow: Schema.optionalKey(Probability),
      /** It does, but what comes of it at once is never sent live: only again, or on a query. */
      unreported: Schema.optionalKey(Probability),
    }),
  ),
  /** Answers too late. */
  late: Schema.optionalKey(
    Schema.Struct({
      /** The request lies about inside the venue; later ones overtake it. */
      request: Schema.optionalKey(Probability),
      /** A report, and every report behind it, waits; answers to queries do not. */
      report: Schema.optionalKey(Probability),
      delay_ms: Duration_ms,
    }),
  ),
  /** What happens to a live report on its way. */
  reports: Schema.optionalKey(
    Schema.Struct({
      duplicate: Schema.optionalKey(Probability),
      drop: Schema.optionalKey(Probability),
      /** Of the next `of` live reports exactly `drop` are lost; which ones, chance decides. */
      dropNext: Schema.optionalKey(
        Schema.Struct({
          drop: Count,
          of: Count,
          /** Only reports of this kind are counted and lost. */
          execType: Schema.optionalKey(ExecType),
        }),
      ),
      /** It changes places with the next one. */
      reorder: Schema.optionalKey(Probability),
    }),
  ),
  /** Of each fill, once. */
  amendments: Schema.optionalKey(
    Schema.Struct({
      bust: Schema.optionalKey(Probability),
      correct: Schema.optionalKey(Probability),
      /** How long after the fill. */
      after_ms: Duration_ms,
      /** Whether the quantity that falls away works again. */
      reopen: Schema.optionalKey(Schema.Boolean),
    }),
  ),
  /** Of each request: the connection is lost, before it is carried out or after. */
  connection: Schema.optionalKey(
    Schema.Struct({
      reset: Schema.optionalKey(Probability),
      finish: Schema.optionalKey(Probability),
      /** Stays, and nothing is read or sent any more. */
      halfOpen: Schema.optionalKey(Probability),
    }),
  ),
  /** Answers `internal_error`. */
  ambiguous: Schema.optionalKey(
    Schema.Struct({
      /** And carries the request out. */
      executed: Schema.optionalKey(Probability),
      /** And does not. */
      lost: Schema.optionalKey(Probability),
    }),
  ),
  /** What the venue has not got. */
  unsupported: Schema.optionalKey(Schema.Array(RequestKind)),
  rateLimits: Schema.optionalKey(RateLimits),
  /** The venue is away. */
  outage: Schema.optionalKey(
    Schema.Struct({
      /** Connections that it has end; new ones are reset, or their logon is refused. */
      refuses: Schema.Literals(["connections", "logons"]),
      /** Open orders trade on, are canceled, or stand still with the market. */
      orders: Schema.Literals(["keep", "cancel", "freeze"]),
      /** Ends by itself after this; absent: when it is set otherwise. */
      for_ms: Schema.optionalKey(Duration_ms),
    }),
  ),
  /** What the venue has forgotten. */
  history: Schema.optionalKey(
    Schema.Struct({
      /** Orders that ended longer ago are not found. */
      age_ms: Schema.optionalKey(Duration_ms),
      /** Nor those before a session's newest that many. */
      orders: Schema.optionalKey(Count),
      /** `query_executions` knows the newest that many reports. */
      reports: Schema.optionalKey(Count),
      /** A logon is answered with at most the newest that many reports. */
      resend: Schema.optionalKey(Count),
    }),
  ),
  /** What the list of open orders says wrongly, of each order; a query by id is answered right. */
  listing: Schema.optionalKey(
    Schema.Struct({
      /** It is not in the list. */
      omit: Schema.optionalKey(Probability),
      /** It is there twice, the second time under an id that the venue never gave. */
      twice: Schema.optionalKey(Probability),
    }),
  ),
  /** A logon of a session that has a connection: takes it over, or is refused. */
  secondLogon: Schema.optionalKey(Schema.Literals(["kick", "refuse"])),
});

/** The names of the families. */
export const faultFamilies = [
  "latency",
  "rejects",
  "silence",
  "late",
  "reports",
  "amendments",
  "connection",
  "ambiguous",
  "unsupported",
  "rateLimits",
  "outage",
  "history",
  "listing",
  "secondLogon",
] as const satisfies readonly (keyof typeof FaultSettings.Type)[];

/** Sets families of faults; a family that is not named stays as it is. */
export const SetFaults = Schema.Struct({
  type: Schema.Literal("set_faults"),
  requestId: Id,
  /** Chance begins anew from here. */
  seed: Schema.optionalKey(Seed),
  /** First ends every fault; latency goes back to what the venue was started with. */
  clear: Schema.optionalKey(Schema.Boolean),
  /** First ends the faults of these families. */
  off: Schema.optionalKey(Schema.Array(Schema.Literals(faultFamilies))),
  faults: FaultSettings,
});
/** Ends the connection of a session, or of all, now. */
export const Disconnect = Schema.Struct({
  type: Schema.Literal("disconnect"),
  requestId: Id,
  session: Schema.optionalKey(Id),
  how: Schema.Literals(["reset", "finish", "half_open"]),
});
/** Takes an execution back, or corrects it: the newest of that id. */
export const AmendExecution = Schema.Struct({
  type: Schema.Literal("amend_execution"),
  requestId: Id,
  execId: Id,
  /** Both or none: without them it is a bust. */
  lastQty: Schema.optionalKey(Decimal),
  lastPx: Schema.optionalKey(Decimal),
  reopen: Schema.optionalKey(Schema.Boolean),
});

/** A scenario file: faults by time since the venue's start. */
export const FaultScenario = Schema.Struct({
  seed: Schema.optionalKey(Seed),
  steps: Schema.Array(
    Schema.Struct({
      at_ms: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 604_800_000 })),
      clear: Schema.optionalKey(Schema.Boolean),
      off: Schema.optionalKey(Schema.Array(Schema.Literals(faultFamilies))),
      faults: FaultSettings,
    }),
  ).check(Schema.isMaxLength(10_000)),
});
