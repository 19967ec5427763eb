/**
 * Stands beside a simulated world: follows every journal in a mirror of its own and shows the
 * checkers what is stored, sent and published.
 *
 * Owns: the mirrors. Never: changes anything in the world.
 */
import { Effect, Exit } from "effect";
import type { AccountKinds } from "../../actors/account_kinds.ts";
import type { VenueKinds } from "../../actors/venue/venue_state.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import { accountShard, shardName, shardOfName } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { lanes, parseMailboxSubject } from "../../protocols/kernel/subjects.ts";
import type { Lane } from "../../protocols/kernel/subjects.ts";
import { auditShard } from "../../runtime/audit.ts";
import { canonicalText } from "../../runtime/canonical.ts";
import type { FeedMessage } from "../../runtime/event_feed.ts";
import { decodeFrame } from "../../runtime/frame.ts";
import type { Frame } from "../../runtime/frame.ts";
import type { JournalMemory } from "../../runtime/journal_memory.ts";
import type { Delivery } from "../../runtime/mailbox.ts";
import type { MailboxMemory } from "../../runtime/mailbox_memory.ts";
import { alreadyTaken, decodeParcel } from "../../runtime/parcel.ts";
import type { HighWater } from "../../runtime/parcel.ts";
import type { ReadonlySpace } from "../../runtime/shard_model.ts";
import {
  applyFrame,
  emptyState,
  freeze,
  makeStateHasher,
  stateHash,
} from "../../runtime/shard_state.ts";
import type { ShardState } from "../../runtime/shard_state.ts";
import { allCheckers } from "./checkers/all_checkers.ts";
import { Violation } from "./checkers/checker.ts";
import type { ArrivalSeen, Checker, SendSeen } from "./checkers/checker.ts";
import type { Cluster, ShardPlan } from "./cluster.ts";
import type { Market } from "./market.ts";
import type { PaperOrder } from "./paper_order.ts";
import type { PaperVenue } from "./paper_venue.ts";
import type { WorldModels } from "./world_models.ts";

/** What a witness stands beside. */
export interface WitnessOptions {
  readonly models: WorldModels;
  readonly venueIds: readonly VenueId[];
  readonly venues: ReadonlyMap<VenueId, PaperVenue>;
  readonly market: Market;
  readonly now_ns: () => bigint;
  readonly mailboxes: MailboxMemory;
  /** An owner of that number has claimed a shard's journal. */
  readonly onClaim: (shard: string, writer: number) => void;
}

/** A world that has come to rest. */
export interface RestingWorld {
  readonly plans: readonly ShardPlan[];
  readonly cluster: Cluster;
  readonly journals: JournalMemory;
  readonly feed: readonly FeedMessage[];
  readonly acknowledged: ReadonlyMap<string, string>;
}

/** Follows one world. */
export class Witness {
  readonly #accounts = new Map<string, ShardState<AccountKinds>>();
  readonly #venues = new Map<VenueId, ShardState<VenueKinds>>();
  readonly #follow = new Map<string, (frame: Frame) => void>();
  readonly #frames = new Map<string, Frame[]>();
  /** What each mailbox was ever given, by shard and lane: the real ones are trimmed. */
  readonly #mail = new Map<string, Delivery[]>();
  readonly #mailboxes: MailboxMemory;
  readonly #checkers: readonly Checker[];
  readonly #onClaim: (shard: string, writer: number) => void;

  constructor(options: WitnessOptions) {
    const { models, venueIds, venues, market, now_ns } = options;
    this.#mailboxes = options.mailboxes;
    this.#onClaim = options.onClaim;
    models.accounts.forEach((model, index) => {
      const name = shardName(accountShard(index));
      const state = emptyState<AccountKinds>(model.kinds);
      this.#accounts.set(name, state);
      this.#follow.set(name, (frame) => applyFrame(state, model, frame));
    });
    models.venues.forEach((model, at) => {
      const state = emptyState<VenueKinds>(model.kinds);
      const id = venueIds[at];
      if (id === undefined) throw new Error("each venue has its model");
      this.#venues.set(id, state);
      this.#follow.set(`venue-${id}`, (frame) => applyFrame(state, model, frame));
    });
    const mirrors = { accounts: this.#accounts, venues: this.#venues };
    this.#checkers = allCheckers.map((make) => make({ mirrors, venues, market, now_ns }));
  }

  /** A journal has stored a frame, perhaps told again of one that it has. */
  appended(shard: Shard, data: Uint8Array, writer: number): void {
    const name = shardName(shard);
    const frame = decodeFrame(data);
    const frames = this.#frames.get(name) ?? [];
    if (frame.seq <= frames.length && frames[frame.seq - 1]?.sum === frame.sum) return;
    frames.push(frame);
    this.#frames.set(name, frames);
    if (frame.content.kind === "epoch") this.#onClaim(name, writer);
    const [first, ...rest] = this.#checkers;
    const seen = { shard, name, frame, writer };
    // Whether it continues the chain comes first: the mirror cannot follow one that does not.
    first?.onFrame?.(seen);
    this.#mirror(name, frame);
    for (const checker of rest) checker.onFrame?.(seen);
  }

  /** A frame that cannot be followed would end every replay. */
  #mirror(name: string, frame: Frame): void {
    try {
      this.#follow.get(name)?.(frame);
    } catch (cause) {
      throw new Violation("replay_equals_live", `${name} frame ${frame.seq}: ${String(cause)}`);
    }
  }

  /** Bytes of a request leave for a venue. */
  sent(seen: SendSeen): void {
    for (const checker of this.#checkers) checker.onSend?.(seen);
  }

  /** They have arrived. */
  arrived(seen: ArrivalSeen): void {
    for (const checker of this.#checkers) checker.onArrive?.(seen);
  }

  /** A mailbox has stored something, or has refused it as a repeat. */
  mailed(subject: string, data: Uint8Array): void {
    for (const [name] of this.#follow) {
      const shard = shardOfName(name);
      for (const lane of lanes) {
        const mail = this.#mailOf(shard, lane);
        const last = this.#mailboxes.messages(shard, lane).at(-1);
        if (last !== undefined && last.seq > (mail.at(-1)?.seq ?? 0)) mail.push(last);
      }
    }
    for (const checker of this.#checkers) checker.onMail?.(subject, data);
  }

  /** Something is handed in to the event feed. */
  fed(message: FeedMessage): void {
    for (const checker of this.#checkers) checker.onFeed?.(message);
  }

  /** An order at a venue changed. */
  venueChanged(venue: VenueId, order: PaperOrder): void {
    for (const checker of this.#checkers) checker.onVenue?.(venue, order);
  }

  /** A world at rest is started again. */
  restarts(): void {
    for (const checker of this.#checkers) checker.onRestart?.();
  }

  /** Why the world is not at rest. */
  unrest(): string | undefined {
    for (const checker of this.#checkers) {
      const reason = checker.unrest?.();
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** Number of the newest report of a venue's session in its present numbering that is durable. */
  durableSeq(venue: VenueId, incarnation: string): number {
    const session = this.#venues.get(venue)?.space.get("session", venue);
    return session?.incarnation === incarnation ? session.inboundSeq : 0;
  }

  /** What has not been taken from a mailbox yet. */
  undelivered(): string | undefined {
    const states = [...this.#accounts, ...[...this.#venues].map(venueEntry)];
    for (const [name, { marks, high }] of states) {
      for (const lane of lanes) {
        const unread = this.#mailOf(shardOfName(name), lane)
          .filter(({ seq }) => seq > marks[lane])
          .find((delivery) => !isRepeat(delivery, high));
        if (unread !== undefined) return `${name} has not read ${unread.subject}`;
      }
    }
    return undefined;
  }

  #mailOf(shard: Shard, lane: Lane): Delivery[] {
    const key = `${shardName(shard)} ${lane}`;
    const mail = this.#mail.get(key) ?? [];
    this.#mail.set(key, mail);
    return mail;
  }

  /** Shows the checkers the world at rest. */
  atRest(world: RestingWorld): void {
    const { plans, cluster, journals, feed, acknowledged } = world;
    const liveHashes = new Map<string, string>();
    const replayHashes = new Map<string, string>();
    for (const plan of plans) {
      const name = shardName(plan.shard);
      const isLive = cluster.read(plan, (space) => {
        liveHashes.set(name, hashOf(plan.model.kinds, space));
      });
      if (!isLive) throw new Violation("quiescence", `${name} has no live owner`, "liveness");
      replayHashes.set(name, replayOf(plan, journals));
    }
    const at = {
      shards: plans.map(({ shard }) => shard),
      mailbox: (shard: Shard, lane: Lane) => this.#mailOf(shard, lane),
      feed,
      frames: this.#frames,
      acknowledged,
      liveHashes,
      replayHashes,
    };
    for (const checker of this.#checkers) checker.atRest?.(at);
  }
}

/** A parcel of which everything was taken before makes no frame, so no mark passes it. */
const isRepeat = ({ subject, data }: Delivery, high: ReadonlyMap<string, HighWater>): boolean => {
  if (parseMailboxSubject(subject).type !== "parcel") return false;
  const { from, items } = decodeParcel(data);
  return items.every((item) => alreadyTaken(item, high.get(from)));
};

const venueEntry = <A>([id, state]: readonly [VenueId, A]): readonly [string, A] => [
  `venue-${id}`,
  state,
];

const hashOf = (
  kinds: readonly string[],
  space: ReadonlySpace<Readonly<Record<string, unknown>>>,
): string => {
  const hasher = makeStateHasher();
  for (const kind of kinds) {
    for (const [key, state] of space.entries(kind)) {
      hasher.add(`${JSON.stringify([kind, key])}\t${canonicalText(state)}`);
    }
  }
  return hasher.digest();
};

/** The state hash after a full replay; every proof that a live owner left is compared. */
const replayOf = ({ shard, model }: ShardPlan, journals: JournalMemory): string => {
  const audit = auditShard(shard, model, () => undefined).pipe(Effect.provide(journals.layer));
  const exit = Effect.runSyncExit(audit);
  if (Exit.isFailure(exit)) throw new Violation("replay_equals_live", String(exit.cause));
  return stateHash(freeze(exit.value.state));
};
