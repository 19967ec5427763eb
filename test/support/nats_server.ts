/**
 * Starts a real nats-server with JetStream for a test, on loopback and in a folder of its own.
 *
 * Faults are real ones: SIGKILL, restart on the same port and store, SIGSTOP. "Ready" means that
 * the server which we started (by name, not just by port) answers a JetStream API request.
 *
 * Owns: the configuration of test servers and the readiness test.
 * Never: leaves a process or a folder behind, whichever way the test ends.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { connect } from "nats";
import { ServerProcess, freePort, makeWorkDir, removeWorkDir } from "./server_process.ts";

const READY_MS_MAX = 30_000;
const READY_POLL_MS = 20;
const START_ATTEMPTS_MAX = 5;
const MEGABYTE_BYTES = 1_048_576;

/** What a test may choose about its server; each has a default. */
export interface NatsServerOptions {
  /** Fsync every append before its acknowledgement (default false: the server's own interval). */
  readonly syncAlways?: boolean;
  /** Default: a free port. */
  readonly port?: number;
  /** Default: a temporary folder, removed by `stop`. A given folder is never removed. */
  readonly storeDir?: string;
  /** Largest message in bytes (default 1 MiB). */
  readonly maxPayload?: number;
}

/** A place in a cluster; only `nats_cluster.ts` sets it. */
export interface ClusterMembership {
  readonly clusterName: string;
  readonly routePort: number;
  readonly peerRoutePorts: ReadonlyArray<number>;
}

/** A running server and the ways to hurt it. */
export interface NatsServer extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly storeDir: string;
  /** Process id of the present incarnation; throws while the server is down. */
  readonly pid: number;
  readonly isRunning: boolean;
  /** Ends the server in order and removes its temporary folder; it cannot be used afterwards. */
  stop(): Promise<void>;
  /** SIGKILL; resolves once the process is gone. The store stays for `restart`. */
  kill(): Promise<void>;
  /** Starts again on the same port and store; a running server is first ended in order. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. Resolves once the process stands still. */
  suspend(): Promise<void>;
  /** SIGCONT: the end of `suspend`. */
  resume(): void;
  /** The last lines of the server's log. */
  logTail(): string;
}

function clusterBlock(membership: ClusterMembership): string {
  const routes = membership.peerRoutePorts.map((port) => `nats-route://127.0.0.1:${port}`);
  return `cluster {
  name: ${membership.clusterName}
  listen: "127.0.0.1:${membership.routePort}"
  no_advertise: true
  routes: [${routes.map((route) => `"${route}"`).join(", ")}]
}
`;
}

function serverConfig(
  name: string,
  port: number,
  storeDir: string,
  options: NatsServerOptions,
  membership: ClusterMembership | undefined,
): string {
  const sync = options.syncAlways === true ? "  sync_interval: always\n" : "";
  return `server_name: ${name}
listen: "127.0.0.1:${port}"
max_payload: ${options.maxPayload ?? MEGABYTE_BYTES}
ping_interval: "5s"
write_deadline: "5s"
jetstream {
  store_dir: ${JSON.stringify(storeDir)}
${sync}}
${membership === undefined ? "" : clusterBlock(membership)}`;
}

/** One attempt: true when this very server answers a JetStream request without an error. */
async function answersJetStream(url: string, name: string): Promise<boolean> {
  const connection = await connect({
    servers: url,
    reconnect: false,
    timeout: 1_000,
    ignoreClusterUpdates: true,
  });
  try {
    if (connection.info?.server_name !== name) return false;
    const reply = await connection.request("$JS.API.INFO", undefined, { timeout: 1_000 });
    const answer: unknown = reply.json();
    return typeof answer === "object" && answer !== null && !("error" in answer);
  } finally {
    await connection.close();
  }
}

async function waitUntilReady(server: ServerProcess, url: string, name: string): Promise<void> {
  const deadline_ms = Date.now() + READY_MS_MAX;
  for (;;) {
    if (!server.isRunning) throw new Error(`nats-server ended:\n${server.logTail()}`);
    if (await answersJetStream(url, name).catch(() => false)) return;
    if (Date.now() > deadline_ms) throw new Error(`nats-server not ready:\n${server.logTail()}`);
    await sleep(READY_POLL_MS);
  }
}

/** Assembles the handle around a process that is already configured. */
function handle(
  name: string,
  port: number,
  storeDir: string,
  workDir: string,
  server: ServerProcess,
): NatsServer {
  const url = `nats://127.0.0.1:${port}`;
  let stopped = false;
  const stop = async (): Promise<void> => {
    stopped = true;
    await server.end("SIGTERM");
    removeWorkDir(workDir);
  };
  return {
    name,
    url,
    port,
    storeDir,
    get pid() {
      return server.pid;
    },
    get isRunning() {
      return server.isRunning;
    },
    stop,
    kill: () => server.end("SIGKILL"),
    restart: async () => {
      if (stopped) throw new Error("a stopped nats-server cannot be restarted");
      await server.end("SIGTERM");
      server.start();
      await waitUntilReady(server, url, name);
    },
    suspend: () => server.suspend(),
    resume: () => server.resume(),
    logTail: () => server.logTail(),
    [Symbol.asyncDispose]: stop,
  };
}

/** One start; the folder is removed again when it fails. */
async function startOnce(
  port: number,
  options: NatsServerOptions,
  membership: ClusterMembership | undefined,
): Promise<NatsServer> {
  const name = `natoms-${randomUUID()}`;
  const workDir = makeWorkDir();
  const storeDir = options.storeDir ?? join(workDir, "store");
  const config = serverConfig(name, port, storeDir, options, membership);
  const server = new ServerProcess(workDir, config);
  try {
    server.start();
    const started = handle(name, port, storeDir, workDir, server);
    await waitUntilReady(server, started.url, name);
    return started;
  } catch (error) {
    await server.end("SIGKILL");
    removeWorkDir(workDir);
    throw error;
  }
}

/** Starts a server of a cluster on exactly the given port. */
export function startClusterMember(
  port: number,
  options: NatsServerOptions,
  membership: ClusterMembership,
): Promise<NatsServer> {
  return startOnce(port, options, membership);
}

/**
 * Starts a server and waits until JetStream answers.
 *
 * A free port can be taken by somebody else before the server binds it; then another is tried. A
 * port given in the options is tried once.
 *
 * @throws Error with the end of the server's log when it does not become ready
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  if (options.port !== undefined) return startOnce(options.port, options, undefined);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(await freePort(), options, undefined);
    } catch (error) {
      const portWasTaken = error instanceof Error && /address already in use/.test(error.message);
      if (!portWasTaken || attempt === START_ATTEMPTS_MAX) throw error;
    }
  }
}
