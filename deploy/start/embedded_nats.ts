/**
 * The nats-server that `npm start` brings along: JetStream, loopback, every append fsynced.
 *
 * Owns: its configuration, its port and the test whether it is ready.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "nats";
import { requireNatsServer } from "../setup/nats_server_binary.mjs";
import { startChild } from "./child.ts";
import type { Child } from "./child.ts";
import type { Watchdog } from "./watchdog.ts";

const portDefault = 4_222;
const ready_ms_max = 20_000;
const serverName = "natoms-demo";

/** A running server. */
export interface EmbeddedNats {
  readonly url: string;
  readonly child: Child;
}

/** True where nobody listens on that loopback port; port 0 gives a free one. */
const probe = async (port: number): Promise<number | undefined> => {
  const server = createServer();
  try {
    server.listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : undefined;
};

const choosePort = async (wanted: number | undefined): Promise<number> => {
  const port =
    (await probe(wanted ?? portDefault)) ?? (wanted === undefined ? await probe(0) : undefined);
  if (port === undefined) throw new Error(`port ${wanted ?? portDefault} is taken`);
  return port;
};

/** Starts the server with its store in `folder` and waits until JetStream answers. */
export const startEmbeddedNats = async (
  wantedPort: number | undefined,
  folder: string,
  watchdog: Watchdog,
): Promise<EmbeddedNats> => {
  const binary = requireNatsServer();
  const port = await choosePort(wantedPort);
  const configFile = join(folder, "nats.conf");
  writeFileSync(
    configFile,
    `server_name: ${serverName}
listen: "127.0.0.1:${port}"
ping_interval: "5s"
jetstream {
  store_dir: ${JSON.stringify(join(folder, "jetstream"))}
  sync_interval: always
}
`,
  );
  const spec = { name: "nats-server", program: binary.path, args: ["-c", configFile] };
  const child = startChild(spec, folder, watchdog);
  const url = `nats://127.0.0.1:${port}`;
  for (let waited_ms = 0; waited_ms < ready_ms_max; waited_ms += 50) {
    if (child.exit !== undefined) break;
    if (await answers(url).catch(() => false)) return { url, child };
    await sleep(50);
  }
  await child.end("SIGKILL", 0);
  throw new Error(`nats-server did not start:\n${child.tail().join("\n")}`);
};

const answers = async (url: string): Promise<boolean> => {
  const connection = await connect({ servers: url, reconnect: false, timeout: 1_000 });
  try {
    if (connection.info?.server_name !== serverName) return false;
    const reply: unknown = (
      await connection.request("$JS.API.INFO", "", { timeout: 1_000 })
    ).json();
    return typeof reply === "object" && reply !== null && !("error" in reply);
  } finally {
    await connection.close();
  }
};
