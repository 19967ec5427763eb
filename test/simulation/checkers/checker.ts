/**
 * What a checker is shown of a simulated world, and how it says that an invariant is broken.
 *
 * A checker knows one invariant of the design and no scenario. It sees what is stored, sent and
 * published as it happens, and the whole world once it has come to rest.
 */
import type { AccountKinds } from "../../../actors/account_kinds.ts";
import type { VenueRefusal, VenueRequest } from "../../../actors/venue/venue_link.ts";
import type { VenueKinds } from "../../../actors/venue/venue_state.ts";
import type { VenueId } from "../../../protocols/kernel/ids.ts";
import type { Shard } from "../../../protocols/kernel/shard.ts";
import type { FeedMessage } from "../../../runtime/event_feed.ts";
import type { Frame } from "../../../runtime/frame.ts";
import type { Delivery } from "../../../runtime/mailbox.ts";
import type { ShardState } from "../../../runtime/shard_state.ts";
import type { Market } from "../market.ts";
import type { PaperOrder } from "../paper_order.ts";
import type { PaperVenue } from "../paper_venue.ts";

/** How a run went wrong: each has an exit status of its own. */
export type ViolationKind = "crash" | "liveness" | "correctness";

/** An invariant does not hold. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly checker: string;
  readonly kind: ViolationKind;

  constructor(checker: string, text: string, kind: ViolationKind = "correctness") {
    super(`${checker}: ${text}`);
    this.checker = checker;
    this.kind = kind;
  }
}

/** What the journals say, followed frame by frame beside the owners. */
export interface Mirrors {
  readonly accounts: ReadonlyMap<string, ShardState<AccountKinds>>;
  readonly venues: ReadonlyMap<VenueId, ShardState<VenueKinds>>;
}

/** A frame that a journal has stored; the mirrors have followed it. */
export interface FrameSeen {
  readonly shard: Shard;
  readonly name: string;
  readonly frame: Frame;
  /** The number of the owner that appended it. */
  readonly writer: number;
}

/** A request whose bytes leave for a venue in this instant. */
export interface SendSeen {
  readonly venue: VenueId;
  readonly request: VenueRequest;
  readonly now_ns: bigint;
}

/** A request has arrived at a venue, which takes it or refuses it unseen. */
export interface ArrivalSeen extends SendSeen {
  readonly refusal: VenueRefusal | undefined;
}

/** A world at rest, or one that did not come to rest in time. */
export interface WorldAtRest {
  readonly shards: readonly Shard[];
  readonly mailbox: (shard: Shard, lane: "h" | "n") => readonly Delivery[];
  readonly feed: readonly FeedMessage[];
  readonly frames: ReadonlyMap<string, readonly Frame[]>;
  /** Commands whose storing was acknowledged to a strategy, by message id: their subjects. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** State hashes of the live owners by shard. */
  readonly liveHashes: ReadonlyMap<string, string>;
  /** State hashes after a replay from the first frame, all proofs on the way compared. */
  readonly replayHashes: ReadonlyMap<string, string>;
}

/** What every checker may look at. */
export interface Evidence {
  readonly mirrors: Mirrors;
  readonly venues: ReadonlyMap<VenueId, PaperVenue>;
  readonly market: Market;
  /** The world's own time. */
  readonly now_ns: () => bigint;
}

/** One invariant. Each function throws a `Violation`. */
export interface Checker {
  readonly name: string;
  readonly onFrame?: (seen: FrameSeen) => void;
  readonly onSend?: (seen: SendSeen) => void;
  readonly onArrive?: (seen: ArrivalSeen) => void;
  /** A parcel or command was handed in to a mailbox. */
  readonly onMail?: (subject: string, data: Uint8Array) => void;
  readonly onFeed?: (message: FeedMessage) => void;
  /** An order at a venue changed, or was reported on. */
  readonly onVenue?: (venue: VenueId, order: PaperOrder) => void;
  /** The world has come to rest, and is started again: from here on nothing is news. */
  readonly onRestart?: () => void;
  readonly atRest?: (world: WorldAtRest) => void;
  /** Why the world is not at rest; undefined where it is, as far as this invariant goes. */
  readonly unrest?: () => string | undefined;
}

/** Makes a checker for one run. */
export type CheckerMaker = (evidence: Evidence) => Checker;
