/**
 * Carries a plan out on real processes: what concerns one venue, one node or the nats-server goes
 * one after the other, everything else at the same time.
 *
 * Owns: the venues' control connections, the nodes in use, and the counts of what happened.
 * Never: judges what comes of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import type { FaultWorld, NamedVenue } from "../integration/support/fault_world.ts";
import type { NodeProcess } from "../integration/support/node_process.ts";
import { describe } from "./chaos_plan.ts";
import type { ChaosAction, ChaosStep, VenueReturn } from "./chaos_plan.ts";

const returnArgs: Readonly<Record<VenueReturn, readonly string[]>> = {
  same: ["--restart-as", "same"],
  new: ["--restart-as", "new"],
  reuse_ids: ["--restart-as", "new", "--reuse-ids"],
};

/** Those who make trouble, and repair it at the end. */
export class ChaosCrew {
  readonly #world: FaultWorld;
  readonly #say: (line: string) => void;
  readonly #nodes: NodeProcess[];
  readonly #controls: VenueControl[];
  readonly #queues = new Map<string, Promise<void>>();
  readonly #failures: unknown[] = [];
  /** What was done, by kind; faults by what the venues count of them. */
  readonly counts = new Map<string, number>();

  private constructor(
    world: FaultWorld,
    nodes: NodeProcess[],
    controls: VenueControl[],
    say: (line: string) => void,
  ) {
    this.#world = world;
    this.#nodes = nodes;
    this.#controls = controls;
    this.#say = say;
  }

  /** Starts the nodes and connects to the venues. */
  static async start(
    world: FaultWorld,
    nodes: number,
    say: (line: string) => void,
  ): Promise<ChaosCrew> {
    const started = Array.from({ length: nodes }, (_, place) =>
      world.startNode({ name: nameOf(place) }),
    );
    await Promise.all(started.map((node) => node.ready()));
    await world.prices.ready();
    const controls = await Promise.all(
      world.venues.map(({ process }) => VenueControl.open(process.port)),
    );
    return new ChaosCrew(world, started, controls, say);
  }

  /** Makes all of the planned trouble at its time; resolves when the last has been begun. */
  async run(plan: readonly ChaosStep[], for_ms: number): Promise<void> {
    const began_ms = performance.now();
    for (const { at_ms, action } of plan) {
      await sleep(Math.max(0, began_ms + at_ms - performance.now()));
      this.#throwFirst();
      const at = ((performance.now() - began_ms) / 1_000).toFixed(1);
      this.#say(`${at.padStart(6)} s  ${describe(action)}`);
      this.#enqueue(targetOf(action), () => this.#perform(action));
    }
    await sleep(Math.max(0, began_ms + for_ms - performance.now()));
  }

  /** Waits for the trouble under way, ends every fault and brings everything back. */
  async repair(): Promise<void> {
    await Promise.all(this.#queues.values());
    this.#throwFirst();
    for (const control of this.#controls) await control.clearFaults();
    if (!this.#world.nats.isRunning) await this.#world.nats.restart();
    await Promise.all(this.#nodes.map((node) => node.ready()));
  }

  /** Does something with a venue and its control connection; nothing else happens to it now. */
  withVenue<A>(
    place: number,
    act: (venue: string, control: VenueControl) => Promise<A>,
  ): Promise<A> {
    const control = this.#controls[place];
    if (control === undefined) throw new Error(`there is no venue ${place}`);
    return act(this.#venue(place).name, control);
  }

  /** Adds what the venues have counted, and takes leave of them. */
  async close(): Promise<void> {
    for (const place of this.#controls.keys()) {
      await this.#countFaults(place);
      this.#controls[place]?.close();
    }
  }

  #enqueue(target: string, act: () => Promise<void>): void {
    const before = this.#queues.get(target) ?? Promise.resolve();
    const after = before.then(act).catch((error: unknown) => void this.#failures.push(error));
    this.#queues.set(target, after);
  }

  #throwFirst(): void {
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure;
  }

  /** Counts something that happened. */
  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  async #perform(action: ChaosAction): Promise<void> {
    const { nats } = this.#world;
    this.count(action.kind);
    switch (action.kind) {
      case "faults":
        await this.#setFaults(action);
        return;
      case "disconnect":
        await this.#controls[action.venue]?.disconnect(action.how);
        return;
      case "kill_venue":
        await this.#killVenue(action);
        return;
      case "suspend_venue":
        await this.#freezeVenue(this.#venue(action.venue), action.for_ms);
        return;
      case "kill_node":
      case "drain_node":
        if (action.kind === "kill_node") await this.#node(action.node).kill();
        else await this.#node(action.node).drain();
        await sleep(action.down_ms);
        this.#nodes[action.node] = this.#world.startNode({ name: nameOf(action.node) });
        return;
      case "suspend_node": {
        const node = this.#node(action.node);
        node.suspend();
        await sleep(action.for_ms);
        node.resume();
        return;
      }
      case "kill_nats":
        await nats.kill();
        await sleep(action.down_ms);
        await nats.restart();
        return;
      case "suspend_nats":
        await nats.suspend();
        await sleep(action.for_ms);
        nats.resume();
        return;
      default:
        action satisfies never;
    }
  }

  async #setFaults(action: Extract<ChaosAction, { kind: "faults" }>): Promise<void> {
    const control = this.#controls[action.venue];
    for (const family of action.families) this.count(`faults.${family}`);
    await control?.setFaults(action.faults, { clear: true, seed: action.seed });
    await sleep(action.for_ms);
    await control?.clearFaults();
  }

  async #killVenue(action: Extract<ChaosAction, { kind: "kill_venue" }>): Promise<void> {
    const venue = this.#venue(action.venue);
    await this.#countFaults(action.venue);
    this.#controls[action.venue]?.close();
    await this.#world.killVenue(venue, action.down_ms, ...returnArgs[action.returns]);
    this.#controls[action.venue] = await VenueControl.open(venue.process.port);
  }

  async #freezeVenue({ process }: NamedVenue, for_ms: number): Promise<void> {
    process.child.kill("SIGSTOP");
    await sleep(for_ms);
    process.child.kill("SIGCONT");
  }

  async #countFaults(place: number): Promise<void> {
    const stats = await this.#controls[place]?.stats();
    for (const [fault, times] of Object.entries(stats?.faults ?? {})) {
      this.count(`venue.${fault}`, times);
    }
  }

  #venue(place: number): NamedVenue {
    const venue = this.#world.venues[place];
    if (venue === undefined) throw new Error(`there is no venue ${place}`);
    return venue;
  }

  #node(place: number): NodeProcess {
    const node = this.#nodes[place];
    if (node === undefined) throw new Error(`there is no node ${place}`);
    return node;
  }
}

const nameOf = (place: number): string => `node-${place + 1}`;

const targetOf = (action: ChaosAction): string => {
  if ("venue" in action) return `venue ${action.venue}`;
  return "node" in action ? `node ${action.node}` : "nats";
};
