/**
 * Proves that the test cluster really replicates: a stream with three replicas survives the loss of
 * its leader, and the lost server catches up after its restart.
 */
import { connect } from "nats";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startNatsCluster } from "../support/nats_cluster.ts";
import type { NatsCluster } from "../support/nats_cluster.ts";

let cluster: NatsCluster;

beforeAll(async () => {
  cluster = await startNatsCluster();
});

afterAll(async () => {
  await cluster?.stop();
});

test("a stream with three replicas keeps its messages when its leader is killed", async () => {
  const connection = await connect({ servers: [...cluster.urls] });
  const manager = await jetstreamManager(connection, { checkAPI: false });
  await manager.streams.add({ name: "R3", subjects: ["r3"], num_replicas: 3 });
  await jetstream(connection).publish("r3", "before");
  const leader = await cluster.leaderOf("R3");
  await leader.kill();
  const next = await cluster.leaderOf("R3");
  expect(next.name).not.toBe(leader.name);
  const survivor = await connect({ servers: next.url, ignoreClusterUpdates: true });
  await jetstream(survivor).publish("r3", "after");
  await leader.restart();
  const manager2 = await jetstreamManager(survivor, { checkAPI: false });
  const info = await manager2.streams.info("R3");
  expect(info.state.messages).toBe(2);
  const replicasCurrent = async () => {
    const { cluster: peers } = await manager2.streams.info("R3");
    return peers?.replicas?.map(({ current }) => current);
  };
  await expect.poll(replicasCurrent, { timeout: 10_000 }).toEqual([true, true]);
  await survivor.close();
  await connection.close();
});

test(
  "asking for the leader of a stream that does not exist fails",
  { timeout: 40_000 },
  async () => {
    await expect(cluster.leaderOf("NONE")).rejects.toThrow(/stream not found/);
  },
);
