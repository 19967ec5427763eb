/**
 * The operators' side of a node: a NATS micro service named `oms` on `oms.v1.admin.<endpoint>`.
 *
 *   status         what every node says of itself; one that does not answer is named
 *   trading_state  what accounts may do from now on
 *   kill           stops a scope: nothing new leaves, what is open is canceled until nothing is
 *   resume         lifts what was set for exactly that scope; nothing resumes by itself
 *   mass_cancel    cancels what is open in a scope, once
 *   reconcile      holds a venue's record against ours, now
 *   release        lets a venue's session out of quarantine, and ends its bans and limits for us
 *
 * Every action is a durable message to each shard that it concerns, and the answer says which of
 * them have it: *durably received*, not *done*. What is done is published as events, each with the
 * request's id. A repeat with the same `requestId` changes nothing, so whoever is in doubt asks
 * again. Every action is logged with operator and reason, and is in the journals.
 *
 * One node of the deployment answers each request; `oms.v1.admin.node.<node>.status` asks one node.
 *
 * Owns: reading, sending, answering, the audit line. What is sent is `admin_plan.ts`.
 */
import { Effect, Result, Schedule } from "effect";
import type { Logger } from "pino";
import { nuid } from "nats";
import type { NatsConnection } from "nats";
import {
  readAdminKill,
  readAdminMassCancel,
  readAdminReconcile,
  readAdminRelease,
  readAdminResume,
  readAdminStatus,
  readAdminTradingState,
} from "../protocols/admin.ts";
import type { AskedBy } from "../protocols/control.ts";
import type { CommandReader } from "../protocols/command.ts";
import { digestOfBytes } from "../protocols/digest.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import { adminSubject, controlSubject, nodeAdminSubject } from "../protocols/kernel/subjects.ts";
import type { Leases } from "../runtime/leases.ts";
import type { Mailbox } from "../runtime/mailbox.ts";
import { startNatsService } from "../runtime/nats_service.ts";
import type { NatsService, ServiceAnswer, ServiceEndpoint } from "../runtime/nats_service.ts";
import {
  planKill,
  planMassCancel,
  planReconcile,
  planRelease,
  planResume,
  planTradingState,
} from "./admin_plan.ts";
import type { AdminPlan, ControlMail, Deployment, Unplanned } from "./admin_plan.ts";
import type { NodeStatus } from "./admin_status.ts";

/** Times that a message is sent to a shard, how long each may take, and the pause between two. */
const tries_max = 3;
const try_ms_max = 2_000;
const pause_ms = 250;

/** What the service stands on. */
export interface AdminOptions {
  readonly client: NatsConnection;
  readonly node: string;
  readonly version: string;
  readonly deployment: Deployment;
  readonly mailbox: Mailbox["Service"];
  readonly leases: Leases["Service"];
  readonly status: () => Promise<NodeStatus>;
  readonly log: Logger;
}

/** Starts the service's instance on this node. */
export const startAdminService = (options: AdminOptions): NatsService => {
  const { client, node, version, log } = options;
  return startNatsService(client, {
    name: "oms",
    version,
    description: "natoms: what operators ask of the order management system",
    metadata: { node },
    endpoints: endpointsOf(options),
    failed: (endpoint, cause) => log.error({ endpoint, cause: String(cause) }, "admin fails"),
  });
};

const endpointsOf = (options: AdminOptions): readonly ServiceEndpoint[] => {
  const { node, deployment, status } = options;
  return [
    { ...endpoint("status"), handle: (data) => statusOf(options, data) },
    {
      ...endpoint("node_status"),
      subject: nodeAdminSubject(node, "status"),
      queued: false,
      handle: async () => ({ body: await status() }),
    },
    action(options, "trading_state", readAdminTradingState, (asked) =>
      planTradingState(deployment, asked),
    ),
    action(options, "kill", readAdminKill, (asked) => planKill(deployment, asked)),
    action(options, "resume", readAdminResume, (asked) => planResume(deployment, asked)),
    action(options, "release", readAdminRelease, (asked) => planRelease(deployment, asked)),
    action(options, "mass_cancel", readAdminMassCancel, (asked) =>
      planMassCancel(deployment, asked),
    ),
    action(options, "reconcile", readAdminReconcile, (asked) => planReconcile(deployment, asked)),
  ];
};

const endpoint = (name: string): Omit<ServiceEndpoint, "handle"> => ({
  name,
  subject: adminSubject(name),
  queued: true,
  metadata: { request: `oms.v1 admin_${name}` },
});

/** An endpoint that does something: reads, plans, writes the audit line, sends, answers. */
const action = <Asked extends Omit<AskedBy, "requestId"> & { readonly requestId?: string }>(
  options: AdminOptions,
  name: string,
  read: CommandReader<Asked>,
  planOf: (asked: Asked & { readonly requestId: string }) => AdminPlan | Unplanned,
): ServiceEndpoint => ({
  ...endpoint(name),
  handle: async (data) => {
    const body = read(data);
    if (Result.isFailure(body)) {
      const { path, message } = body.failure;
      return refusal(400, "MALFORMED", path === "" ? message : `${path}: ${message}`);
    }
    const asked = { ...body.success, requestId: body.success.requestId ?? nuid.next() };
    const plan = planOf(asked);
    const audit: object = { endpoint: name, ...asked };
    if ("refused" in plan) {
      options.log.warn({ ...audit, refused: plan.refused }, "operator's request refused");
      return refusal(404, plan.refused, plan.text);
    }
    options.log.warn(audit, "operator's request");
    const { received, failed } = await sendAll(options, asked.requestId, plan);
    if (failed.length > 0) options.log.error({ ...audit, failed }, "shards did not receive it");
    return answerOf(asked.requestId, plan, received, failed);
  },
});

const answerOf = (
  requestId: string,
  { events }: AdminPlan,
  received: readonly string[],
  failed: readonly string[],
): ServiceAnswer => {
  const means = "durably received by these shards; what is done is told by events";
  const body = { requestId, received, means, events };
  if (failed.length === 0) return { body };
  const text = `${failed.length} shards may not have it: ask again with this requestId`;
  return {
    body: { error: "NOT_RECEIVED", text, failed, ...body },
    error: { code: 503, text: `NOT_RECEIVED ${text}` },
  };
};

const refusal = (code: number, error: string, text: string): ServiceAnswer => ({
  body: { error, text },
  error: { code, text: `${error} ${text}` },
});

/** Sends phase after phase; a shard that does not take it holds up no other one. */
const sendAll = async (
  { mailbox }: AdminOptions,
  requestId: string,
  { phases }: AdminPlan,
): Promise<{ readonly received: readonly string[]; readonly failed: readonly string[] }> => {
  const received: string[] = [];
  const failed: string[] = [];
  for (const mails of phases) {
    const outcomes = await Promise.all(mails.map((mail) => sendOne(mailbox, requestId, mail)));
    for (const [index, { shard }] of mails.entries()) {
      (outcomes[index] === true ? received : failed).push(shardName(shard));
    }
  }
  return { received, failed };
};

const sendOne = (
  mailbox: Mailbox["Service"],
  requestId: string,
  { shard, verb, body }: ControlMail,
): Promise<boolean> => {
  const subject = controlSubject(shard, verb);
  const data = Buffer.from(JSON.stringify(body));
  // With the body's digest: the mailbox must not take another request under this id for a repeat.
  const msgId = `${requestId}:${verb}:${shardName(shard)}:${digestOfBytes(data)}`;
  return mailbox.publish(subject, data, msgId).pipe(
    Effect.timeout(try_ms_max),
    Effect.retry({ times: tries_max - 1, schedule: Schedule.spaced(pause_ms) }),
    Effect.as(true),
    Effect.orElseSucceed(() => false),
    Effect.runPromise,
  );
};

/** What every node says of itself, and which shards nobody holds. */
const statusOf = async (options: AdminOptions, data: Uint8Array): Promise<ServiceAnswer> => {
  const body = readAdminStatus(data);
  if (Result.isFailure(body)) {
    const { path, message } = body.failure;
    return refusal(400, "MALFORMED", `${path}: ${message}`);
  }
  const { leases, client, node } = options;
  const known = await Effect.runPromise(
    Effect.result(Effect.all([leases.present(), leases.holders()])),
  );
  if (Result.isFailure(known)) return refusal(503, "UNAVAILABLE", "who is there cannot be read");
  const [present, holders] = known.success;
  const names = [...new Set([node, ...present.map((one) => one.node)])].toSorted();
  const { wait_ms } = body.success;
  const nodes = await Promise.all(
    names.map(async (name) => {
      const draining = present.find((one) => one.node === name)?.draining ?? false;
      const said = await askNode(client, name, wait_ms);
      return { node: name, draining, ...(said ?? { silent: `no answer in ${wait_ms} ms` }) };
    }),
  );
  return { body: { nodes, leases: Object.fromEntries(holders) } };
};

const askNode = async (
  client: NatsConnection,
  node: string,
  timeout: number,
): Promise<object | undefined> => {
  try {
    const reply = await client.request(nodeAdminSubject(node, "status"), "", { timeout });
    return reply.json<object>();
  } catch {
    return undefined;
  }
};
