/**
 * Provisioning: can be repeated, brings in line what it may, refuses the rest by name; and a
 * connection refuses servers that it cannot use.
 *
 * Owns: one server of its own.
 * Never: shares streams with other tests.
 */
import { afterAll, beforeAll, describe, it, assert } from "vitest";
import { Effect, Layer } from "effect";
import { connect } from "nats";
import type { NatsConnection as Client } from "nats";
import { jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import { AccountId } from "../../protocols/kernel/ids.ts";
import { accountShard, accountShardIndex } from "../../protocols/kernel/shard.ts";
import { buckets, journalStream, placedCommandSubject } from "../../protocols/kernel/subjects.ts";
import { commandSubject, streams } from "../../protocols/kernel/subjects.ts";
import { defaultLimits } from "../../runtime/jetstream_limits.ts";
import { NatsConnection, versionAtLeast } from "../../runtime/nats_connection.ts";
import {
  ProvisionRefused,
  provisionJournals,
  provisionShared,
} from "../../runtime/provision_jetstream.ts";
import type { ProvisionOptions } from "../../runtime/provision_jetstream.ts";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer } from "../support/nats_server.ts";

let server: NatsServer;
let client: Client;
let manager: JetStreamManager;

const options: ProvisionOptions = { replicas: 1, accountShards: 16 };

beforeAll(async () => {
  server = await startNatsServer();
  client = await connect({ servers: server.url });
  manager = await jetstreamManager(client);
});

afterAll(async () => {
  await client.close();
  await server.stop();
});

const run = <A, E>(effect: Effect.Effect<A, E, NatsConnection>): Promise<A> => {
  const layer = NatsConnection.layer({ servers: server.url, name: "provision" });
  return Effect.runPromise(Effect.provide(effect, Layer.fresh(layer)));
};

const all = (wanted: ProvisionOptions) =>
  provisionShared(wanted).pipe(Effect.andThen(provisionJournals([accountShard(3)], wanted)));

describe("provisioning", () => {
  it("makes every stream and bucket, and changes nothing when it is repeated", async () => {
    await Promise.all([run(all(options)), run(all(options))]);
    const names = [
      streams.mailbox.n,
      streams.mailbox.h,
      streams.events,
      streams.snapshots,
      streams.deadLetters,
      `KV_${buckets.nodes}`,
      `KV_${buckets.leases}`,
      journalStream(accountShard(3)),
    ];
    const before = await Promise.all(names.map((name) => manager.streams.info(name)));
    await run(all(options));
    const after = await Promise.all(names.map((name) => manager.streams.info(name)));
    assert.deepStrictEqual(
      after.map(({ config }) => config),
      before.map(({ config }) => config),
    );
    for (const { config } of after) assert.strictEqual(config.metadata?.["owner"], "natoms");
    assert.isTrue(after.at(-1)?.config.deny_delete);
  });

  it("places every command where the client-side rule places it", async () => {
    await run(all(options));
    for (let n = 0; n < 40; n += 1) {
      const account = AccountId.make(`Acc_${n * 7919}-${n}`);
      for (const verb of ["submit", "replace", "cancel"] as const) {
        const subject = commandSubject(account, "s", `o${n}`, verb);
        const reply = await client.request(subject, "x");
        const { seq, stream } = reply.json<{ seq: number; stream: string }>();
        const stored = await manager.streams.getMessage(stream, { seq });
        assert.isNotNull(stored);
        assert.strictEqual(stored.subject, placedCommandSubject(subject, options.accountShards));
        const shard = `.acct.${accountShardIndex(account, options.accountShards)}.`;
        assert.include(stored.subject, shard);
        const lane = verb === "cancel" ? "h" : "n";
        assert.strictEqual(stream, streams.mailbox[lane]);
      }
    }
  });

  it("refuses another number of account shards", async () => {
    await run(all(options));
    const failure = await run(Effect.flip(all({ ...options, accountShards: 8 })));
    assert.instanceOf(failure, ProvisionRefused);
    assert.strictEqual(failure.stream, streams.mailbox.n);
    assert.include(failure.message, "account_shards 16");
    const range = await run(Effect.flip(all({ ...options, accountShards: 0 })));
    assert.instanceOf(range, ProvisionRefused);
  });

  it("updates a limit that an operator changed", async () => {
    await run(all(options));
    await manager.streams.update(streams.events, { max_age: 3_600_000_000_000 });
    await run(all(options));
    const info = await manager.streams.info(streams.events);
    assert.strictEqual(info.config.max_age, defaultLimits.events.age_ms_max * 1_000_000);
  });

  it("names the stream and the difference where the server will not update it", async () => {
    const name = journalStream(accountShard(9));
    await manager.streams.add({ name, subjects: ["elsewhere"], storage: "memory" });
    const failure = await run(Effect.flip(provisionJournals([accountShard(9)], options)));
    assert.instanceOf(failure, ProvisionRefused);
    assert.include(failure.message, name);
    assert.include(failure.message, 'storage: "memory" → "file"');
  });

  it("relaxes the feed's storage alone, and only where asked", async () => {
    const own = await startNatsServer();
    const layer = NatsConnection.layer({ servers: own.url, name: "relaxed" });
    await Effect.runPromise(
      Effect.provide(provisionShared({ ...options, relaxed: true }), Layer.fresh(layer)),
    );
    const other = await connect({ servers: own.url });
    const streamsOf = (await jetstreamManager(other)).streams;
    assert.strictEqual((await streamsOf.info(streams.events)).config.persist_mode, "async");
    const mailbox = await streamsOf.info(streams.mailbox.n);
    assert.notStrictEqual(mailbox.config.persist_mode, "async");
    await Effect.runPromise(
      Effect.provide(provisionShared({ ...options, relaxed: true }), Layer.fresh(layer)),
    );
    await other.close();
    await own.stop();
  });
});

describe("connecting", () => {
  it("gives up within its time where nobody listens, and says where", async () => {
    const servers = "nats://127.0.0.1:9";
    const layer = NatsConnection.layer({ servers, name: "nobody", firstConnect_ms_max: 300 });
    const failure = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(layer))));
    assert.strictEqual(failure._tag, "NatsUnreachable");
    assert.include(failure.message, servers);
  });

  it("never shows the credentials that a URL carries", async () => {
    const servers = ["nats://trader:S3CRET@127.0.0.1:9", "nats://tok3n@127.0.0.1:9"];
    const layer = NatsConnection.layer({ servers, name: "nobody", firstConnect_ms_max: 100 });
    const failure = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(layer))));
    assert.notMatch(`${failure.message} ${JSON.stringify(failure)}`, /S3CRET|trader|tok3n/);
  });

  it("compares versions by number", () => {
    assert.isTrue(versionAtLeast("2.14.5", "2.14.5"));
    assert.isTrue(versionAtLeast("2.15.0-dev", "2.14.5"));
    assert.isTrue(versionAtLeast("3.0.0", "2.14.5"));
    assert.isFalse(versionAtLeast("2.14.4", "2.14.5"));
    assert.isFalse(versionAtLeast("2.9.10", "2.14.5"));
    assert.isTrue(versionAtLeast("2.14.10", "2.14.5"));
  });
});
