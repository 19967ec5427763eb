/**
 * A node process's options, read from its arguments and checked before anything connects.
 */
import { parseArgs } from "node:util";
import { isToken } from "../protocols/kernel/ids.ts";

/** Where a venue's simulator listens. */
export interface VenueAddress {
  readonly venue: string;
  readonly host: string;
  readonly port: number;
}

/** What a node is started with. */
export interface NodeOptions {
  /** NATS servers, comma separated. */
  readonly nats: readonly string[];
  /** Path of the deployment's configuration. */
  readonly config: string;
  /** The node's name: unique in the deployment, the same again after a restart. */
  readonly node: string;
  readonly venues: readonly VenueAddress[];
  /** Port of /metrics, /livez and /readyz on loopback; 0 takes a free one. */
  readonly metricsPort: number;
  /** Copies of every stream: 1 on a single server, 3 in a cluster. */
  readonly replicas: 1 | 3;
  /** Lets a single server acknowledge events before they are on disk. */
  readonly relaxed: boolean;
  /** Runs every shard without asking for a lease: only to prove that the journal fences. */
  readonly force: boolean;
  readonly logLevel: string;
  /** Ends when standard input closes: for a parent that may die without saying so. */
  readonly exitWithParent: boolean;
}

/** Reads a node's arguments. Throws an Error that says which one is wrong. */
export const parseNodeOptions = (args: readonly string[]): NodeOptions => {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      nats: { type: "string", default: "nats://127.0.0.1:4222" },
      config: { type: "string" },
      node: { type: "string", default: "node-1" },
      venue: { type: "string", multiple: true, default: [] },
      "metrics-port": { type: "string", default: "0" },
      replicas: { type: "string", default: "1" },
      relaxed: { type: "boolean", default: false },
      force: { type: "boolean", default: false },
      "log-level": { type: "string", default: "info" },
      "exit-with-parent": { type: "boolean", default: false },
    },
  });
  if (values.config === undefined) throw new Error("--config FILE is needed");
  if (!isToken(values.node)) throw new Error(`--node ${values.node} is no token`);
  const replicas = Number(values.replicas);
  if (replicas !== 1 && replicas !== 3) throw new Error("--replicas is 1 or 3");
  return {
    nats: values.nats.split(","),
    config: values.config,
    node: values.node,
    venues: values.venue.map(venueAddress),
    metricsPort: portOf(values["metrics-port"], 0),
    replicas,
    relaxed: values.relaxed,
    force: values.force,
    logLevel: values["log-level"],
    exitWithParent: values["exit-with-parent"],
  };
};

const venueAddress = (text: string): VenueAddress => {
  const match = /^([A-Za-z0-9-][A-Za-z0-9_-]{0,35})=([^:]+):([0-9]+)$/.exec(text);
  const [, venue = "", host = "", port = ""] = match ?? [];
  if (match === null) throw new Error(`--venue ${text}: NAME=HOST:PORT is needed`);
  return { venue, host, port: portOf(port, 1) };
};

const portOf = (text: string, min: number): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < min || port > 65_535) {
    throw new Error(`${text} is no port`);
  }
  return port;
};
