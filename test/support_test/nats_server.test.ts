/**
 * Proves that the test server really is what the fault tests rely on: durable across SIGKILL,
 * silent while suspended, and gone when its test process dies.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "nats";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { expect, onTestFinished, test } from "vitest";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer, NatsServerOptions } from "../support/nats_server.ts";

async function started(options: NatsServerOptions = {}): Promise<NatsServer> {
  const server = await startNatsServer(options);
  onTestFinished(() => server.stop());
  return server;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function store(server: NatsServer, bodies: ReadonlyArray<string>): Promise<void> {
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "KEPT", subjects: ["kept"] });
  for (const body of bodies) await jetstream(connection).publish("kept", body);
  await connection.close();
}

async function storedBodies(server: NatsServer): Promise<ReadonlyArray<string>> {
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info("KEPT");
  const bodies: Array<string> = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await manager.streams.getMessage("KEPT", { seq });
    bodies.push(message?.string() ?? "missing");
  }
  await connection.close();
  return bodies;
}

test("a killed server restarts on the same port with every acknowledged message", async () => {
  const server = await started({ syncAlways: true });
  await store(server, ["a", "b", "c"]);
  const pid = server.pid;
  await server.kill();
  expect(isAlive(pid)).toBe(false);
  expect(server.isRunning).toBe(false);
  await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/refused/i);
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await storedBodies(server)).toEqual(["a", "b", "c"]);
});

test("an orderly restart keeps the messages too", async () => {
  const server = await started();
  await store(server, ["a"]);
  await server.restart();
  expect(await storedBodies(server)).toEqual(["a"]);
});

test("a suspended server answers nothing until it is resumed", async () => {
  const server = await started();
  const connection = await connect({ servers: server.url });
  await server.suspend();
  const suspended = connection.request("$JS.API.INFO", undefined, { timeout: 300 });
  await expect(suspended).rejects.toThrow(/timeout/i);
  server.resume();
  const reply = await connection.request("$JS.API.INFO", undefined, { timeout: 5_000 });
  expect(reply.string()).toContain("account_info_response");
  await connection.close();
});

test("the payload limit is the one asked for", async () => {
  const server = await started({ maxPayload: 2_048 });
  const connection = await connect({ servers: server.url });
  expect(connection.info?.max_payload).toBe(2_048);
  await connection.close();
});

test("a taken port is reported with the server's own words", async () => {
  const server = await started();
  await expect(startNatsServer({ port: server.port })).rejects.toThrow(/address already in use/);
});

test("a stopped server is gone, with its store", async () => {
  const server = await startNatsServer();
  const { pid, storeDir } = server;
  expect(existsSync(storeDir)).toBe(true);
  await server.stop();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(storeDir)).toBe(false);
});

test("SIGKILL of the process that started a server ends the server as well", async () => {
  const launcher = new URL("../support/nats_server.ts", import.meta.url).href;
  const script = `
    const { startNatsServer } = await import(${JSON.stringify(launcher)});
    const server = await startNatsServer();
    console.log(JSON.stringify({ pid: server.pid, storeDir: server.storeDir }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(owner.stdout), "line")) as [string];
  const { pid, storeDir } = JSON.parse(line) as { pid: number; storeDir: string };
  expect(isAlive(pid)).toBe(true);
  owner.kill("SIGKILL");
  await once(owner, "exit");
  for (let polls = 0; polls < 100 && (isAlive(pid) || existsSync(storeDir)); polls += 1) {
    await sleep(50);
  }
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(storeDir)).toBe(false);
});
