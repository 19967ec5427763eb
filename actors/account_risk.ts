/**
 * Whether an order that was accepted long ago may still leave, as its account stands now.
 *
 * Its quantity and value were checked when it came and have been reserved since. What may have
 * changed is the account's trading state.
 *
 * Owns: that check.
 */
import type { Qty_lots } from "../protocols/kernel/grid.ts";
import type { Refusal } from "../protocols/kernel/reject_code.ts";
import { refuse } from "../protocols/kernel/reject_code.ts";
import type { OrderState } from "../protocols/order.ts";
import type { TradingState } from "../protocols/trading_state.ts";
import { holdingKey } from "./account_kinds.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { judgedPrice } from "./account_reference.ts";
import type { Price_ticks } from "../protocols/kernel/grid.ts";
import { peersReserved_lots } from "./account_groups.ts";
import { tradingStateOf } from "./account_rules.ts";
import { worstOpen_lots } from "./order/order_reservation.ts";
import { checkPrice } from "./risk/risk_checks.ts";
import type { ExposureState } from "./risk/exposure_model.ts";
import { permissions } from "./risk/trading_state.ts";
import { lowersPosition } from "./risk/worst_case.ts";

const codes = {
  reducing: "TRADING_REDUCING",
  cancel_only: "TRADING_CANCEL_ONLY",
  halted: "TRADING_HALTED",
} as const satisfies Record<Exclude<TradingState, "active">, string>;

/** Why a price is none that an order of this account may have now; undefined where it is one. */
export const priceRefusal = (
  { now_ns }: AccountTurn,
  world: AccountWorld,
  { account, terms }: OrderState,
  price_ticks: Price_ticks | undefined,
): Refusal | undefined => {
  if (terms === undefined) return undefined;
  const { instrument, side, grid } = terms;
  const limits = world.reference.accounts.get(account);
  const { trigger: _met, ...plain } = terms;
  const reference = judgedPrice(world, plain, now_ns);
  return checkPrice({ account, instrument, side, grid, limits, reference }, price_ticks);
};

/**
 * Why an order may not leave now; undefined where it may.
 *
 * @param leavesQty_lots what it could then fill, where that is more than it has reserved
 */
export const stateRefusal = (
  turn: AccountTurn,
  order: OrderState,
  leavesQty_lots: Qty_lots = worstOpen_lots(order),
): Refusal | undefined => {
  const { account, strategy, terms } = order;
  const state = tradingStateOf(turn.space, account, strategy);
  if (state === "active" || terms === undefined) return undefined;
  const { instrument, side } = terms;
  const key = holdingKey(account, instrument);
  const plain = { orderQty_lots: terms.orderQty_lots, price_ticks: undefined };
  const isLowering = lowersPosition({
    side,
    order: { ...plain, leavesQty_lots },
    replaces: { ...plain, leavesQty_lots: worstOpen_lots(order) },
    netQty_lots: turn.space.get("position", key)?.netQty_lots ?? 0,
    exposure: besidePeers(turn, order, turn.space.get("exposure", key)),
  });
  if (permissions[state].submit === "reducing" && isLowering) return undefined;
  return refuse(codes[state], { instrument });
};

/** What is open without an order's peers: what one of them executes the others do not. */
const besidePeers = (
  { space }: AccountTurn,
  order: OrderState,
  exposure: ExposureState | undefined,
): ExposureState | undefined => {
  const peers_lots = peersReserved_lots(space, order);
  if (exposure === undefined || peers_lots === 0) return exposure;
  const { openBuy_lots, openSell_lots } = exposure;
  return order.terms?.side === "buy"
    ? { ...exposure, openBuy_lots: openBuy_lots - peers_lots }
    : { ...exposure, openSell_lots: openSell_lots - peers_lots };
};
