/**
 * Whether a request is well-formed for an instrument: guards in order of precedence, each with its
 * code. Pure; knows nothing of ids and books.
 *
 * Owns: the venue's own entry rules.
 */
import type { SimNewOrder, SimRejectCode } from "../../protocols/sim_wire.ts";
import { parseOnGrid } from "./decimal_grid.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";

/** Why a request is refused: the code, and the words. */
export interface Refusal {
  readonly kind: "refused";
  readonly rejectCode: SimRejectCode;
  readonly text: string;
}

/** The numbers of a good request. A market order has no price. */
export interface CheckedOrder {
  readonly kind: "checked";
  readonly price_ticks: number | undefined;
  readonly qty_lots: number;
}

/** A refusal. */
export const refused = (rejectCode: SimRejectCode, text: string): Refusal => ({
  kind: "refused",
  rejectCode,
  text,
});

/** Checks quantity and price of an order or a replace against the grid. */
export const checkNumbers = (
  spec: InstrumentSpec,
  orderQty: string,
  price: string | undefined,
): CheckedOrder | Refusal => {
  const qty_lots = parseOnGrid(orderQty, spec.qtyDecimals);
  if (qty_lots === "off_grid") return refused("quantity_off_grid", `orderQty=${orderQty}`);
  if (typeof qty_lots === "string" || qty_lots === 0) {
    return refused("invalid_quantity", `orderQty=${orderQty}`);
  }
  if (price === undefined) return { kind: "checked", price_ticks: undefined, qty_lots };
  const price_ticks = parseOnGrid(price, spec.priceDecimals);
  if (price_ticks === "off_grid") return refused("price_off_grid", `price=${price}`);
  if (typeof price_ticks === "string" || price_ticks === 0) {
    return refused("invalid_price", `price=${price}`);
  }
  return { kind: "checked", price_ticks, qty_lots };
};

/** Checks a new order against its instrument. */
export const checkNewOrder = (
  request: SimNewOrder,
  spec: InstrumentSpec | undefined,
): CheckedOrder | Refusal => {
  const { ordType, price, timeInForce } = request;
  if (spec === undefined) return refused("unknown_instrument", request.instrument);
  if (ordType === "limit" && price === undefined) return refused("price_required", "limit order");
  if (ordType === "market" && price !== undefined) {
    return refused("price_not_allowed", "market order");
  }
  const mayRest = ordType === "limit" && (timeInForce === "day" || timeInForce === "gtc");
  if (request.postOnly === true && !mayRest) {
    return refused("post_only_not_allowed", `${ordType} ${timeInForce}`);
  }
  return checkNumbers(spec, request.orderQty, price);
};
