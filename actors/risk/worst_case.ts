/**
 * The worst that an order can do to a position, and when it can do no more than it already could.
 *
 * Owns: how a replaced order's own reservation is counted: once, at the larger of before and after,
 * since either may be in force at the venue.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { RiskInput } from "./risk_input.ts";

/** What of a check's input the worst case follows from. */
export type WorstCaseInput = Pick<
  RiskInput,
  "side" | "order" | "replaces" | "netQty_lots" | "exposure"
>;

/**
 * The position in the order's own direction (short is positive for a sale) if everything that is
 * open on its side fills, this order included and nothing of the other side.
 */
export const worstCase = (input: WorstCaseInput): Qty_lots => {
  const { side, order, replaces, netQty_lots, exposure } = input;
  const own = replaces === undefined ? 0 : replaces.leavesQty_lots;
  const leaves = Math.max(order.leavesQty_lots, own);
  return side === "buy"
    ? netQty_lots + (exposure?.openBuy_lots ?? 0) - own + leaves
    : (exposure?.openSell_lots ?? 0) - netQty_lots - own + leaves;
};

/** Against the position, and too little with all else on its side to take it through zero. */
export const lowersPosition = (input: WorstCaseInput): boolean => {
  const against = input.side === "buy" ? input.netQty_lots < 0 : input.netQty_lots > 0;
  return against && worstCase(input) <= 0;
};

/**
 * A replace that lowers the quantity and makes the price no more aggressive. One that moves a stop
 * is none: its price was judged at the old one.
 */
export const isPureDecrease = ({ side, order, replaces }: RiskInput): boolean => {
  if (replaces === undefined) return false;
  if (order.orderQty_lots >= replaces.orderQty_lots) return false;
  if (order.leavesQty_lots > replaces.leavesQty_lots) return false;
  if (order.stopPx_ticks !== replaces.stopPx_ticks) return false;
  if (order.price_ticks === undefined || replaces.price_ticks === undefined) {
    return order.price_ticks === replaces.price_ticks;
  }
  return side === "buy"
    ? order.price_ticks <= replaces.price_ticks
    : order.price_ticks >= replaces.price_ticks;
};

/** Whether more may trade than what the order has reserved; true of every new order. */
export const leavesGrow = ({ order, replaces }: RiskInput): boolean =>
  replaces === undefined || order.leavesQty_lots > replaces.leavesQty_lots;
