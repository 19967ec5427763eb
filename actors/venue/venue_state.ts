/**
 * The venue shard's vocabulary: its actor states, its journaled events, its inputs and effects.
 *
 * Owns: the shapes. A session is one connection's continuity with a venue across reconnects; a
 * request is one venue ClOrdID that has no answer yet; an order is what all ids of one venue order
 * (place, replaces, cancels) lead back to.
 * Never: decides anything.
 */
import type { CancelAtVenue } from "../../protocols/control.ts";
import type { InstrumentId, LegClOrdId, OrderId } from "../../protocols/kernel/ids.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type {
  CancelLeg,
  LegReport,
  VenueCommand,
  VenueStatusReport,
} from "../../protocols/venue.ts";
import type { RateActorKinds, RateEvent } from "./rate_state.ts";
import { rateActorKinds } from "./rate_state.ts";
import { controlActorKinds } from "./control_state.ts";
import type {
  ControlActorKinds,
  ControlEffect,
  ControlEvent,
  MassCancelAnswered,
} from "./control_state.ts";
import type { SessionStatus } from "./session_status.ts";
import type {
  LogonAnswer,
  ResumePosition,
  UnreadableReport,
  VenueAnswer,
  VenueLimitUse,
  VenueOrderView,
  VenueQuery,
  VenueRefusal,
  VenueReport,
  VenueRequest,
} from "./venue_link.ts";

/** The session with the venue; there is one. */
export interface SessionState {
  readonly status: SessionStatus;
  /** Why it has that status. */
  readonly reason: string;
  readonly since: Nanos;
  /** The connection in use, counted by the driver; 0 after a start. */
  readonly link: number;
  /** Number of the last report taken: everything up to it is durable with its order. */
  readonly inboundSeq: number;
  /** The venue's numbering that `inboundSeq` belongs to; undefined before the first logon. */
  readonly incarnation?: string;
  /** When the sweep timer is due; undefined where it is not set. */
  readonly sweepAt?: Nanos;
  /**
   * Why requests of an earlier link are being put in doubt, slice by slice; undefined: all are.
   * While it is set nothing leaves and nothing is asked, whatever the status.
   */
  readonly doubting?: string;
  readonly counters: SessionCounters;
}

/** What happened in a session so far. */
export interface SessionCounters {
  readonly reports: number;
  readonly unknownReports: number;
  readonly disconnects: number;
  /** Breaks of the venue's numbering: reports that cannot be had any more. */
  readonly breaks: number;
  readonly inDoubt: number;
  readonly notSent: number;
  /** Reports that could not be read; undefined: none. */
  readonly unreadable?: number;
}

/** A request without an answer. */
export interface RequestState {
  readonly command: VenueRequest;
  /** The order that it belongs to. */
  readonly root: LegClOrdId;
  readonly stage:
    /** The intent is durable; it may have left. */
    | "sending"
    /** Whether it arrived is unknown; the venue is being asked. */
    | "in_doubt"
    /** As in doubt, and the venue can prove nothing either way: left to a person. */
    | "unresolved";
  /** When the intent became durable. */
  readonly since: Nanos;
  /** Reports were lost for good since it left: absence at the venue proves nothing any more. */
  readonly unprovable?: true;
}

/** How far the venue has been asked about a request in doubt. */
export interface DoubtState {
  /** When the question under way was asked. */
  readonly askedAt?: Nanos;
  /** When to ask again, where an answer decided nothing. */
  readonly askAgainAt?: Nanos;
}

/** An order whose state at the venue is to be asked for. */
export interface CheckState {
  readonly since: Nanos;
  /** Executions reported up to this number of the session need not be asked for. */
  readonly afterSeq: number;
  /** What its reports had said to be executed before anything of them was lost. */
  readonly known_lots: Qty_lots;
  /** What its trades have told since; undefined: none. */
  readonly booked_lots?: Qty_lots;
  /** Its executions are wanted even where the venue's count is no news. */
  readonly executionsWanted?: true;
}

/** A question about an order under way. */
export interface CheckingState extends CheckState {
  readonly askedAt: Nanos;
  /** When to ask again, where an answer decided nothing. */
  readonly askAgainAt?: Nanos;
  /** What the venue has of it; set: its executions are being asked for. */
  readonly view?: VenueOrderView;
}

/** What is wrong with an instrument at this venue, by the reports that could not be read. */
export interface GateState {
  readonly unreadable: number;
  /** No new orders until the shard starts anew. */
  readonly closed?: true;
}

/** A cancel that waits for the link, or for the fate of the request it is for. */
export interface WaitingState {
  readonly command: CancelLeg;
  readonly since: Nanos;
}

/** A venue order, kept until some time after its end so that late reports find it. */
export interface VenueOrderState {
  readonly orderId: OrderId;
  readonly instrument: InstrumentId;
  /** The request ids that lead here, oldest first: the newest ones, and always the two in use. */
  readonly ids: readonly LegClOrdId[];
  /** The id that the order goes by at the venue: that of its last accepted request. */
  readonly current: LegClOrdId;
  readonly cumQty_lots: Qty_lots;
  readonly endedAt?: Nanos;
  /** It was proven never to have reached the venue. */
  readonly neverLeft?: true;
  /** The venue has shown nothing of it since that: its restart, or the loss of reports. */
  readonly unseen?: "restarted" | "reports_lost";
}

/** Actor kinds of a venue shard, by key. */
export interface VenueKinds extends RateActorKinds, ControlActorKinds {
  /** By venue id; exactly one. */
  readonly session: SessionState;
  /** By venue ClOrdID: requests without an answer. */
  readonly request: RequestState;
  /** By venue ClOrdID: those of them that are in doubt. */
  readonly doubt: DoubtState;
  /** By venue ClOrdID: requests that were left to a person, oldest first, and since when. */
  readonly unresolved: Nanos;
  /** By root, oldest first: orders to be asked for. */
  readonly check: CheckState;
  /** By root: those being asked for; bounded. */
  readonly checking: CheckingState;
  /** By instrument: those with unreadable reports. */
  readonly gate: GateState;
  /** By venue ClOrdID: cancels that wait. */
  readonly waiting: WaitingState;
  /** By root (the ClOrdID that placed the order). */
  readonly order: VenueOrderState;
  /** By any ClOrdID ever used for an order that is still kept: its root. */
  readonly id: LegClOrdId;
  /** By root, in order of ending: ended orders until they are forgotten. */
  readonly ended: Nanos;
}

/** The kinds' names. */
export const venueKinds = [
  "session",
  "request",
  "doubt",
  "unresolved",
  "check",
  "checking",
  "gate",
  "waiting",
  "order",
  "id",
  "ended",
  ...rateActorKinds,
  ...controlActorKinds,
] as const;

interface At {
  readonly at: Nanos;
}

/** Journaled facts of a venue shard. */
export type VenueEvent =
  | RateEvent
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
    })
  /** The durable intent: from now on the request may leave, once. */
  | (At & { readonly type: "request_sending"; readonly command: VenueRequest })
  /** The request was answered at once without leaving. */
  | (At & { readonly type: "request_unsent"; readonly command: VenueRequest })
  | (At & { readonly type: "cancel_waiting"; readonly command: CancelLeg })
  /** A waiting cancel's intent to leave. */
  | (At & { readonly type: "cancel_released"; readonly clOrdId: LegClOrdId })
  | (At & { readonly type: "request_in_doubt"; readonly clOrdId: LegClOrdId })
  | (At & { readonly type: "request_asked"; readonly clOrdId: LegClOrdId })
  /** The venue's answer decided nothing yet. */
  | (At & {
      readonly type: "request_undecided";
      readonly clOrdId: LegClOrdId;
      readonly askAgainAt: Nanos;
    })
  /** Proven: the venue holds nothing of it. */
  | (At & { readonly type: "request_not_sent"; readonly clOrdId: LegClOrdId })
  | (At & { readonly type: "request_unresolved"; readonly clOrdId: LegClOrdId })
  /** Nobody resolved it in time: it counts no more. Late reports still find its order. */
  | (At & { readonly type: "request_given_up"; readonly clOrdId: LegClOrdId })
  /** Its report is lost, but the venue's own record shows it. */
  | (At & {
      readonly type: "request_found";
      readonly clOrdId: LegClOrdId;
      readonly current: LegClOrdId;
      readonly cumQty_lots: Qty_lots;
      readonly ended: boolean;
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
      /** It shows nothing of the order itself: the venue refused a change without knowing it. */
      readonly blind?: true;
      /** An execution was taken back or corrected: the count may have fallen to this. */
      readonly recounted?: true;
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
    })
  | (At & { readonly type: "order_asked"; readonly root: LegClOrdId })
  | (At & {
      readonly type: "order_undecided";
      readonly root: LegClOrdId;
      readonly askAgainAt: Nanos;
    })
  /** The venue has it, with executions that may be news: they are asked for. */
  | (At & {
      readonly type: "order_found";
      readonly root: LegClOrdId;
      readonly view: VenueOrderView;
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
    })
  /** The venue has no (readable) record of it; `lost`: nor can it ever have again. */
  | (At & { readonly type: "order_absent"; readonly root: LegClOrdId; readonly lost: boolean })
  | (At & { readonly type: "order_forgotten"; readonly root: LegClOrdId })
  | ControlEvent
  | { readonly type: "sweep_set"; readonly sweepAt?: Nanos }
  | { readonly type: "doubting_set"; readonly doubting?: string };

/** What travels between a venue shard and account shards, both ways. */
export type VenueMessage = VenueCommand | LegReport | VenueStatusReport | CancelAtVenue;

/** What the driver tells its shard. `link` numbers the connection that it is about. */
export type VenueInput =
  | { readonly type: "connecting"; readonly link: number }
  | { readonly type: "logged_on"; readonly link: number; readonly answer: LogonAnswer }
  /** Logged on, and every missed report was handed over before this. */
  | { readonly type: "connected"; readonly link: number }
  | {
      readonly type: "disconnected";
      readonly link: number;
      readonly reason: string;
      readonly fault: boolean;
    }
  | {
      readonly type: "report";
      readonly link: number;
      readonly seq: number;
      readonly report: VenueReport;
    }
  | {
      readonly type: "unreadable";
      readonly link: number;
      readonly seq: number;
      readonly report: UnreadableReport;
    }
  | { readonly type: "answer"; readonly link: number; readonly answer: VenueAnswer }
  /** The venue refused a request or a question unseen, or the logon. */
  | { readonly type: "refused"; readonly link: number; readonly refusal: VenueRefusal }
  /** What the venue has counted against its limits. */
  | {
      readonly type: "limits";
      readonly link: number;
      readonly limits: readonly VenueLimitUse[];
    }
  | MassCancelAnswered
  /** A `send` effect was refused before any byte left. */
  | {
      readonly type: "refused_to_send";
      readonly clOrdId: LegClOrdId;
      readonly reason: string;
    };

/** What the driver is asked to do after a commit. */
export type VenueEffect =
  | { readonly type: "send"; readonly request: VenueRequest }
  | { readonly type: "query"; readonly query: VenueQuery }
  | ControlEffect
  /** Ends the link there may be and connects anew, after the back-off. */
  | {
      readonly type: "restart_link";
      readonly resume: ResumePosition;
      readonly reason: string;
      /** The venue does not want a logon before. */
      readonly notBefore?: Nanos;
    };
