/**
 * From what a strategy wrote to a trigger's terms and an iceberg's slice, on the grid.
 *
 * Owns: which fields go with which order type: `stopPx` with stops and if-touched orders (and, as
 * the beginning, with a trailing stop), one of the two offsets with a trailing stop alone,
 * `triggerPrice` with all of them; `maxFloor` below the quantity, not below the smallest order.
 */
import type { SubmitCommand } from "../../protocols/command.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import { formatSteps, toSteps } from "../../protocols/kernel/grid.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { triggerKindOf } from "../../protocols/ord_type.ts";
import type { TrailOffset, TriggerTerms } from "../../protocols/trigger.ts";
import { slices_max, slicesOf } from "./iceberg_model.ts";

/** What triggers look at where neither the order nor the instrument says. */
export const triggerPrice_default = "bid_ask";

/** Why the trigger's fields do not go with the order type; undefined where they do. */
export const badTrigger = (submit: SubmitCommand, { grid }: Instrument): Refusal | undefined => {
  const { ordType, trailOffset, trailOffset_bps, triggerPrice } = submit;
  const kind = triggerKindOf[ordType];
  if (kind === undefined && triggerPrice !== undefined) {
    return refuse("PRICE_NOT_ALLOWED", { ordType, triggerPrice });
  }
  const given = [trailOffset, trailOffset_bps].filter((offset) => offset !== undefined);
  if (kind !== "trail") {
    return given.length === 0
      ? undefined
      : refuse("PRICE_NOT_ALLOWED", { ordType, trailOffset: given.join(",") });
  }
  if (given.length === 0) return refuse("PRICE_REQUIRED", { ordType, missing: "trailOffset" });
  if (given.length === 2) {
    return refuse("PRICE_NOT_ALLOWED", { ordType, trailOffset: given.join(",") });
  }
  return trailOffset !== undefined && toSteps(trailOffset, grid.tick) === undefined
    ? refuse("PRICE_OFF_TICK", { trailOffset, tick: grid.tick.text })
    : undefined;
};

/** The trigger's terms; undefined of an order without one. Its fields must have been checked. */
export const triggerOf = (
  { ordType, stopPx, trailOffset, trailOffset_bps, triggerPrice }: SubmitCommand,
  instrument: Instrument,
): TriggerTerms | undefined => {
  const kind = triggerKindOf[ordType];
  if (kind === undefined) return undefined;
  const { tick } = instrument.grid;
  const stopPx_ticks = stopPx === undefined ? undefined : toSteps(stopPx, tick);
  const offset = trailOffset === undefined ? undefined : toSteps(trailOffset, tick);
  const trail: TrailOffset | undefined =
    offset !== undefined
      ? { unit: "ticks", amount: offset }
      : trailOffset_bps === undefined
        ? undefined
        : { unit: "bps", amount: trailOffset_bps };
  return {
    kind,
    price: triggerPrice ?? instrument.triggerPrice ?? triggerPrice_default,
    ...(stopPx_ticks === undefined ? {} : { stopPx_ticks }),
    ...(trail === undefined ? {} : { trail }),
  };
};

/** Why `maxFloor` cannot be; undefined where it can, or is not there. */
export const badMaxFloor = (
  { maxFloor, orderQty }: SubmitCommand,
  { grid, minQty_lots }: Instrument,
): Refusal | undefined => {
  if (maxFloor === undefined) return undefined;
  const { lot } = grid;
  const floor_lots = toSteps(maxFloor, lot);
  if (floor_lots === undefined) return refuse("MAX_FLOOR_INVALID", { maxFloor, lot: lot.text });
  if (floor_lots < minQty_lots) {
    return refuse("MAX_FLOOR_INVALID", { maxFloor, minimum: formatSteps(minQty_lots, lot) });
  }
  const orderQty_lots = toSteps(orderQty, lot) ?? 0;
  if (floor_lots >= orderQty_lots) return refuse("MAX_FLOOR_INVALID", { maxFloor, orderQty });
  const slices = slicesOf(orderQty_lots, floor_lots);
  return slices > slices_max
    ? refuse("MAX_FLOOR_INVALID", { maxFloor, orderQty, slices, limit: slices_max })
    : undefined;
};
