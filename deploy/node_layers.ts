/**
 * The live composition: every runtime service on JetStream, over one connection.
 */
import { Effect, Layer } from "effect";
import { eventFeedJetstream } from "../runtime/event_feed_jetstream.ts";
import { journalJetstream } from "../runtime/journal_jetstream.ts";
import { leasesKv } from "../runtime/leases_kv.ts";
import { mailboxJetstream } from "../runtime/mailbox_jetstream.ts";
import { NatsConnection } from "../runtime/nats_connection.ts";
import { provisionJournals, provisionShared } from "../runtime/provision_jetstream.ts";
import type { ProvisionOptions } from "../runtime/provision_jetstream.ts";
import { snapshotStoreJetstream } from "../runtime/snapshot_store_jetstream.ts";
import type { Shard } from "../protocols/kernel/shard.ts";

/** The services of the runtime on JetStream; needs a connection. */
export const runtimeServices = Layer.mergeAll(
  journalJetstream(),
  mailboxJetstream(),
  eventFeedJetstream,
  snapshotStoreJetstream,
  leasesKv,
);

/** A connection of that name; `names` tell connections apart in the server's reports. */
export const connectionLayer = (servers: readonly string[], name: string) =>
  NatsConnection.layer({ servers, name });

/** Declares every stream and bucket of a deployment. */
export const provision = (shards: readonly Shard[], options: ProvisionOptions) =>
  Effect.andThen(provisionShared(options), provisionJournals(shards, options));
