/**
 * Starts a real cluster of three nats-servers on loopback for a test.
 *
 * "Ready" means that the meta leader exists, all three peers are known and a stream with three
 * replicas can be made: a probe stream is made and deleted again to prove it.
 *
 * Owns: the layout of the cluster and the question who leads a stream.
 * Never: leaves a process or a folder behind.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { connect } from "nats";
import type { NatsConnection } from "nats";
import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import { startClusterMember } from "./nats_server.ts";
import type { NatsServer, NatsServerOptions } from "./nats_server.ts";
import { freePort } from "./server_process.ts";

const CLUSTER_SIZE = 3;
const READY_MS_MAX = 40_000;
const LEADER_MS_MAX = 20_000;
const POLL_MS = 50;
const START_ATTEMPTS_MAX = 5;

/** Options of every server in the cluster; ports and folders are always chosen here. */
export type NatsClusterOptions = Pick<NatsServerOptions, "syncAlways" | "maxPayload">;

/** A running cluster; each server can be killed, restarted and suspended on its own. */
export interface NatsCluster extends AsyncDisposable {
  readonly servers: ReadonlyArray<NatsServer>;
  /** Addresses of all servers, for a client that fails over. */
  readonly urls: ReadonlyArray<string>;
  /** The server that leads the stream now; waits out an election. Throws without such a stream. */
  leaderOf(stream: string): Promise<NatsServer>;
  /** Ends all servers and removes their folders. */
  stop(): Promise<void>;
}

/** Waiting does not bring a stream into being that nobody made. */
function isStreamNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

/** Calls `attempt` until it returns a value, or gives up with the last failure. */
async function until<A>(ms_max: number, attempt: () => Promise<A | undefined>): Promise<A> {
  const deadline_ms = Date.now() + ms_max;
  let failure: unknown = new Error(`not reached within ${ms_max} ms`);
  do {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
    } catch (error) {
      if (isStreamNotFound(error)) throw error;
      failure = error;
    }
    await sleep(POLL_MS);
  } while (Date.now() < deadline_ms);
  throw failure;
}

async function withManager<A>(
  urls: ReadonlyArray<string>,
  work: (manager: JetStreamManager) => Promise<A>,
): Promise<A> {
  const connection: NatsConnection = await connect({
    servers: [...urls],
    reconnect: false,
    timeout: 2_000,
  });
  try {
    return await work(await jetstreamManager(connection, { timeout: 2_000, checkAPI: false }));
  } finally {
    await connection.close();
  }
}

function runningUrls(servers: ReadonlyArray<NatsServer>): ReadonlyArray<string> {
  return servers.filter((server) => server.isRunning).map((server) => server.url);
}

async function waitForReplication(servers: ReadonlyArray<NatsServer>): Promise<void> {
  const name = `probe-${randomUUID()}`;
  await until(READY_MS_MAX, () =>
    withManager(runningUrls(servers), async (manager) => {
      await manager.streams.add({ name, subjects: [name], num_replicas: CLUSTER_SIZE });
      return true;
    }),
  );
  await until(READY_MS_MAX, () =>
    withManager(
      runningUrls(servers),
      async (manager) => (await manager.streams.delete(name)) || undefined,
    ),
  );
}

async function startMembers(options: NatsClusterOptions): Promise<ReadonlyArray<NatsServer>> {
  const ports = new Set<number>();
  while (ports.size < 2 * CLUSTER_SIZE) ports.add(await freePort());
  const clientPorts = [...ports].slice(0, CLUSTER_SIZE);
  const routePorts = [...ports].slice(CLUSTER_SIZE);
  const clusterName = `natoms-${randomUUID()}`;
  const starts = await Promise.allSettled(
    clientPorts.map((port, index) =>
      startClusterMember(port, options, {
        clusterName,
        routePort: routePorts[index] ?? 0,
        peerRoutePorts: routePorts.filter((_, peer) => peer !== index),
      }),
    ),
  );
  const started = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const failed = starts.find((start) => start.status === "rejected");
  if (failed === undefined) return started;
  await Promise.all(started.map((server) => server.stop()));
  throw failed.reason;
}

async function startMembersOnFreePorts(
  options: NatsClusterOptions,
): Promise<ReadonlyArray<NatsServer>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startMembers(options);
    } catch (error) {
      const portWasTaken = error instanceof Error && /address already in use/.test(error.message);
      if (!portWasTaken || attempt === START_ATTEMPTS_MAX) throw error;
    }
  }
}

/** Starts the cluster and waits until a stream with three replicas can be made. */
export async function startNatsCluster(options: NatsClusterOptions = {}): Promise<NatsCluster> {
  const servers = await startMembersOnFreePorts(options);
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    await waitForReplication(servers);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    urls: servers.map((server) => server.url),
    leaderOf: (stream) =>
      until(LEADER_MS_MAX, () =>
        withManager(runningUrls(servers), async (manager) => {
          const info = await manager.streams.info(stream);
          const leader = info.cluster?.leader;
          return servers.find((server) => server.name === leader && server.isRunning);
        }),
      ),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
