/**
 * The venue shard's actor states.
 *
 * Owns: the shapes. A session is one connection's continuity with a venue across reconnects; a
 * request is one venue ClOrdID that has no answer yet; an order is what all ids of one venue order
 * (place, replaces, cancels) lead back to.
 * Never: decides anything.
 */
import type { InstrumentId, LegClOrdId, OrderId } from "../../protocols/kernel/ids.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { CancelLeg, Side } from "../../protocols/venue.ts";
import type { ControlActorKinds } from "./control_state.ts";
import { controlActorKinds } from "./control_state.ts";
import type { RateActorKinds } from "./rate_state.ts";
import { rateActorKinds } from "./rate_state.ts";
import type { ExternalOrder, LegTerms, ReconcileState, TallyState } from "./reconcile_state.ts";
import type { BreakerState } from "./breaker_model.ts";
import type { SessionStatus } from "./session_status.ts";
import type { VenueOrderView, VenueRequest } from "./venue_link.ts";

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
  /** Reports were missing behind that number, on so many links in a row; undefined: none. */
  readonly gap?: { readonly afterSeq: number; readonly times: number };
  /** The newest troubles of the session itself, oldest first; undefined: none. */
  readonly troubles?: SessionTroubles;
  readonly counters: SessionCounters;
}

/** When something went wrong with a session itself, by what it was. */
export interface SessionTroubles {
  /** Another logon took the session over. */
  readonly taken?: readonly Nanos[];
  /** The venue refused a logon: the session has a connection already. */
  readonly in_use?: readonly Nanos[];
  /** The venue or the wire broke the protocol. */
  readonly fault?: readonly Nanos[];
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
  /** Number of the newest report known when it was asked, or of one of its order since. */
  readonly notBefore_seq?: number;
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
  /** Also where nothing counts: what was taken back of them may not have been heard. */
  readonly amendsWanted?: true;
  /** Digest of its executions in the list for which it is asked for. */
  readonly listing?: string;
}

/** A question about an order under way. */
export interface CheckingState extends CheckState {
  readonly askedAt: Nanos;
  /** When to ask again, where an answer decided nothing. */
  readonly askAgainAt?: Nanos;
  /** What the venue has of it; set: its executions are being asked for. */
  readonly view?: VenueOrderView;
  /** Answers so far that would end the order, and were held against a further question. */
  readonly looked?: number;
  /** The view is the state after this report. */
  readonly viewSeq?: number;
  /**
   * Number of the newest report known when it was asked for, or of one about it since: what an
   * answer from before that says may be no longer so.
   */
  readonly notBefore_seq?: number;
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
  /** It was looked up, the venue knew nothing of it, and that was told. */
  readonly absent?: true;
  /** When it is looked up again on the same link; undefined: on the next one. */
  readonly lookAgainAt?: Nanos;
  /** Of its executions these are in the tally of positions; undefined: from before it was kept. */
  readonly told_lots?: Qty_lots;
  /** Its count fell once: what a trade counts may be of before that, so its record counts. */
  readonly amended?: true;
  /** Digest of its executions in the list for which its record was taken last. */
  readonly listingTaken?: string;
  /** Undefined: from before it was kept, or the venue did not say. */
  readonly side?: Side;
  /** As its last report that named them had them. */
  readonly terms?: LegTerms;
  /** It was not placed by us. */
  readonly external?: ExternalOrder;
}

/** Actor kinds of a venue shard, by key. */
export interface VenueKinds extends RateActorKinds, ControlActorKinds {
  /** By venue id; exactly one. */
  readonly session: SessionState;
  /** By venue id; none until something was counted. */
  readonly breaker: BreakerState;
  /** By venue ClOrdID: requests without an answer. */
  readonly request: RequestState;
  /** By venue ClOrdID: those of them that are in doubt. */
  readonly doubt: DoubtState;
  /** By venue ClOrdID: requests that were left to a person, oldest first, and since when. */
  readonly unresolved: Nanos;
  /** By root, oldest first: orders to be asked for. */
  readonly check: CheckState;
  /** By root: those being asked for, a bounded number at once, and those to be asked again. */
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
  /** By venue id: how the reconciliation stands. */
  readonly reconcile: ReconcileState;
  /** By instrument. */
  readonly tally: TallyState;
}

/** The kinds' names. */
export const venueKinds = [
  "session",
  "breaker",
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
  "reconcile",
  "tally",
  ...rateActorKinds,
  ...controlActorKinds,
] as const;
