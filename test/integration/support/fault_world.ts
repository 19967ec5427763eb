/**
 * The whole system as real processes: a nats-server, two venues, and nodes as a test starts them.
 *
 * Owns: every process and connection of it; disposing ends them all.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { querySubject, streams } from "../../../protocols/kernel/subjects.ts";
import { commandSubject } from "../../../protocols/kernel/subjects.ts";
import { startVenue } from "../../simulator/venue_process.ts";
import type { VenueProcess } from "../../simulator/venue_process.ts";
import { startNatsServer } from "../../support/nats_server.ts";
import type { NatsServer } from "../../support/nats_server.ts";
import { CommandSender } from "./command_sender.ts";
import { instrumentNames, venueNames, writeDeployment } from "./deployment_file.ts";
import type { DeploymentFile } from "./deployment_file.ts";
import { followPrices } from "./market_prices.ts";
import type { MarketPrices } from "./market_prices.ts";
import { NodeProcess } from "./node_process.ts";
import type { NodeSetting } from "./node_process.ts";
import { dumpVenue, openOrdersOf } from "./venue_truth.ts";
import type { VenueTruth } from "./venue_truth.ts";

/** A strategy: account and name. */
export type Strategy = readonly [account: string, strategy: string];

/** A running venue by name. */
export interface NamedVenue {
  readonly name: string;
  /** A restart puts another one in its place, on the same port. */
  process: VenueProcess;
  /** What it was started with, the port aside. */
  readonly args: readonly string[];
}

const latencies = ["lognormal:500us,0.4", "lognormal:2ms,0.4", "lognormal:1ms,0.4"] as const;
const infoLevel = 30;
const quiet_ms = 400;

/** Everything that a fault test needs. */
export class FaultWorld implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly venues: readonly NamedVenue[];
  readonly file: DeploymentFile;
  readonly sender: CommandSender;
  readonly prices: MarketPrices;
  readonly nodes: NodeProcess[] = [];

  constructor(
    nats: NatsServer,
    venues: readonly NamedVenue[],
    file: DeploymentFile,
    sender: CommandSender,
  ) {
    this.nats = nats;
    this.venues = venues;
    this.file = file;
    this.sender = sender;
    this.prices = followPrices(sender.connection);
  }

  /** Starts the server and the venues; no node yet. */
  static async start(
    seed: number,
    venueArgs: (name: string) => readonly string[] = () => [],
    names: readonly string[] = venueNames,
    session: object = {},
  ): Promise<FaultWorld> {
    const nats = await startNatsServer();
    const venues = await Promise.all(
      names.map(async (name, index) => {
        const args = [
          ...["--venue", name, "--seed", String(seed + index), "--latency", latencies[index] ?? ""],
          ...["--instruments", instrumentNames.join(","), "--exit-with-parent"],
          ...venueArgs(name),
        ];
        return { name, args, process: await startVenue(...args) };
      }),
    );
    const file = writeDeployment(names, session);
    return new FaultWorld(nats, venues, file, await CommandSender.open(nats.url));
  }

  /** Starts a node process; it need not be ready yet. */
  startNode(setting: Partial<NodeSetting> = {}): NodeProcess {
    const node = new NodeProcess({
      nats: this.nats.url,
      config: this.file.path,
      venues: this.venues.map(({ name, process }) => `${name}=127.0.0.1:${process.port}`),
      ...setting,
    });
    this.nodes.push(node);
    return node;
  }

  /** Starts a node and waits until it and the market data are ready. */
  async startReadyNode(setting: Partial<NodeSetting> = {}): Promise<NodeProcess> {
    const node = this.startNode(setting);
    await node.ready();
    await this.prices.ready();
    return node;
  }

  /** `kill -9` of a venue; resolves when it listens again, on the same port. */
  async killVenue(venue: NamedVenue, down_ms = 0, ...more: readonly string[]): Promise<void> {
    const { port, child, ended } = venue.process;
    child.kill("SIGKILL");
    await ended;
    await sleep(down_ms);
    venue.process = await startVenue(...venue.args, ...more, "--port", String(port));
  }

  /** Every venue's own record. */
  truths(): Promise<readonly VenueTruth[]> {
    return Promise.all(this.venues.map(({ name, process }) => dumpVenue(name, process.port)));
  }

  /** Cancels everything of these strategies and waits until nothing is open anywhere. */
  async settle(strategies: readonly Strategy[], wait_ms = 60_000): Promise<void> {
    const deadline_ms = Date.now() + wait_ms;
    let round = 0;
    let open: string[] = ["not looked yet"];
    while (open.length > 0) {
      if (Date.now() > deadline_ms) {
        throw new Error(`still open after ${wait_ms} ms:\n${open.slice(0, 10).join("\n")}`);
      }
      round += 1;
      open = [];
      for (const [account, strategy] of strategies) {
        const answer = await this.sender.ask(querySubject(account, strategy, "orders"));
        const orders = openIn(answer);
        if (orders.length === 0) continue;
        open.push(...orders);
        const subject = commandSubject(account, strategy, "_all", "cancel");
        const body = JSON.stringify({ cancelId: `end-${round}` });
        await this.sender.publish(subject, body, `end-${account}-${strategy}-${round}`);
      }
      for (const truth of await this.truths()) {
        open.push(...openOrdersOf(truth).map((order) => `${truth.venue} ${JSON.stringify(order)}`));
      }
      if (open.length > 0) await sleep(300);
    }
    await this.quiet();
  }

  /** Waits until no event was stored for a while. */
  async quiet(for_ms = quiet_ms): Promise<void> {
    const manager = await jetstream(this.sender.connection).jetstreamManager();
    let last = -1;
    let since_ms = Date.now();
    while (Date.now() - since_ms < for_ms) {
      const { state } = await manager.streams.info(streams.events);
      if (state.last_seq !== last) since_ms = Date.now();
      last = state.last_seq;
      await sleep(50);
    }
  }

  /** What the last nodes said of trouble, for a failure message. */
  story(): string {
    return this.nodes.slice(-3).map(troublesOf).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) {
      if (node.exit !== undefined) continue;
      node.child.kill("SIGKILL");
      await node.ended;
    }
    await this.sender.connection.close();
    await Promise.all(this.venues.map(({ process }) => process.stop()));
    await this.nats.stop();
    this.file[Symbol.dispose]();
  }
}

const troubles_max = 30;

const troublesOf = (node: NodeProcess): string =>
  node.log
    .filter(({ level }) => typeof level === "number" && level > infoLevel)
    .slice(-troubles_max)
    .map((line) => JSON.stringify(line))
    .join("\n");

/** The open orders in a query's answer; a word where nobody answered. */
const openIn = (answer: unknown): readonly string[] => {
  if (typeof answer !== "object" || answer === null || !("orders" in answer)) {
    return ["no answer to a query"];
  }
  const { orders } = answer;
  return Array.isArray(orders) ? orders.map((order) => JSON.stringify(order)) : [];
};
