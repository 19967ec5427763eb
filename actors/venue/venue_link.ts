/**
 * The contract between the venue shard and a venue's adapter: one link is one connection's life.
 *
 * The dialogue: the driver calls the adapter's connector, which returns a link at once and goes on
 * by itself: it connects, logs on with the resume position and calls `loggedOn`; then `report` for
 * every report that the venue re-sends, in the session's order; then `caughtUp`; from then on the
 * link is live and takes `send` and `query`. It ends by exactly one call of `down`, whatever the
 * cause; after it (and after `close`) no callback follows. Reconnecting is the driver's business.
 *
 * Every adapter keeps
 *  1. Every wait is bounded in time: connect, logon, silence of the venue, a write that stalls.
 *  2. Every buffer is bounded in space: a line, unsent bytes, unanswered queries. While paused the
 *     socket is not read; at most what was already read is still reported.
 *  3. Nothing is guessed. A numbered report that cannot be read exactly (off the grid, unknown
 *     fields) is told as `unreadable` under its number; what has not even that (broken framing)
 *     ends the link with a reason.
 *  4. `send` either hands the whole request to the operating system's socket in this very call, or
 *     hands over nothing and says why. It never keeps a request for later.
 *  5. Text of the venue (reasons, refusals, raw lines) is printable and bounded in bytes.
 */
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { CancelLeg, PlaceLeg, ReplaceLeg } from "../../protocols/venue.ts";
import type { VenueOrderView, VenueReport } from "./venue_report.ts";
import type { SnapshotAnswer, SnapshotPart, SnapshotQuestion } from "./venue_snapshot.ts";

export type { VenueOrderView, VenueReport } from "./venue_report.ts";

/** What can be sent to a venue. */
export type VenueRequest = PlaceLeg | ReplaceLeg | CancelLeg;

/** A numbered report that cannot be read exactly. */
export interface UnreadableReport {
  readonly reason: string;
  /** The line as it came, bounded. */
  readonly raw: string;
  /** The request or order that it is about, where that much can be read. */
  readonly clOrdId?: LegClOrdId;
  readonly instrument?: InstrumentId;
}

/** A question about one order. */
export interface VenueQuery {
  /** The request that the answer is for. */
  readonly asker: LegClOrdId;
  /** The id to look up: the request's own, or for a cancel the order's. */
  readonly clOrdId: LegClOrdId;
  /**
   * `doubt`: what became of an unanswered request; `order`: the state of an order; `executions`:
   * the executions of one that the venue knows as `venueOrderId`; `probe`: whether the venue
   * answers at all, whatever it says of the id.
   */
  readonly purpose: "doubt" | "order" | "executions" | "probe";
  readonly venueOrderId?: string;
  /** Executions reported up to this number of the session are not wanted. */
  readonly afterSeq?: number;
  /** When it was asked: the answer is about this moment or a later one. */
  readonly askedAt: Nanos;
}

/** The venue's answer to a question. */
export interface VenueAnswer extends VenueQuery {
  /** Undefined: the venue knows no such order at this moment. */
  readonly order: VenueOrderView | undefined;
  /**
   * For `executions`: what the venue (still) has of them, of their busts and corrections, bounded,
   * each with the numbers and the time that its report had; absent: nothing.
   */
  readonly executions?: readonly VenueReport[];
  /** The venue answered what cannot be read exactly: why. Then the rest says nothing. */
  readonly unreadable?: string;
  /** The answer is the state after this report of the session. */
  readonly asOfSeq: number;
}

/** Where a session goes on: what of it is durable here. */
export interface ResumePosition {
  /** Number of the last report that is durable here; 0 at first. */
  readonly seq: number;
}

/** How the venue answered a logon. */
export interface LogonAnswer {
  /** Differs after every restart of the venue's session numbering. */
  readonly incarnation: string;
  /** Number of the last report that the venue has sent in this session. */
  readonly lastSeqSent: number;
  /** Number of the oldest report that the venue can still re-send. */
  readonly firstSeqAvailable: number;
}

/**
 * The venue did not take a request, or (`internal_error`) does not say whether it did. Only the
 * former proves that nothing of it reached the book.
 */
export interface VenueRefusal {
  /** Of the refused request, where it was one. */
  readonly clOrdId?: LegClOrdId;
  /** Of the refused question, where it was one. */
  readonly query?: VenueQuery;
  readonly code: "rate_limited" | "banned" | "not_supported" | "unavailable" | "internal_error";
  readonly retryAfter_ms?: number;
  /** Name of the limit that it would have overrun, where the venue says so. */
  readonly limit?: string;
  readonly text?: string;
}

/** What else is known of a link's end, besides its reason in words. */
export interface LinkEnd {
  /**
   * - `session_taken`: another logon took the session over while this link had it;
   * - `session_in_use`: the logon was refused, the session has a connection already;
   * - `wrong_party`: the venue or the session that answered is not the one that was called;
   * - `logon_refused`: the venue is there and does not want us now.
   *
   * Absent: the connection could not be made, or broke.
   */
  readonly cause?: "session_taken" | "session_in_use" | "wrong_party" | "logon_refused";
  /** The venue wants no other logon before this. */
  readonly retryAfter_ms?: number;
  /** The venue said that it has sent reports up to this number, and they did not come. */
  readonly owedSeq?: number;
}

/** What the venue has counted against one of its limits in the window of now. */
export interface VenueLimitUse {
  readonly name: string;
  readonly window_ms: number;
  readonly limit: number;
  readonly used: number;
}

/** What a link tells. */
export interface VenueLinkSink {
  readonly loggedOn: (answer: LogonAnswer) => void;
  readonly report: (seq: number, report: VenueReport) => void;
  /** In the place of `report`, where it cannot be read. */
  readonly unreadable: (seq: number, report: UnreadableReport) => void;
  readonly caughtUp: () => void;
  readonly answer: (answer: VenueAnswer) => void;
  /** A part of a snapshot, whole or unknown. */
  readonly snapshot?: (answer: SnapshotAnswer) => void;
  /**
   * A request or a question was refused, unnumbered: it is not answered otherwise. Without either,
   * before `loggedOn`, it is the logon.
   */
  readonly refused?: (refusal: VenueRefusal) => void;
  /** What became of a mass cancel. */
  readonly massCanceled?: (answer: MassCancelAnswer) => void;
  /** What the venue has counted; unsolicited. */
  readonly limits?: (limits: readonly VenueLimitUse[]) => void;
  /** The link is over. `fault`: the venue or the wire broke the protocol. */
  readonly down: (reason: string, fault: boolean, end?: LinkEnd) => void;
}

/** What became of a `send`. */
export type SendOutcome =
  | { readonly type: "sent" }
  /** Nothing of it left. */
  | { readonly type: "refused"; readonly reason: string };

/** FIX OrderMassCancelRequest: all of our open orders there, or those that its fields name. */
export interface MassCancelRequest {
  readonly kind: "mass_cancel";
  /** The request's own id. */
  readonly clOrdId: LegClOrdId;
  readonly instrument?: InstrumentId;
  readonly side?: PlaceLeg["side"];
}

/** What became of a mass cancel as a whole; each order's own outcome is its report. */
export type MassCancelAnswer = { readonly clOrdId: LegClOrdId } & (
  | {
      readonly outcome: "reported";
      /** Orders that it canceled. */
      readonly affected: number;
      /** Number of the last of their reports. */
      readonly asOfSeq: number;
    }
  /** The venue did not take it, or nothing of it left. */
  | { readonly outcome: "refused" | "not_sent"; readonly reason: string }
);

/** One connection to a venue. */
export interface VenueLink {
  /** Sends a request now or not at all. */
  readonly send: (request: VenueRequest) => SendOutcome;
  /** Asks now or not at all; false: no room, or not live. */
  readonly query: (query: VenueQuery) => boolean;
  /** Sends a mass cancel now or not at all; a link without it cannot. */
  readonly massCancel?: (request: MassCancelRequest) => SendOutcome;
  /** No byte of an order that is still here leaves any more; if need be the link ends. */
  readonly fence?: () => void;
  /** Asks for a part of a snapshot now or not at all; absent: the adapter knows none. */
  readonly snapshot?: (question: SnapshotQuestion) => boolean;
  /** Stops reading the socket: the shard has no room. */
  readonly pause: () => void;
  readonly resume: () => void;
  /**
   * Logs out if it can and ends the link within a bounded time; no callback follows. An order of
   * which not all bytes have left does not leave any more.
   */
  readonly close: () => void;
}

/** What a venue's adapter can do. */
export interface VenueCapabilities {
  /** `native`: one request changes the order; `cancel_replace`: the order gets a new venue id. */
  readonly replace: "native" | "cancel_replace" | "none";
  readonly queryById: boolean;
  /** The parts of a snapshot that the venue answers. */
  readonly snapshot: readonly SnapshotPart[];
  /** How long the venue knows an ended order by its id; absent: as long as its session. */
  readonly historyWindow_ms?: number;
  /** One request cancels all orders, or those of an instrument and side. */
  readonly massCancel?: true;
  /** Whether the venue re-sends missed reports on logon. */
  readonly resend: boolean;
  readonly clOrdIdLength_max: number;
  readonly clOrdIdAlphabet: RegExp;
  readonly sides: readonly PlaceLeg["side"][];
  readonly ordTypes: readonly PlaceLeg["ordType"][];
  readonly timesInForce: readonly PlaceLeg["timeInForce"][];
}

/** A venue's adapter: makes links. */
export interface VenueConnector {
  readonly capabilities: VenueCapabilities;
  /**
   * Starts one connection. Must not call the sink before it returns. A logon may take the session
   * from whoever has it: an adapter asks `mayAct` in the tick in which the logon leaves, and
   * otherwise ends the link.
   */
  readonly connect: (
    resume: ResumePosition,
    sink: VenueLinkSink,
    mayAct: () => boolean,
  ) => VenueLink;
}
