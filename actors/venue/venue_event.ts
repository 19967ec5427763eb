/**
 * The venue shard's journaled facts.
 *
 * Owns: their shapes. An event's meaning never changes; what is added is optional, so that journals
 * of every version replay.
 * Never: decides anything.
 */
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { CancelLeg } from "../../protocols/venue.ts";
import type { ControlEvent } from "./control_state.ts";
import type { RateEvent } from "./rate_state.ts";
import type { ReconcileEvent, ToldFacts } from "./reconcile_state.ts";
import type { BreakerPhase } from "./breaker_model.ts";
import type { SessionStatus } from "./session_status.ts";
import type { VenueOrderView, VenueRequest } from "./venue_link.ts";
import type { SessionTroubles } from "./venue_state.ts";

interface At {
  readonly at: Nanos;
}

/** Facts about the circuit breaker. */
export type BreakerEvent =
  /** From now on it is counted what comes of requests. */
  | (At & { readonly type: "breaker_begun"; readonly byAccount?: true })
  | (At & {
      readonly type: "breaker_changed";
      readonly to: BreakerPhase;
      readonly cause: string;
      readonly trips: number;
      readonly until?: Nanos;
    })
  /** A harmless question leaves, and is answered. */
  | (At & { readonly type: "breaker_asked" })
  | (At & { readonly type: "breaker_answered" })
  /** The venue did not take a request because of itself; no report says so. */
  | (At & { readonly type: "venue_trouble"; readonly code: string });

/** Journaled facts of a venue shard. */
export type VenueEvent =
  | RateEvent
  | ControlEvent
  | ReconcileEvent
  /** Every change of the session's status, with its cause. Leaving a link voids its questions. */
  | (At & {
      readonly type: "session_changed";
      readonly to: SessionStatus;
      readonly reason: string;
      /** Set where a new connection begins (and 0 at a start). */
      readonly link?: number;
    })
  /** The venue's numbering is (again) known; `broken`: reports before it are lost for good. */
  | (At & {
      readonly type: "sequence_set";
      readonly incarnation: string;
      readonly inboundSeq: number;
      readonly broken: boolean;
      /** Number of the last report before those that are lost; undefined: the numbering is new. */
      readonly lostAfter?: number;
      /** Nothing of the session was ever taken before: the tally of positions is whole. */
      readonly tallied?: true;
    })
  /** The durable intent: from now on the request may leave, once. */
  | (At & {
      readonly type: "request_sending";
      readonly command: VenueRequest;
      /** What it will execute is counted from the first lot on. */
      readonly tallied?: true;
    })
  /** The request was answered at once without leaving. */
  | (At & { readonly type: "request_unsent"; readonly command: VenueRequest })
  | (At & { readonly type: "cancel_waiting"; readonly command: CancelLeg })
  /** A waiting cancel's intent to leave. */
  | (At & { readonly type: "cancel_released"; readonly clOrdId: LegClOrdId })
  | (At & {
      readonly type: "request_in_doubt";
      readonly clOrdId: LegClOrdId;
      /** No answer in time; absent: the link was lost, or the answer says nothing. */
      readonly late?: true;
    })
  | (At & {
      readonly type: "request_asked";
      readonly clOrdId: LegClOrdId;
      /** An answer from before this report decides nothing. */
      readonly notBefore_seq?: number;
    })
  /** The venue's answer decided nothing yet. */
  | (At & {
      readonly type: "request_undecided";
      readonly clOrdId: LegClOrdId;
      readonly askAgainAt: Nanos;
    })
  /** Proven: the venue holds nothing of it. */
  | (At & { readonly type: "request_not_sent"; readonly clOrdId: LegClOrdId })
  | (At & { readonly type: "request_unresolved"; readonly clOrdId: LegClOrdId })
  /** Its order is over, and no report of it can come any more: it changed nothing. */
  | (At & { readonly type: "request_moot"; readonly clOrdId: LegClOrdId })
  /** Nobody resolved it in time: it counts no more. Late reports still find its order. */
  | (At & { readonly type: "request_given_up"; readonly clOrdId: LegClOrdId })
  /** Its report is lost, but the venue's own record shows it. */
  | (At & {
      readonly type: "request_found";
      readonly clOrdId: LegClOrdId;
      readonly current: LegClOrdId;
      readonly cumQty_lots: Qty_lots;
      readonly ended: boolean;
      readonly told?: ToldFacts;
    })
  /** A report was taken; the inbound sequence advances with it. */
  | (At & {
      readonly type: "report_received";
      readonly seq: number;
      /** The order it is about; absent: none of ours. */
      readonly root?: LegClOrdId;
      /** The requests that it answers. */
      readonly answers: readonly LegClOrdId[];
      /** The order's new id at the venue, where it changed. */
      readonly current?: LegClOrdId;
      readonly cumQty_lots: Qty_lots;
      readonly ended: boolean;
      /** The lots of a trade, where its order is to be asked for. */
      readonly booked_lots?: Qty_lots;
      /** An order or a change was refused: for a reason of business, or the venue's own trouble. */
      readonly refused?: "refused" | "trouble";
      /** It shows nothing of the order itself: the venue refused a change without knowing it. */
      readonly blind?: true;
      /** An execution was taken back or corrected: the count may have fallen to this. */
      readonly recounted?: true;
      /**
       * Answers to the question about its order that are from before it count too many, or tell
       * wrongly how the order stands.
       */
      readonly outdates?: true;
      /** Answers to questions about its order, or a request of it, may be older than it. */
      readonly overtakes?: true;
      readonly told?: ToldFacts;
    })
  /** A report that cannot be read was taken in its place in the sequence. */
  | (At & {
      readonly type: "report_unreadable";
      readonly seq: number;
      readonly instrument?: InstrumentId;
    })
  | (At & { readonly type: "instrument_closed"; readonly instrument: InstrumentId })
  | (At & { readonly type: "instruments_reopened" })
  /** The venue is to be asked for an order. */
  | (At & {
      readonly type: "order_to_check";
      readonly root: LegClOrdId;
      readonly afterSeq: number;
      readonly known_lots: Qty_lots;
      readonly executionsWanted?: true;
      readonly amendsWanted?: true;
      /** Digest of what is listed of its executions, for which it is to be asked. */
      readonly listing?: string;
    })
  | (At & {
      readonly type: "order_asked";
      readonly root: LegClOrdId;
      /** An answer from before this report decides nothing. */
      readonly notBefore_seq?: number;
    })
  | (At & {
      readonly type: "order_undecided";
      readonly root: LegClOrdId;
      readonly askAgainAt: Nanos;
      /** Its executions are here up to this count; its record is too old, and asked for anew. */
      readonly known_lots?: Qty_lots;
      /** The answer would end the order: it is held against a further question, so many so far. */
      readonly looked?: number;
      /** Some were taken back or corrected, and that was not told by so old a record. */
      readonly amendsWanted?: true;
    })
  /** The venue has it, with executions that may be news: they are asked for. */
  | (At & {
      readonly type: "order_found";
      readonly root: LegClOrdId;
      readonly view: VenueOrderView;
      /** The view is the state after this report. */
      readonly viewSeq?: number;
      /** Set: there is no leave to ask before. */
      readonly askAgainAt?: Nanos;
    })
  /** The venue's record of it was taken. */
  | (At & {
      readonly type: "order_checked";
      readonly root: LegClOrdId;
      readonly current: LegClOrdId;
      readonly cumQty_lots: Qty_lots;
      readonly ended: boolean;
      /** The count may have fallen to this. */
      readonly recounted?: true;
      readonly told?: ToldFacts;
      /** Digest of what was listed of its executions, for which it was asked. */
      readonly listing?: string;
    })
  /** The venue has no (readable) record of it; `lost`: nor can it ever have again. */
  | (At & {
      readonly type: "order_absent";
      readonly root: LegClOrdId;
      readonly lost: boolean;
      /** The order notes it, so that it is not told again. */
      readonly noted?: true;
      /** When a run looks it up again, where it is still missing. */
      readonly lookAgainAt?: Nanos;
    })
  | (At & { readonly type: "order_forgotten"; readonly root: LegClOrdId })
  /** Reports behind that number were missing, on so many links in a row. */
  | (At & { readonly type: "gap_noted"; readonly afterSeq: number; readonly times: number })
  | (At & { readonly type: "trouble_noted"; readonly trouble: keyof SessionTroubles })
  | (At & { readonly type: "troubles_forgotten" })
  | BreakerEvent
  | { readonly type: "sweep_set"; readonly sweepAt?: Nanos }
  | { readonly type: "doubting_set"; readonly doubting?: string };
