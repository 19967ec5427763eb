/**
 * The flow of one server-side consumer into a shard's intake: pull by credit, deliver in order.
 *
 * How it goes: a pull grants the server credit for some messages. Each arriving one uses up credit
 * and goes straight to the intake, or to the backlog while the intake has no room. When half of the
 * prefetch is used, and there is room, the next pull fills the credit up. So credit plus backlog
 * never exceed the prefetch. The flow ends at the first sign of trouble (a gap in the deliveries,
 * silence, a status that ends the consumer, a disconnect); a new consumer then starts after the
 * last message that reached the intake. Nothing here runs an effect per message.
 *
 * Owns: credit, backlog, order and liveness of one consumer.
 * Never: makes a consumer or decides to give up.
 */
import { Effect } from "effect";
import { createInbox } from "nats";
import type { Msg } from "nats";
import type { Lane } from "../protocols/kernel/subjects.ts";
import type { Intake } from "./mailbox.ts";
import { MailboxDelivery, positionOf } from "./mailbox_delivery_jetstream.ts";
import type { DeliveryPosition } from "./mailbox_delivery_jetstream.ts";
import type { NatsConnectionShape } from "./nats_connection.ts";

/** How much a consumption may hold in memory. */
export interface Prefetch {
  readonly messages_max: number;
  readonly bytes_max: number;
}

/** Why a flow stopped: no room, or its end. `broken` cannot be mended by a new consumer. */
export type FlowStop =
  | { readonly type: "broken"; readonly cause: string }
  | { readonly type: "ended"; readonly cause: string }
  | { readonly type: "full" };

/** What a flow works on. */
export interface FlowOptions {
  readonly stream: string;
  readonly consumer: string;
  readonly lane: Lane;
  readonly afterSeq: number;
  readonly prefetch: Prefetch;
  readonly intake: Intake;
}

const pullExpires_ms = 5_000;
const heartbeat_ms = 500;
/** Heartbeat intervals without a sign of life after which the consumer is taken for lost. */
const silentTicks_max = 3;

const nanos = (ms: number): number => ms * 1_000_000;

const status = { heartbeat: 100, badRequest: 400, noMessages: 404, expired: 408, conflict: 409 };

/**
 * How many messages a status takes off the credit because their pull has ended; undefined where it
 * ends the consumer (deleted, a change of leader, the server's shutdown) or cannot be understood.
 */
const leftOf = (code: number, description: string, pending: string): number | undefined => {
  if (code === status.conflict && description === "Batch Completed") return Number(pending);
  const tooMuch = code === status.conflict && /maxbytes/i.test(description);
  const pullEnded = tooMuch || code === status.expired || code === status.noMessages;
  return pullEnded && pending !== "" ? Number(pending) : undefined;
};

/** A running flow. */
export class MailboxFlow {
  readonly #nats: NatsConnectionShape;
  readonly #options: FlowOptions;
  readonly #inbox = createInbox();
  readonly #close: () => void;
  #backlog: MailboxDelivery[] = [];
  /** Last message that reached the intake, and last one that arrived. */
  #delivered: number;
  #received: number;
  #consumerSeq = 0;
  #credit = 0;
  #silentTicks = 0;
  #stop: FlowStop | undefined;
  #onStop: ((stop: FlowStop) => void) | undefined;

  /** Starts pulling. */
  constructor(nats: NatsConnectionShape, options: FlowOptions) {
    this.#nats = nats;
    this.#options = options;
    this.#delivered = options.afterSeq;
    this.#received = options.afterSeq;
    const subscription = nats.client.subscribe(this.#inbox, {
      callback: (error, message) => this.#onArrival(error, message),
    });
    const ticker = setInterval(() => this.#tick(), heartbeat_ms);
    const unwatch = nats.onChange((up) => {
      if (!up) this.#halt({ type: "ended", cause: "disconnected" });
    });
    this.#close = () => {
      clearInterval(ticker);
      unwatch();
      if (!subscription.isClosed()) subscription.unsubscribe();
    };
    this.#refill();
  }

  /** Stream sequence of the last message that reached the intake. */
  get position(): number {
    return this.#delivered;
  }

  /** Completes when the flow stops; after `full`, call `resume` once there is room. */
  get stopped(): Effect.Effect<FlowStop> {
    return Effect.callback((complete) => {
      if (this.#stop !== undefined) return complete(Effect.succeed(this.#stop));
      this.#onStop = (reason) => complete(Effect.succeed(reason));
      return Effect.sync(() => {
        this.#onStop = undefined;
      });
    });
  }

  /** Goes on after `full`: what waited comes first. */
  resume(): void {
    if (this.#stop?.type !== "full") return;
    this.#stop = undefined;
    const waiting = this.#backlog;
    this.#backlog = [];
    for (const [index, delivery] of waiting.entries()) {
      this.#deliver(delivery);
      if (this.#isStopped()) {
        this.#backlog = waiting.slice(index + 1);
        return;
      }
    }
    this.#refill();
  }

  /** Ends the flow; nothing is delivered any more. */
  close(): void {
    this.#halt({ type: "ended", cause: "closed" });
  }

  #isStopped(): boolean {
    return this.#stop !== undefined;
  }

  #halt(reason: FlowStop): void {
    if (this.#stop !== undefined && this.#stop.type !== "full") return;
    this.#stop = reason;
    if (reason.type !== "full") this.#close();
    this.#onStop?.(reason);
    this.#onStop = undefined;
  }

  #deliver(delivery: MailboxDelivery): void {
    this.#delivered = delivery.seq;
    if (!this.#options.intake.deliver(delivery)) this.#halt({ type: "full" });
  }

  #refill(): void {
    const { consumer, prefetch, stream } = this.#options;
    if (this.#isStopped() || this.#credit > prefetch.messages_max / 2) return;
    const batch = prefetch.messages_max - this.#credit;
    this.#credit += batch;
    const pull = {
      batch,
      max_bytes: prefetch.bytes_max,
      expires: nanos(pullExpires_ms),
      idle_heartbeat: nanos(heartbeat_ms),
    };
    this.#nats.client.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
      JSON.stringify(pull),
      { reply: this.#inbox },
    );
  }

  /** Counted in ticks, not by the clock: a process that was stalled hears late, and is not deaf. */
  #tick(): void {
    this.#silentTicks = this.#credit > 0 ? this.#silentTicks + 1 : 0;
    if (this.#silentTicks > silentTicks_max) this.#halt({ type: "ended", cause: "silence" });
  }

  #onArrival(error: Error | null, message: Msg): void {
    if (error !== null) return this.#halt({ type: "broken", cause: error.message });
    this.#silentTicks = 0;
    try {
      const position = positionOf(message.reply ?? "");
      if (position === undefined) this.#onStatus(message);
      else this.#onMessage(position, message);
    } catch (defect) {
      // Whatever escapes from here would end the client's reader for every subscription.
      this.#halt({ type: "broken", cause: `the intake threw: ${String(defect)}` });
    }
  }

  #onStatus(message: Msg): void {
    const { code = 0, description = "" } = message.headers ?? {};
    if (code === status.heartbeat) return;
    if (code === status.badRequest) return this.#halt({ type: "broken", cause: description });
    const left = leftOf(code, description, message.headers?.get("Nats-Pending-Messages") ?? "");
    if (left === undefined) return this.#halt({ type: "ended", cause: `${code} ${description}` });
    this.#credit -= left;
    this.#refill();
  }

  #onMessage(position: DeliveryPosition, message: Msg): void {
    this.#credit -= 1;
    this.#consumerSeq += 1;
    if (position.consumerSeq !== this.#consumerSeq) {
      return this.#halt({ type: "ended", cause: `delivery ${this.#consumerSeq} was lost` });
    }
    if (position.streamSeq <= this.#received) return;
    this.#received = position.streamSeq;
    const delivery = new MailboxDelivery(this.#options.lane, position, message);
    if (this.#isStopped()) this.#backlog.push(delivery);
    else this.#deliver(delivery);
    this.#refill();
  }
}
