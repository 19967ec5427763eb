/**
 * What an order type is made of: a trigger, and what the order is once that has fired.
 */
import type { OrdType } from "./ord_words.ts";
import type { TriggerTerms } from "./trigger.ts";

/** What a trigger makes of an order type; one without a trigger is it from the beginning. */
export const afterTrigger: Readonly<Record<OrdType, "market" | "limit">> = {
  market: "market",
  limit: "limit",
  stop: "market",
  stop_limit: "limit",
  market_if_touched: "market",
  limit_if_touched: "limit",
  trailing_stop: "market",
};

/** The kind of trigger that an order type waits for; undefined where it waits for none. */
export const triggerKindOf: Readonly<Record<OrdType, TriggerTerms["kind"] | undefined>> = {
  market: undefined,
  limit: undefined,
  stop: "stop",
  stop_limit: "stop",
  market_if_touched: "touch",
  limit_if_touched: "touch",
  trailing_stop: "trail",
};

/** Whether an order type waits for a trigger. */
export const hasTrigger = (ordType: OrdType): boolean => triggerKindOf[ordType] !== undefined;
