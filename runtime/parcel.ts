/**
 * Parcels: messages between shards, many in one mailbox message.
 *
 * While one parcel to a shard is on its way, what the next commits have for that shard gathers in
 * the next parcel. Each item carries its frame and index at the sender: the receiver keeps the
 * highest it has seen per sender, so a parcel that arrives twice, or is packed anew after a crash,
 * is applied once.
 *
 * Owns: the bytes of a parcel and the high-water mark's order.
 */
import type { ShardName } from "../protocols/kernel/shard.ts";

/** One message: frame and index at the sender, and the message itself. */
export type ParcelItem = readonly [frame: number, index: number, message: unknown];

/** Frame and index of the last message that was taken from a sender. */
export type HighWater = readonly [frame: number, index: number];

/** The bytes of a parcel. `items` are given with their messages as JSON text. */
export const encodeParcel = (
  from: ShardName,
  items: readonly { readonly frame: number; readonly index: number; readonly text: string }[],
): Uint8Array => {
  const texts = items.map(({ frame, index, text }) => `[${frame},${index},${text}]`);
  return Buffer.from(`{"from":${JSON.stringify(from)},"items":[${texts.join(",")}]}`);
};

/** Reads a parcel. Throws where the bytes are none. */
export const decodeParcel = (
  data: Uint8Array,
): { readonly from: ShardName; readonly items: readonly ParcelItem[] } => {
  const parsed: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
  if (!isParcel(parsed)) throw new Error("a parcel has a sender and numbered items");
  return parsed;
};

const isParcel = (value: unknown): value is { from: ShardName; items: ParcelItem[] } => {
  if (typeof value !== "object" || value === null) return false;
  const { from, items } = value as { readonly from?: unknown; readonly items?: unknown };
  return typeof from === "string" && Array.isArray(items) && items.every(isItem);
};

const isItem = (item: unknown): boolean =>
  Array.isArray(item) &&
  item.length === 3 &&
  Number.isSafeInteger(item[0]) &&
  Number.isSafeInteger(item[1]);

/** Whether an item was already taken, going by the sender's high-water mark. */
export const alreadyTaken = (item: ParcelItem, high: HighWater | undefined): boolean =>
  high !== undefined && (item[0] < high[0] || (item[0] === high[0] && item[1] <= high[1]));
