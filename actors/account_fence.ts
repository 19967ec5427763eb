/**
 * The last gate of an account shard: in a halted scope no place and no replace leaves it, whatever
 * brought it about (a slice, a leg that follows another one, a child of an algorithm).
 *
 * What may not leave is answered at once, as what is proven never to have left: the order goes on
 * from there as it would if its venue's shard had said so.
 *
 * Owns: that check. Entry and triggers are refused before, with the same code.
 */
import { partsOfOrderId } from "../protocols/kernel/ids.ts";
import type { LegReport } from "../protocols/venue.ts";
import type { AccountTurn } from "./account_kinds.ts";
import { tradingStateOf } from "./account_rules.ts";
import type { VenueRequest } from "./order/order_decision.ts";

/** The answer to a request that may not leave; undefined where it may. */
export const heldBack = (
  { space, now }: Pick<AccountTurn, "space" | "now">,
  { venue, command }: VenueRequest,
): LegReport | undefined => {
  if (command.kind !== "place" && command.kind !== "replace") return undefined;
  const { orderId, clOrdId } = command;
  const { account, strategy } = partsOfOrderId(orderId);
  if (tradingStateOf(space, account, strategy) !== "halted") return undefined;
  return {
    kind: "report",
    venue,
    orderId,
    execType: "not_sent",
    clOrdId,
    ...(command.kind === "replace" ? { origClOrdId: command.origClOrdId } : {}),
    execId: `halted-${clOrdId}`,
    cumQty_lots: 0,
    code: "TRADING_HALTED",
    text: "halted before it left",
    tsEvent: now,
  };
};
