/**
 * What we do ourselves for an order, because its venues do not: decided at entry, once, and
 * journaled with its terms.
 */
import type { Qty_lots } from "./kernel/grid.ts";
import type { Nanos } from "./kernel/instant.ts";

/** What we do ourselves for an order. */
export interface HeldTerms {
  /** We wait until its parent has executed something. */
  readonly parent?: true;
  /** We wait for its trigger. */
  readonly trigger?: true;
  /** We wait for its auction: not sent before. */
  readonly release?: Nanos;
  /** We show it in slices: each at most `maxFloor_lots`, none below `minQty_lots`. */
  readonly slice?: { readonly maxFloor_lots: Qty_lots; readonly minQty_lots: Qty_lots };
  /** We end it at this moment, where it still lives. */
  readonly expire?: Nanos;
}

/** Whether an order has no leg when it is accepted: it waits, or is worked in slices. */
export const startsWithUs = ({
  held,
  algo,
}: {
  readonly held?: HeldTerms;
  readonly algo?: unknown;
}): boolean => isKeptBack(held) || algo !== undefined;

/** Whether an order is kept back when it is accepted, for its trigger or its auction. */
export const isKeptBack = (held: HeldTerms | undefined): boolean =>
  held?.parent !== undefined || held?.trigger !== undefined || held?.release !== undefined;
