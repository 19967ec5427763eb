/**
 * What the small world of the venue shard keeps of its venue and of its connections.
 */
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import type {
  ResumePosition,
  VenueLinkSink,
  VenueQuery,
  VenueRequest,
} from "../../../actors/venue/venue_link.ts";
import type { SnapshotQuestion } from "../../../actors/venue/venue_snapshot.ts";

/** What the venue knows of one order. */
export interface VenueRecord {
  readonly venueOrderId: string;
  clOrdId: LegClOrdId;
  status: "new" | "filled" | "canceled" | "rejected";
  cum: number;
}

/** What is on its way to the venue. */
export type OnTheWay =
  | { readonly type: "request"; readonly request: VenueRequest }
  | { readonly type: "query"; readonly query: VenueQuery }
  | { readonly type: "snapshot"; readonly question: SnapshotQuestion };

/** A connection. */
export interface Wire {
  readonly sink: VenueLinkSink;
  readonly resume: ResumePosition;
  toVenue: OnTheWay[];
  toUs: (() => void)[];
  state: "new" | "live" | "dead";
}
