/**
 * The services protocol against a real server: discovery, statistics, errors, one answer per
 * request however many instances there are.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "nats";
import type { NatsConnection } from "nats";
import { startNatsService } from "../../runtime/nats_service.ts";
import type { NatsService, ServiceAnswer } from "../../runtime/nats_service.ts";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer } from "../support/nats_server.ts";

let server: NatsServer;
let client: NatsConnection;
let services: readonly NatsService[];
const handled: string[] = [];
const thrown: string[] = [];

const start = (node: string): NatsService =>
  startNatsService(client, {
    name: "oms",
    version: "1.2.3",
    description: "a test",
    metadata: { node },
    failed: (endpoint, cause) => void thrown.push(`${endpoint} ${String(cause)}`),
    endpoints: [
      {
        name: "echo",
        subject: "test.echo",
        queued: true,
        metadata: { request: "any" },
        handle: async (data): Promise<ServiceAnswer> => {
          handled.push(node);
          const text = Buffer.from(data).toString();
          if (text === "throw") throw new Error("boom");
          if (text === "long") return { body: { text: "x".repeat(2 * 1024 * 1024) } };
          if (text === "refuse") return { body: { no: 1 }, error: { code: 404, text: "NO such" } };
          return { body: { text, node } };
        },
      },
      {
        name: "mine",
        subject: `test.node.${node}`,
        queued: false,
        metadata: {},
        handle: async () => ({ body: { node } }),
      },
    ],
  });

beforeAll(async () => {
  server = await startNatsServer();
  client = await connect({ servers: server.url });
  services = [start("a"), start("b")];
  await client.flush();
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

const all = async (subject: string): Promise<readonly Record<string, unknown>[]> => {
  const replies = await client.requestMany(subject, "", { strategy: "timer", maxWait: 500 });
  const bodies: Record<string, unknown>[] = [];
  for await (const reply of replies) bodies.push(reply.json());
  return bodies;
};

test("every instance is found, by all three ways of asking", async () => {
  const ids = services.map(({ id }) => id).toSorted();
  for (const subject of ["$SRV.PING", "$SRV.PING.oms"]) {
    const pings = await all(subject);
    expect(pings.map(({ id }) => String(id)).toSorted()).toEqual(ids);
    expect(pings[0]).toMatchObject({
      type: "io.nats.micro.v1.ping_response",
      name: "oms",
      version: "1.2.3",
    });
  }
  const one = await client.request(`$SRV.INFO.oms.${ids[0]}`, "");
  expect(one.json()).toMatchObject({
    type: "io.nats.micro.v1.info_response",
    id: ids[0],
    description: "a test",
    endpoints: [
      { name: "echo", subject: "test.echo", queue_group: "q", metadata: { request: "any" } },
      { name: "mine", queue_group: "" },
    ],
  });
});

test("one instance answers each request; an error is an answer with two headers", async () => {
  for (let i = 0; i < 20; i += 1) {
    const { length } = handled;
    const reply = await client.request("test.echo", `m${i}`);
    expect(reply.json()).toMatchObject({ text: `m${i}` });
    expect(reply.headers).toBeUndefined();
    expect(handled).toHaveLength(length + 1);
  }
  expect(new Set(handled)).toEqual(new Set(["a", "b"]));
  const refused = await client.request("test.echo", "refuse");
  expect(refused.headers?.get("Nats-Service-Error")).toBe("NO such");
  expect(refused.headers?.get("Nats-Service-Error-Code")).toBe("404");
  expect(refused.json()).toEqual({ no: 1 });
  const broken = await client.request("test.echo", "throw");
  expect(broken.headers?.get("Nats-Service-Error-Code")).toBe("500");
  expect(broken.json()).toEqual({ error: "INTERNAL_ERROR" });
  expect(thrown).toEqual(["echo Error: boom"]);
  expect((await client.request("test.node.b", "")).json()).toEqual({ node: "b" });
});

test("an answer that fits no message is an error, and ends no process", async () => {
  const reply = await client.request("test.echo", "long", { timeout: 5_000 });
  expect(reply.headers?.get("Nats-Service-Error-Code")).toBe("500");
  expect(reply.json()).toEqual({ error: "ANSWER_NOT_SENT" });
  expect(thrown.splice(1)).toEqual([expect.stringMatching(/^echo .*payload/i)]);
});

test("statistics count requests, errors and time; a stopped instance is silent", async () => {
  const stats = await all("$SRV.STATS.oms");
  const echoes = stats.flatMap(({ endpoints }) =>
    (endpoints as readonly Record<string, unknown>[]).filter(({ name }) => name === "echo"),
  );
  const sum = (field: string): number =>
    echoes.reduce((total, one) => total + Number(one[field]), 0);
  expect(sum("num_requests")).toBe(23);
  expect(sum("num_errors")).toBe(3);
  expect(sum("processing_time")).toBeGreaterThan(0);
  expect(stats[0]?.["started"]).toMatch(/^\d{4}-/);
  await services[0]?.stop();
  expect(await all("$SRV.PING.oms")).toHaveLength(1);
  expect((await client.request("test.echo", "again")).json()).toEqual({ text: "again", node: "b" });
});
