/**
 * What the benchmark asks the server about its streams: how much is in them, and who leads them.
 */
import type { NatsConnection } from "nats";
import { isObject, objectAt } from "./json_object.ts";

const api = async (
  connection: NatsConnection,
  subject: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>>> => {
  const data = body === undefined ? "" : JSON.stringify(body);
  const reply = await connection.request(`$JS.API.${subject}`, data, { timeout: 10_000 });
  const answer: unknown = reply.json();
  if (!isObject(answer) || "error" in answer) throw new Error(`${subject}: ${reply.string()}`);
  return answer;
};

/** Names of all streams. */
export const streamNames = async (connection: NatsConnection): Promise<readonly string[]> => {
  const { streams } = await api(connection, "STREAM.NAMES", {});
  return Array.isArray(streams) ? streams.map(String) : [];
};

/** How much was ever stored in a stream, and the bytes that it holds now. */
export interface StreamTotals {
  readonly lastSeq: number;
  readonly bytes: number;
}

/** The totals of one stream. */
export const streamTotals = async (
  connection: NatsConnection,
  stream: string,
): Promise<StreamTotals> => {
  const state = objectAt(await api(connection, `STREAM.INFO.${stream}`), "state");
  return { lastSeq: Number(state["last_seq"]), bytes: Number(state["bytes"]) };
};

/** A stored message's bytes. */
export const storedMessage = async (
  connection: NatsConnection,
  stream: string,
  seq: number,
): Promise<Uint8Array> => {
  const message = objectAt(await api(connection, `STREAM.MSG.GET.${stream}`, { seq }), "message");
  return new Uint8Array(Buffer.from(String(message["data"]), "base64"));
};

/** The newest of a stream's last messages that holds all the texts; throws where none does. */
export const newestWith = async (
  connection: NatsConnection,
  stream: string,
  ...texts: readonly string[]
): Promise<Uint8Array> => {
  const { lastSeq } = await streamTotals(connection, stream);
  for (let seq = lastSeq; seq > 0 && seq > lastSeq - 50; seq -= 1) {
    const data = await storedMessage(connection, stream, seq);
    const text = Buffer.from(data).toString("utf8");
    if (texts.every((one) => text.includes(one))) return data;
  }
  throw new Error(`none of the last messages in ${stream} holds ${texts.join(" and ")}`);
};

const settle_ms_max = 15_000;
const poll_ms = 100;

/**
 * Moves the leaders of all streams to one server, so that each path of the benchmark crosses the
 * same number of servers whatever the cluster has chosen.
 */
export const gatherLeaders = async (connection: NatsConnection, server: string): Promise<void> => {
  const deadline_ms = performance.now() + settle_ms_max;
  for (const stream of await streamNames(connection)) {
    for (;;) {
      const info = await api(connection, `STREAM.INFO.${stream}`);
      const cluster = info["cluster"];
      if (!isObject(cluster) || cluster["leader"] === server) break;
      if (performance.now() > deadline_ms) throw new Error(`${stream} stays with its leader`);
      const wish = { placement: { preferred: server } };
      await api(connection, `STREAM.LEADER.STEPDOWN.${stream}`, wish).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, poll_ms));
    }
  }
};
