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
import type { Nanos } from "../protocols/kernel/instant.ts";
import type { LegReport } from "../protocols/venue.ts";
import type { AccountTurn } from "./account_kinds.ts";
import { tradingStateOf } from "./account_rules.ts";
import type { VenueRequest } from "./order/order_decision.ts";

/** The answer to a request that may not leave; undefined where it may. */
export const heldBack = (
  { space, now }: Pick<AccountTurn, "space" | "now">,
  request: VenueRequest,
): LegReport | undefined => {
  const { command } = request;
  if (command.kind !== "place" && command.kind !== "replace") return undefined;
  const { orderId, clOrdId } = command;
  const { account, strategy } = partsOfOrderId(orderId);
  if (tradingStateOf(space, account, strategy) !== "halted") return undefined;
  const refusal = { code: "TRADING_HALTED", text: "halted before it left" } as const;
  return unsent(now, request, { execId: `halted-${clOrdId}`, ...refusal });
};

/** The answer to a request that does not leave this shard. */
export const unsent = (
  now: Nanos,
  { venue, command }: VenueRequest,
  why: Required<Pick<LegReport, "execId" | "code" | "text">>,
): LegReport => ({
  kind: "report",
  venue,
  orderId: command.orderId,
  execType: "not_sent",
  clOrdId: command.clOrdId,
  ...(command.kind === "replace" ? { origClOrdId: command.origClOrdId } : {}),
  cumQty_lots: 0,
  ...why,
  tsEvent: now,
});
