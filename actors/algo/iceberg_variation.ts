/**
 * How an iceberg's slices and its waits vary, so that nobody recognises them.
 *
 * What varies is a hash of the order and the slice's number: a replay, or another node, varies it
 * in the same way.
 *
 * Owns: that variation. A slice is never above `maxFloor`, a wait never below its delay.
 */
import { hash } from "node:crypto";
import { bps } from "../../protocols/algo.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { OrderId } from "../../protocols/kernel/ids.ts";

/** A number from 0 to below `count` that belongs to a slice of an order. */
export const drawOf = (orderId: OrderId, what: string, slice: number, count: number): number => {
  const digits = hash("sha256", `${orderId}|${what}|${slice}`, "hex").slice(0, 12);
  return Number.parseInt(digits, 16) % count;
};

/** Most that a slice shows: `maxFloor`, or less by at most the variance, not below the minimum. */
export const variedFloor_lots = (
  maxFloor_lots: Qty_lots,
  minQty_lots: Qty_lots,
  variance_bps: number,
  orderId: OrderId,
  slice: number,
): Qty_lots => {
  const span_lots = Math.floor((maxFloor_lots * variance_bps) / bps);
  if (span_lots <= 0) return maxFloor_lots;
  const less = drawOf(orderId, "size", slice, span_lots + 1);
  return Math.max(Math.min(minQty_lots, maxFloor_lots), maxFloor_lots - less);
};

/** How long after a slice is filled the next one is shown, milliseconds. */
export const variedDelay_ms = (
  delay_ms: number,
  variance_bps: number,
  orderId: OrderId,
  slice: number,
): number => {
  const span_ms = Math.floor((delay_ms * variance_bps) / bps);
  return span_ms <= 0 ? delay_ms : delay_ms + drawOf(orderId, "delay", slice, span_ms + 1);
};
