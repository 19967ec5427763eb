/**
 * A venue shard on the bench with its real driver over a real wire, in real time or in a test's.
 *
 * Owns: the loop: an input, its turn, then its effects, with bounded room for inputs.
 */
import type { ControlVerb } from "../../../protocols/kernel/subjects.ts";
import { backOff_default } from "../../../actors/venue/back_off.ts";
import type { BackOff } from "../../../actors/venue/back_off.ts";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import type { ReconcileOptions } from "../../../actors/venue/reconcile_options.ts";
import { processTimers } from "../../../actors/venue/link_timers.ts";
import { simConnector } from "../../../actors/venue/sim_link.ts";
import { simCapabilities } from "../../../actors/venue/sim_publisher.ts";
import type { SimConnectorOptions } from "../../../actors/venue/sim_link.ts";
import { makeVenueDriver } from "../../../actors/venue/venue_driver.ts";
import type { VenueDriver, VenueDriverObserver } from "../../../actors/venue/venue_driver.ts";
import type { VenueOptions } from "../../../actors/venue/venue_options.ts";
import type { VenueInput, VenueMessage } from "../../../actors/venue/venue_input.ts";
import { instruments } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const wall_ns = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** Timers of the test process. */
export const realTimers = processTimers({ now_ns: wall_ns, random: () => 0.5 });

/** A reconciliation for tests: every part, short times. */
export const liveReconcile: ReconcileOptions = {
  ...reconcileOptions_default,
  partTimeout_ms: 500,
  retry_ms: 50,
  positionGrace_ms: 200,
};

/** A connector's options for session `s` at SIMX on that port, with short waits. */
export const simOptions = (port: number): SimConnectorOptions => ({
  host: "127.0.0.1",
  port,
  timers: realTimers,
  connectTimeout_ms: 1_000,
  heartbeat_ms: 50,
  silence_ms_max: 200,
  unsent_bytes_max: 65_536,
  venue: "SIMX",
  session: "s",
  instruments,
  logonTimeout_ms: 300,
  cancelOnDisconnect: false,
});

/** A shard that lives. */
export class LiveShard {
  readonly bench: VenueShardBench;
  readonly inputs: VenueInput[] = [];
  /** Inputs held at most; 0 is a shard that takes nothing. */
  room_max = 1_000;
  largest = 0;
  #wantsRoom: (() => void)[] = [];
  #driver: VenueDriver;
  /** Where the venue is looked for: changes for later connections. */
  address: Pick<SimConnectorOptions, "host" | "port">;
  readonly #connection: SimConnectorOptions;
  readonly #backOff: BackOff;
  readonly #observer: VenueDriverObserver | undefined;
  readonly #ticks: NodeJS.Timeout;

  constructor(
    port: number,
    options: Partial<VenueOptions> = {},
    observer?: VenueDriverObserver,
    connection: Partial<SimConnectorOptions> = {},
    backOff: Partial<BackOff> = { first_ms: 5, max_ms: 50 },
  ) {
    this.#connection = { ...simOptions(port), ...connection };
    const { host, port: portInUse } = this.#connection;
    this.address = { host, port: portInUse };
    this.#backOff = { ...backOff_default, ...backOff };
    this.#observer = observer;
    this.bench = new VenueShardBench({
      answerTimeout_ms: 300,
      grace_ms: 100,
      queryTimeout_ms: 200,
      reconcile: liveReconcile,
      ...options,
    });
    this.bench.now_ns = this.#connection.timers.now_ns();
    this.#driver = this.#newDriver();
    this.#ticks = setInterval(() => this.tick(), 5);
    this.bench.run({ type: "started" });
    this.#work();
  }

  #newDriver(): VenueDriver {
    return makeVenueDriver(
      {
        shard: { kind: "venue", key: "SIMX" },
        post: (input) => {
          if (this.inputs.length >= this.room_max) return false;
          this.inputs.push(input);
          this.largest = Math.max(this.largest, this.inputs.length);
          return true;
        },
        room: (callback) => void this.#wantsRoom.push(callback),
        mayAct: () => true,
      },
      {
        timers: this.#connection.timers,
        backOff: this.#backOff,
        connector: {
          capabilities: simCapabilities,
          connect: (...said) =>
            simConnector({ ...this.#connection, ...this.address }).connect(...said),
        },
        ...(this.#observer === undefined ? {} : { observer: this.#observer }),
      },
    );
  }

  /** Takes a message of an account shard. */
  message(message: VenueMessage): void {
    this.#catchUp();
    this.bench.message(message);
    this.#work();
  }

  /** An operator asks something of the shard. */
  control(what: ControlVerb, body: object): void {
    this.#catchUp();
    this.bench.control(what, body);
    this.#work();
  }

  #catchUp(): void {
    const late_ns = this.#connection.timers.now_ns() - this.bench.now_ns;
    if (late_ns > 0n) this.bench.pass(Number(late_ns / 1_000_000n));
  }

  /** Takes what has come by now; done every 5 ms of real time in any case. */
  tick(): void {
    this.#catchUp();
    // A shard without room is one that does not get to its inputs.
    if (this.room_max > 0) this.#takeInputs();
    this.#work();
  }

  #takeInputs(): void {
    for (let taken = 0; taken < 500; taken += 1) {
      const input = this.inputs.shift();
      if (input === undefined) break;
      this.bench.local(input);
      this.#work();
    }
    if (this.inputs.length >= this.room_max / 2) return;
    for (const callback of this.#wantsRoom.splice(0)) callback();
  }

  #work(): void {
    const effects = this.bench.takeEffects();
    this.#driver.begin?.(effects);
    for (const effect of effects) this.#driver.perform(effect);
  }

  /** The owner dies with its connection and a new one starts; see the bench's own. */
  crash(durable?: number): void {
    this.#driver.stop();
    this.inputs.length = 0;
    this.#wantsRoom = [];
    this.bench.crash(durable);
    this.#driver = this.#newDriver();
    this.bench.run({ type: "started" });
    this.#work();
  }

  get isOpen(): boolean {
    return this.bench.session?.status === "open";
  }

  /** Open, and nothing without an answer. */
  get isSettled(): boolean {
    const { space } = this.bench;
    return this.isOpen && space.size("request") === 0 && space.size("waiting") === 0;
  }

  stop(): void {
    clearInterval(this.#ticks);
    this.#driver.stop();
  }
}
