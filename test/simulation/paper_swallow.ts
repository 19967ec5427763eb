/**
 * A fill that a paper venue counts and never reports: what it reports next of the order shows it,
 * and its record tells it, at once or after some time.
 */
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import { figures, isWorking } from "./paper_order.ts";
import type { PaperOrder } from "./paper_order.ts";
import type { PaperLog } from "./paper_log.ts";
import type { Prng } from "./prng.ts";

/** How long the record may keep it back, milliseconds: within the grace of a world, and beyond. */
const delays_ms = [0, 300, 8_000];

/** What of a venue it needs. */
interface Bookkeeper {
  readonly book: (order: PaperOrder, qty_lots: Qty_lots, price_ticks: Price_ticks) => string;
  readonly log: PaperLog;
  readonly options: { readonly prng: Prng; readonly now_ns: () => bigint };
}

/** Books a fill of an order without a report. */
export const swallow = (
  venue: Bookkeeper,
  order: PaperOrder,
  qty_lots: Qty_lots,
  price_ticks: Price_ticks,
): void => {
  const { prng, now_ns } = venue.options;
  const execId = venue.book(order, qty_lots, price_ticks);
  if (isWorking(order)) order.status = "partially_filled";
  const report = {
    execType: "trade",
    clOrdId: order.current,
    venueOrderId: order.venueOrderId,
    execId,
    ...figures(order),
    lastQty_lots: qty_lots,
    lastPx_ticks: price_ticks,
    tsEvent: toNanos(now_ns()),
    ended: false,
  } as const;
  const from_ns = now_ns() + BigInt(prng.pick(delays_ms)) * 1_000_000n;
  venue.log.swallow(order.root, report, from_ns);
};
