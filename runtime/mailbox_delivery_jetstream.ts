/**
 * One mailbox message as the client's parser left it, read field by field on demand.
 *
 * Owns: reading a delivery's position and time from its ack subject, without using acks.
 * Never: copies the payload.
 */
import type { Msg } from "nats";
import type { Lane } from "../protocols/kernel/subjects.ts";
import type { Delivery } from "./mailbox.ts";

/**
 * Where a message stands, from `$JS.ACK.….<delivered>.<stream seq>.<consumer seq>.<time>.<left>`.
 */
export interface DeliveryPosition {
  readonly streamSeq: number;
  /** Counts this consumer's deliveries from 1: a gap means that one was lost on the way. */
  readonly consumerSeq: number;
  /** Nanoseconds since the epoch, decimal. */
  readonly stored_ns: string;
}

/** Tokens of an ack subject before domains were added to it. */
const tokensWithoutDomain = 9;

/** Reads an ack subject; undefined where it is not one (a status, for instance). */
export const positionOf = (ackSubject: string): DeliveryPosition | undefined => {
  if (!ackSubject.startsWith("$JS.ACK.")) return undefined;
  const tokens = ackSubject.split(".");
  const at = tokens.length === tokensWithoutDomain ? 5 : 7;
  return {
    streamSeq: Number(tokens[at]),
    consumerSeq: Number(tokens[at + 1]),
    stored_ns: tokens[at + 2] ?? "0",
  };
};

/** A delivery over a client message; time and trace are read only when asked for. */
export class MailboxDelivery implements Delivery {
  readonly lane: Lane;
  readonly seq: number;
  readonly #message: Msg;
  readonly #stored_ns: string;

  constructor(lane: Lane, position: DeliveryPosition, message: Msg) {
    this.lane = lane;
    this.seq = position.streamSeq;
    this.#message = message;
    this.#stored_ns = position.stored_ns;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  get stored_ns(): bigint {
    return BigInt(this.#stored_ns);
  }

  get traceparent(): string | undefined {
    return this.#message.headers?.get("traceparent") || undefined;
  }
}
