/**
 * A world of in-memory runtime services: shards that are started on it anew find what was stored.
 */
import { Layer } from "effect";
import { makeEventFeedMemory } from "../../runtime/event_feed_memory.ts";
import { makeJournalMemory } from "../../runtime/journal_memory.ts";
import { makeMailboxMemory } from "../../runtime/mailbox_memory.ts";
import { makeSnapshotStoreMemory } from "../../runtime/snapshot_store_memory.ts";

/** Makes an empty world. */
export const makeWorld = () => {
  const journal = makeJournalMemory();
  const mailbox = makeMailboxMemory();
  const feed = makeEventFeedMemory();
  const snapshots = makeSnapshotStoreMemory();
  const services = Layer.mergeAll(journal.layer, mailbox.layer, feed.layer, snapshots.layer);
  return { journal, mailbox, feed, snapshots, services };
};
