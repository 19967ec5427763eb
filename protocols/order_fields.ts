/**
 * The fields that every order has in a command, whether it comes alone or bound to others.
 *
 * Owns: these fields and their defaults.
 */
import { Effect, Schema } from "effect";
import { execInsts, ordTypes, timesInForce } from "./ord_words.ts";
import * as scalar from "./scalar.ts";
import { triggerPrices } from "./trigger.ts";

/** FIX Side (54) as the contract has it. */
export const SideWord = Schema.Literals(["buy", "sell", "sell_short"]);

/** Where an order may go. */
export const Route = Schema.Union([
  Schema.Struct({ policy: Schema.Literal("smart") }),
  Schema.Struct({ policy: Schema.Literal("direct"), venue: scalar.VenueToken }),
]);

/** Basis points that a trailing stop may stay behind: below the whole price. */
export const trailOffset_bps_max = 9_999;

/** FIX OrdType (40). */
export const ordType = Schema.Literals(ordTypes);

/** A note of the strategy's own. */
export const text = Schema.optionalKey(scalar.NoteText);

/** Prices, times, instructions and route. */
export const terms = {
  price: Schema.optionalKey(scalar.PriceDecimal),
  stopPx: Schema.optionalKey(scalar.PriceDecimal),
  /** FIX PegOffsetValue (211) as a price: how far a trailing stop stays behind. */
  trailOffset: Schema.optionalKey(scalar.PositiveDecimal),
  /** The same in basis points of the best price seen. */
  trailOffset_bps: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: trailOffset_bps_max })),
  ),
  /** FIX TriggerPriceType (1107). */
  triggerPrice: Schema.optionalKey(Schema.Literals(triggerPrices)),
  timeInForce: Schema.Literals(timesInForce).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("day" as const)),
  ),
  expireTime: Schema.optionalKey(scalar.NanosText),
  execInst: Schema.Array(Schema.Literals(execInsts))
    .check(Schema.isMaxLength(execInsts.length), Schema.isUnique())
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  maxFloor: Schema.optionalKey(scalar.PositiveDecimal),
  route: Route.pipe(Schema.withDecodingDefaultKey(Effect.succeed({ policy: "smart" as const }))),
} as const;

interface Expiring {
  readonly timeInForce: (typeof timesInForce)[number];
  readonly expireTime?: string;
}

/** FIX ExpireTime (126) goes with `gtd`, and only with it. */
export const expiry = <Order extends Expiring>() =>
  Schema.makeFilter(({ timeInForce, expireTime }: Order) => {
    if ((timeInForce === "gtd") === (expireTime !== undefined)) return undefined;
    return { path: ["expireTime"], issue: "goes with timeInForce gtd, and only with it" };
  });
