/**
 * Mailboxes: what a shard is told arrives here, durably and in order, before anything else happens.
 *
 * Contract of every implementation (`test/runtime/mailbox_contract.ts`):
 *  1. `publish` returns only when the message is stored. A repeat with the same `msgId` within the
 *     dedup window is stored once; receivers must not rely on it.
 *  2. `consume` delivers every message of the shard's lane after `afterSeq`, in stored order, each
 *     once per consumption, across server restarts and leader changes. There are no acks: how far a
 *     shard has read is kept in its journal.
 *  3. No more than the stated prefetch is held in memory; without room, reading waits.
 */
import { Context, Schema } from "effect";
import type { Effect, Scope } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import type { Lane } from "../protocols/kernel/subjects.ts";

/** One message taken from a mailbox. */
export interface Delivery {
  readonly lane: Lane;
  /** Stream sequence: the reading position, growing, with holes. */
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  /** When the server stored it, nanoseconds since the epoch. */
  readonly stored_ns: bigint;
  /** W3C trace context, where the sender gave one. */
  readonly traceparent: string | undefined;
}

/** A publish was not stored, as far as we know: the caller repeats it with the same `msgId`. */
export class MailboxUnavailable extends Schema.TaggedError<MailboxUnavailable>()(
  "MailboxUnavailable",
  { subject: Schema.String, cause: Schema.Defect() },
) {}

/** The consumption broke for good (stream gone, permission lost); the shard must restart. */
export class MailboxBroken extends Schema.TaggedError<MailboxBroken>()("MailboxBroken", {
  shard: Schema.String,
  lane: Schema.String,
  cause: Schema.Defect(),
}) {}

/** Where deliveries go: the shard's bounded intake. */
export interface Intake {
  /** Takes one delivery; false says that there is no room for another until `room` completes. */
  readonly deliver: (delivery: Delivery) => boolean;
  /** Completes when there is room again on the lane. */
  readonly room: (lane: Lane) => Effect.Effect<void>;
}

/** Publishes to and reads from mailboxes. */
export class Mailbox extends Context.Service<
  Mailbox,
  {
    /** Stores a message under an exact mailbox subject. */
    readonly publish: (
      subject: string,
      data: Uint8Array,
      msgId: string,
    ) => Effect.Effect<void, MailboxUnavailable>;
    /** Delivers into `intake` until interrupted; fails only with `MailboxBroken`. */
    readonly consume: (
      shard: Shard,
      lane: Lane,
      afterSeq: number,
      intake: Intake,
    ) => Effect.Effect<never, MailboxBroken, Scope.Scope>;
    /**
     * Removes what the shard has read, up to and including a sequence that its journal holds: a
     * mailbox that is full refuses new messages.
     */
    readonly trim: (
      shard: Shard,
      lane: Lane,
      throughSeq: number,
    ) => Effect.Effect<void, MailboxUnavailable>;
  }
>()("natoms/runtime/Mailbox") {}
