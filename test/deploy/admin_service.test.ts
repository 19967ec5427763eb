/**
 * The operators' service against a real server, in front of mailboxes in memory: what it has stored
 * for shards.
 */
import { Effect, Layer } from "effect";
import { connect } from "nats";
import type { NatsConnection } from "nats";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startAdminService } from "../../deploy/admin_service.ts";
import { accountShard } from "../../protocols/kernel/shard.ts";
import { adminSubject } from "../../protocols/kernel/subjects.ts";
import { Leases } from "../../runtime/leases.ts";
import { makeLeasesMemory } from "../../runtime/leases_memory.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import { makeMailboxMemory } from "../../runtime/mailbox_memory.ts";
import type { MailboxMemory } from "../../runtime/mailbox_memory.ts";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer } from "../support/nats_server.ts";

let server: NatsServer;
let client: NatsConnection;
let mailboxes: MailboxMemory;

beforeEach(async () => {
  server = await startNatsServer();
  client = await connect({ servers: server.url });
  mailboxes = makeMailboxMemory();
  const services = Layer.merge(mailboxes.layer, makeLeasesMemory().layer);
  const [mailbox, leases] = await Effect.runPromise(
    Effect.all([Mailbox, Leases]).pipe(Effect.provide(services)),
  );
  startAdminService({
    client,
    node: "n1",
    version: "1.2.3",
    deployment: { accountShards: 1, accounts: new Set(["ALFA", "BRAVO"]), venues: [] },
    mailbox,
    leases,
    status: async () => ({
      node: "n1",
      notReady: [],
      shards: [],
      venues: [],
      accounts: [],
      silent: [],
    }),
    log: pino({ level: "silent" }),
  });
  await client.flush();
});
afterEach(async () => {
  await client.close();
  await server.stop();
});

const kill = async (account: string): Promise<void> => {
  const body = { scope: "account", account, requestId: "k1", operator: "ann", reason: "drill" };
  const reply = await client.request(adminSubject("kill"), JSON.stringify(body));
  expect(reply.headers).toBeUndefined();
  expect(reply.json()).toMatchObject({ received: ["acct-0"] });
};

const accounts = (): readonly unknown[] =>
  mailboxes
    .messages(accountShard(0), "h")
    .map(
      ({ data }) =>
        (JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>)["account"],
    );

test("a repeat is stored once; another request under the same id is stored beside it", async () => {
  await kill("ALFA");
  await kill("ALFA");
  expect(accounts()).toEqual(["ALFA"]);
  await kill("BRAVO");
  expect(accounts()).toEqual(["ALFA", "BRAVO"]);
});

test("a kill outlasts a moment in which the mailboxes cannot be reached", async () => {
  const back_ms = performance.now() + 300;
  mailboxes.faults.decide = () => (performance.now() < back_ms ? "fail" : "none");
  await kill("ALFA");
  expect(accounts()).toEqual(["ALFA"]);
});
