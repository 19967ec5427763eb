/**
 * The in-memory twins of a simulated world: the journals, mailboxes, event feed and snapshots that
 * all of its processes reach.
 *
 * Owns: how they are made. What happens on the way to them is in `services.ts`.
 */
import { Effect, Layer } from "effect";
import type { Context } from "effect";
import { makeEventFeedMemory } from "../../runtime/event_feed_memory.ts";
import type { EventFeedMemory } from "../../runtime/event_feed_memory.ts";
import { makeJournalMemory } from "../../runtime/journal_memory.ts";
import type { JournalMemory } from "../../runtime/journal_memory.ts";
import { makeMailboxMemory } from "../../runtime/mailbox_memory.ts";
import type { MailboxMemory } from "../../runtime/mailbox_memory.ts";
import { makeSnapshotStoreMemory } from "../../runtime/snapshot_store_memory.ts";
import type { SnapshotStoreMemory } from "../../runtime/snapshot_store_memory.ts";
import type { ShardServices } from "../support/ledger_world.ts";

/** The twins of one world. */
export interface Twins {
  readonly journals: JournalMemory;
  readonly mailboxes: MailboxMemory;
  readonly feed: EventFeedMemory;
  /** Makes what is kept of a shard's states unreadable. */
  readonly spoil: SnapshotStoreMemory["spoil"];
  readonly context: Context.Context<ShardServices>;
}

/** Makes the twins of a world with so many account shards. */
export const makeTwins = (accountShards: number): Twins => {
  const journals = makeJournalMemory();
  const mailboxes = makeMailboxMemory({ accountShards });
  const feed = makeEventFeedMemory();
  const { layer, spoil } = makeSnapshotStoreMemory();
  const twins = Layer.mergeAll(journals.layer, mailboxes.layer, feed.layer, layer);
  const context = Effect.runSync(Effect.scoped(Layer.build(twins)));
  return { journals, mailboxes, feed, spoil, context };
};
