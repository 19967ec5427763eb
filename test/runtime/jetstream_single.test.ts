/**
 * The JetStream services pass the contracts on one real server.
 *
 * Owns: nothing but the wiring.
 * Never: faults; those have files of their own.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer } from "../support/nats_server.ts";
import { eventFeedContract } from "./event_feed_contract.ts";
import { startWorld } from "./jetstream_world.ts";
import type { JetstreamWorld } from "./jetstream_world.ts";
import { journalContract } from "./journal_contract.ts";
import { leasesContract } from "./leases_contract.ts";
import { mailboxContract, mailboxRegressContract } from "./mailbox_contract.ts";
import { snapshotStoreContract } from "./snapshot_store_contract.ts";

let server: NatsServer;
let world: JetstreamWorld;

beforeAll(async () => {
  server = await startNatsServer();
  world = await startWorld([server.url], { replicas: 1 });
});

afterAll(async () => {
  await world.close();
  await server.stop();
});

describe("on one server", () => {
  journalContract(() => world);
  mailboxContract(() => world);
  mailboxRegressContract(() => world);
  eventFeedContract(() => world.feed);
  snapshotStoreContract(() => world.snapshots);
  leasesContract(() => world);
});
