/**
 * The names of orders at a venue that we did not place, and who is told of them.
 *
 * `<external account>._external.<unknown|adopted>-<digest>`: the digest is of the venue's own id in
 * the numbering in which it was first heard of. A venue that begins its numbering anew may use its
 * ids again, for other orders. A name once given stays, over any restart.
 */
import { digestOf } from "../../protocols/digest.ts";
import type {
  AccountId,
  ClOrdId,
  LegClOrdId,
  OrderId,
  StrategyId,
} from "../../protocols/kernel/ids.ts";
import { orderIdOf, partsOfOrderId } from "../../protocols/kernel/ids.ts";
import type { LegExecType } from "../../protocols/venue.ts";
import { externalStrategy } from "../../protocols/kernel/subjects.ts";
import type { ExternalOrder } from "./reconcile_state.ts";
import type { ReadonlySpace } from "../../runtime/shard_model.ts";
import type { VenueOptions } from "./venue_options.ts";
import type { VenueKinds } from "./venue_state.ts";

/** What a name is made of. */
interface Named {
  readonly space: ReadonlySpace<VenueKinds>;
  readonly options: VenueOptions;
}

/** In the place of an account, where none is configured. */
const nobody = "_nobody";

/** The name of an order that we did not place and that goes by `clOrdId` there. */
export const externalOrderId = (
  { space, options }: Named,
  clOrdId: LegClOrdId,
  venueOrderId: string,
  as: ExternalOrder,
): OrderId => {
  const known = space.get("order", space.get("id", clOrdId) ?? clOrdId);
  if (known?.external === as) return known.orderId;
  const { venue, reconcile } = options;
  const { incarnation = "" } = space.get("session", venue) ?? {};
  return orderIdOf(
    (reconcile.externalAccount ?? nobody) as AccountId,
    externalStrategy as StrategyId,
    `${as}-${digestOf([venue, incarnation, venueOrderId])}` as ClOrdId,
  );
};

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
