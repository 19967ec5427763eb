/**
 * A whole small deployment for one server mode: servers, a venue, a node in a process of its own.
 *
 * Owns: its processes and its folder. In a cluster, everybody talks to one server and every stream
 * is led there (`gatherLeaders`), so that floor and product cross the same wires.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { connect } from "nats";
import type { NatsConnection } from "nats";
import { startNatsCluster } from "../support/nats_cluster.ts";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer } from "../support/nats_server.ts";
import { configText, instrumentName, venueName } from "./bench_config.ts";
import type { ServerMode } from "./bench_options.ts";
import { makeFloorStreams } from "./floor_streams.ts";
import { market } from "./order_body.ts";
import { gatherLeaders } from "./stream_facts.ts";
import type { VenueStubJobs } from "./venue_stub.ts";
import { startWorker } from "./worker.ts";
import type { Worker } from "./worker.ts";

/** Account shards of the deployment. */
export const accountShards = 4;

/** A running deployment. */
export interface Deployment extends AsyncDisposable {
  readonly mode: ServerMode;
  /** The server that everybody talks to. */
  readonly server: NatsServer;
  readonly connection: NatsConnection;
  readonly venue: Worker<VenueStubJobs>;
  readonly venuePort: number;
  readonly nodePid: number;
}

const node_ms_max = 60_000;
const nodeEnd_ms_max = 30_000;

/** Starts everything; completes when the node is ready and leaders are where they are wanted. */
export const startDeployment = async (
  mode: ServerMode,
  profile: string | undefined,
): Promise<Deployment> => {
  await using stack = new AsyncDisposableStack();
  const { servers, replicas } = await startServers(mode, stack);
  const [server] = servers;
  if (server === undefined) throw new Error("a deployment has a server");
  const folder = mkdtempSync(join(tmpdir(), "natoms-bench-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, "config.json");
  writeFileSync(config, configText(accountShards));
  const venue = startWorker<VenueStubJobs>("venue_stub.ts");
  stack.defer(venue.end);
  const instruments = [instrumentName];
  const venuePort = await venue.ask("listen", { venue: venueName, instruments, ...market });
  const node = await startNode(
    [
      ...(profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profile]),
      fileURLToPath(new URL("../../deploy/node.ts", import.meta.url)),
      ...["--nats", server.url, "--config", config, "--replicas", String(replicas)],
      ...["--venue", `${venueName}=127.0.0.1:${venuePort}`],
      ...["--log-level", "warn", "--exit-with-parent"],
    ],
    stack,
  );
  const connection = await connect({ servers: server.url, noAsyncTraces: true });
  stack.defer(() => connection.close());
  await makeFloorStreams(connection, replicas);
  await gatherLeaders(connection, server.name);
  const owned = stack.move();
  return {
    mode,
    server,
    connection,
    venue,
    venuePort,
    nodePid: node.pid ?? 0,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const startServers = async (
  mode: ServerMode,
  stack: AsyncDisposableStack,
): Promise<{ readonly servers: readonly NatsServer[]; readonly replicas: 1 | 3 }> => {
  if (mode === "R3") {
    const cluster = stack.use(await startNatsCluster());
    return { servers: cluster.servers, replicas: 3 };
  }
  const server = stack.use(await startNatsServer({ syncAlways: mode === "R1 sync" }));
  return { servers: [server], replicas: 1 };
};

const startNode = async (
  args: readonly string[],
  stack: AsyncDisposableStack,
): Promise<ChildProcess> => {
  const node = spawn(process.execPath, [...args], { stdio: ["pipe", "pipe", "pipe"] });
  stack.defer(() => endNode(node));
  const complaints: string[] = [];
  createInterface({ input: node.stderr }).on("line", (line) => {
    complaints.push(line);
    if (complaints.length > 20) complaints.shift();
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new Error(`the node ${what}\n${complaints.join("\n")}`));
    const timer = setTimeout(() => fail("is not ready"), node_ms_max);
    node.once("exit", (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${signal ?? code}`);
    });
    createInterface({ input: node.stdout }).on("line", (line) => {
      clearTimeout(timer);
      if (line.startsWith('{"ready"')) resolve();
    });
  });
  return node;
};

const endNode = async (node: ChildProcess): Promise<void> => {
  if (node.exitCode !== null || node.signalCode !== null) return;
  const ended = once(node, "exit");
  node.kill("SIGTERM");
  const killer = setTimeout(() => node.kill("SIGKILL"), nodeEnd_ms_max);
  await ended;
  clearTimeout(killer);
};
