/**
 * The node's HTTP endpoints on loopback: `/metrics`, `/livez`, `/readyz`.
 *
 * Live: the event loop answers. Ready: every shard this node wants is live and every venue's gate
 * that it owns has been open once, and NATS is connected.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

/** A started server. */
export interface HealthServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Serves on `host`; port 0 takes a free one. `notReady` says what is missing, if anything. */
export const startHealthServer = async (
  registry: Registry,
  notReady: () => readonly string[],
  port: number,
  host = "127.0.0.1",
): Promise<HealthServer> => {
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "content-type": type }).end(body);
    };
    const path = request.url ?? "/";
    if (path === "/metrics") {
      registry.metrics().then(
        (text) => send(200, registry.contentType, text),
        (cause: unknown) => send(500, "text/plain", String(cause)),
      );
    } else if (path === "/livez") {
      send(200, "text/plain", "live\n");
    } else if (path === "/readyz") {
      const missing = notReady();
      send(missing.length === 0 ? 200 : 503, "text/plain", `${missing.join("\n") || "ready"}\n`);
    } else {
      send(404, "text/plain", "not here\n");
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
