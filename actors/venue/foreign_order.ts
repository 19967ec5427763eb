/**
 * The names of orders at a venue that we did not place, and who is told of them.
 *
 * `<external account>._external.<unknown|adopted>-<digest>`: the digest is of the venue's own id,
 * so that the same order has the same name after any restart.
 */
import { digestOf } from "../../protocols/digest.ts";
import type { AccountId, ClOrdId, OrderId, StrategyId } from "../../protocols/kernel/ids.ts";
import { orderIdOf, partsOfOrderId } from "../../protocols/kernel/ids.ts";
import type { LegExecType } from "../../protocols/venue.ts";
import { externalStrategy } from "../../protocols/kernel/subjects.ts";
import type { ExternalOrder } from "./reconcile_state.ts";
import type { VenueOptions } from "./venue_options.ts";

/** In the place of an account, where none is configured. */
const nobody = "_nobody";

/** The name of an order that we did not place. */
export const externalOrderId = (
  { venue, reconcile }: VenueOptions,
  venueOrderId: string,
  as: ExternalOrder,
): OrderId =>
  orderIdOf(
    (reconcile.externalAccount ?? nobody) as AccountId,
    externalStrategy as StrategyId,
    `${as}-${digestOf([venue, venueOrderId])}` as ClOrdId,
  );

/**
 * The account that is told of a report about an order that we did not place; undefined: we placed
 * it. Only an adopted one has a state there that takes anything but executions.
 */
export const foreignHome = (
  orderId: OrderId,
  execType: LegExecType,
): AccountId | "nobody" | undefined => {
  const { account, strategy, clOrdId } = partsOfOrderId(orderId);
  if (strategy !== externalStrategy) return undefined;
  const isExecution =
    execType === "trade" || execType === "trade_cancel" || execType === "trade_correct";
  const isTold = clOrdId.startsWith("adopted-") || isExecution;
  return account === nobody || !isTold ? "nobody" : account;
};
