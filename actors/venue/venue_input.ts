/**
 * What a venue shard is told, by other shards and by its driver, and what the driver is to do.
 *
 * Owns: the shapes of messages, inputs and effects.
 * Never: decides anything.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { CancelAtVenue } from "../../protocols/control.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { LegReport, VenueCommand, VenueStatusReport } from "../../protocols/venue.ts";
import type { ReconcileMessage, ReconcileVenue } from "../../protocols/venue_reconcile.ts";
import type { ControlEffect, MassCancelAnswered } from "./control_state.ts";
import type {
  LinkEnd,
  LogonAnswer,
  ResumePosition,
  UnreadableReport,
  VenueAnswer,
  VenueLimitUse,
  VenueQuery,
  VenueRefusal,
  VenueReport,
  VenueRequest,
} from "./venue_link.ts";
import type { SnapshotAnswer, SnapshotQuestion } from "./venue_snapshot.ts";

/** What travels between a venue shard and account shards, both ways. */
export type VenueMessage =
  | VenueCommand
  | LegReport
  | VenueStatusReport
  | CancelAtVenue
  | ReconcileVenue
  | ReconcileMessage;

/** What the driver tells its shard. `link` numbers the connection that it is about. */
export type VenueInput =
  | { readonly type: "connecting"; readonly link: number }
  | { readonly type: "logged_on"; readonly link: number; readonly answer: LogonAnswer }
  /** Logged on, and every missed report was handed over before this. */
  | { readonly type: "connected"; readonly link: number }
  | ({
      readonly type: "disconnected";
      readonly link: number;
      readonly reason: string;
      readonly fault: boolean;
    } & LinkEnd)
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
  | { readonly type: "snapshot"; readonly link: number; readonly answer: SnapshotAnswer }
  /** The venue refused a request or a question unseen, or the logon. */
  | { readonly type: "refused"; readonly link: number; readonly refusal: VenueRefusal }
  /** What the venue has counted against its limits. */
  | {
      readonly type: "limits";
      readonly link: number;
      readonly limits: readonly VenueLimitUse[];
    }
  | MassCancelAnswered
  /** Links fail one after the other: whether this node reaches the venue at all is doubtful. */
  | { readonly type: "unreachable"; readonly failures: number; readonly period_ms: number }
  /** The shard is to end: see `venue_drain.ts`. */
  | { readonly type: "drain" }
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
  | { readonly type: "snapshot"; readonly question: SnapshotQuestion }
  | ControlEffect
  /** Ends the link there may be and connects anew, after the back-off. */
  | {
      readonly type: "restart_link";
      readonly resume: ResumePosition;
      readonly reason: string;
      /** No logon before. */
      readonly notBefore?: Nanos;
    }
  /** Logs out, ends the link and makes no other one. */
  | { readonly type: "end_link"; readonly reason: string };
