/**
 * The journal frame: one group commit, as one message.
 *
 * Three lines of JSON. The first says who wrote it, where, and binds it to the frame before it:
 *   {"v":1,"shard":…,"seq":…,"epoch":…,"prev":…,"sum":…}
 * The second is the content: an epoch record (a new owner begins) or turns. The third, empty where
 * there is nothing, lists what the turns have decided to send: it is the larger part of a journal
 * and matters only until it has arrived, so a replay need not parse it. `sum` is SHA-256, cut to
 * 128 bits, over all of it, `prev` included: each frame vouches for all before it, so a hole, a bit
 * flip or an exchanged frame is found at the next read.
 *
 * Owns: the bytes of frames. Never: stores or reads one.
 */
import { hash } from "node:crypto";

/** Reading positions in the mailbox, per lane: everything up to there is in the journal. */
export interface Marks {
  readonly h: number;
  readonly n: number;
}

/** What a message to another shard or a publication on the feed is, as committed. */
export type Outgoing =
  | { readonly to: string; readonly message: unknown }
  | { readonly subject: string; readonly body: unknown };

/** One turn: what came in, what was decided, what leaves. */
export interface TurnRecord {
  /** What came in: `n:17`, `h:9#2`, `timer:<id>`, `local`, `started`. */
  readonly in: string;
  /** For messages of other shards: sender, its frame, the index there. */
  readonly from?: readonly [string, number, number];
  readonly events: readonly unknown[];
  /** Timers set (instant as text) or cleared (null). */
  readonly timers?: readonly (readonly [string, string | null])[];
  /** Why the message was parked instead of processed. */
  readonly parked?: string;
}

/** A new owner begins: everything after it is by that owner, until the next such record. */
export interface EpochContent {
  readonly kind: "epoch";
  readonly node: string;
  readonly at: string;
}

/** A group commit of turns. */
export interface TurnsContent {
  readonly kind: "turns";
  readonly at: string;
  readonly marks: Marks;
  /** All outgoing messages of frames up to this one have been stored at their destination. */
  readonly drained: number;
  readonly turns: readonly TurnRecord[];
  /** The state hash that the live owner had after an earlier frame. */
  readonly hashed?: { readonly seq: number; readonly hash: string };
}

/** A decoded frame. */
export interface Frame {
  readonly shard: string;
  readonly seq: number;
  readonly epoch: number;
  readonly prev: string;
  readonly sum: string;
  readonly content: EpochContent | TurnsContent;
  /** What its turns have decided to send, in order; parsed when asked for. */
  readonly out: () => readonly Outgoing[];
}

/** `prev` of a journal's first frame. */
export const noSum = "0".repeat(32);

/** A frame that is not what it must be at its place: the journal cannot be trusted past it. */
export class FrameBroken extends Error {
  override readonly name = "FrameBroken";
}

const sumOf = (shard: string, seq: number, epoch: number, prev: string, content: string): string =>
  hash("sha256", `${shard}\n${seq}\n${epoch}\n${prev}\n${content}`, "hex").slice(0, 32);

/** The bytes of a frame and its checksum. `content` and `out` are JSON texts on one line each. */
export const encodeFrame = (
  shard: string,
  seq: number,
  epoch: number,
  prev: string,
  content: string,
  out = "",
): { readonly data: Uint8Array; readonly sum: string } => {
  const body = `${content}\n${out}`;
  const sum = sumOf(shard, seq, epoch, prev, body);
  const head = JSON.stringify({ v: 1, shard, seq, epoch, prev, sum });
  return { data: Buffer.from(`${head}\n${body}`), sum };
};

interface Head {
  readonly v: number;
  readonly shard: string;
  readonly seq: number;
  readonly epoch: number;
  readonly prev: string;
  readonly sum: string;
}

/** Reads a frame and checks its own checksum. Throws `FrameBroken`. */
export const decodeFrame = (data: Uint8Array): Frame => {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
  const cut = text.indexOf("\n");
  try {
    const head = JSON.parse(text.slice(0, cut)) as Head;
    const body = text.slice(cut + 1);
    if (head.v !== 1) throw new FrameBroken(`version ${head.v} is not known`);
    if (sumOf(head.shard, head.seq, head.epoch, head.prev, body) !== head.sum) {
      throw new FrameBroken(`frame ${head.seq} does not match its checksum`);
    }
    const end = body.indexOf("\n");
    const content = JSON.parse(body.slice(0, end)) as EpochContent | TurnsContent;
    const out = (): readonly Outgoing[] =>
      end + 1 === body.length ? [] : (JSON.parse(body.slice(end + 1)) as readonly Outgoing[]);
    return { ...head, content, out };
  } catch (cause) {
    if (cause instanceof FrameBroken) throw cause;
    throw new FrameBroken("a frame cannot be read", { cause });
  }
};

/** Checks that a frame continues the one before it. Throws `FrameBroken`. */
export const checkChain = (frame: Frame, before: { seq: number; sum: string; epoch: number }) => {
  if (frame.seq !== before.seq + 1) {
    throw new FrameBroken(`frame ${frame.seq} follows frame ${before.seq}`);
  }
  if (frame.prev !== before.sum) {
    throw new FrameBroken(`frame ${frame.seq} does not continue frame ${before.seq}`);
  }
  const epoch = frame.content.kind === "epoch" ? before.epoch + 1 : before.epoch;
  if (frame.epoch !== epoch) {
    throw new FrameBroken(`frame ${frame.seq} is of epoch ${frame.epoch}, not ${epoch}`);
  }
};
