/**
 * The names of things: branded ids, so that swapping two strings does not compile.
 *
 * Owns: the alphabet of tokens and how an order's id is put together.
 * Never: makes a live id (that is `runtime/id_source.ts`) or reads a subject (`subjects.ts`).
 */
import { hash } from "node:crypto";
import { Schema } from "effect";

/** What a token may look like on the wire; one starting with `_` belongs to the OMS itself. */
export const tokenPattern = /^[A-Za-z0-9-][A-Za-z0-9_-]{0,35}$/;

const Token = Schema.String.check(Schema.isPattern(tokenPattern));

/** A trading account: the unit of risk, and the key that picks the shard. */
export const AccountId = Token.pipe(Schema.brand("AccountId"));
/** A trading account's id. */
export type AccountId = typeof AccountId.Type;

/** A strategy (or a desk, or a person) trading under one account. */
export const StrategyId = Token.pipe(Schema.brand("StrategyId"));
/** A strategy's id. */
export type StrategyId = typeof StrategyId.Type;

/** The strategy's own id for an order: the idempotency key within account and strategy. */
export const ClOrdId = Token.pipe(Schema.brand("ClOrdId"));
/** A strategy's id for an order, a replace or a cancel. */
export type ClOrdId = typeof ClOrdId.Type;

/** A tradable instrument, for example `BTC-USDT`. */
export const InstrumentId = Token.pipe(Schema.brand("InstrumentId"));
/** An instrument's id. */
export type InstrumentId = typeof InstrumentId.Type;

/** A venue connection, for example `SIMX`. */
export const VenueId = Token.pipe(Schema.brand("VenueId"));
/** A venue's id. */
export type VenueId = typeof VenueId.Type;

/** `<account>.<strategy>.<clOrdId>`: an order's id everywhere inside the OMS. */
export const OrderId = Schema.String.pipe(Schema.brand("OrderId"));
/** An order's id. */
export type OrderId = typeof OrderId.Type;

/** Our id for one request to a venue (new, replace or cancel): FIX's ClOrdID (11) at the venue. */
export const LegClOrdId = Schema.String.pipe(Schema.brand("LegClOrdId"));
/** Our id for one request to a venue. */
export type LegClOrdId = typeof LegClOrdId.Type;

/** Whether a string may stand as a token that a strategy chose. */
export const isToken = (text: string): boolean => tokenPattern.test(text);

/** The order id of a strategy's own id. The three parts must be valid tokens. */
export const orderIdOf = (account: AccountId, strategy: StrategyId, clOrdId: ClOrdId): OrderId =>
  `${account}.${strategy}.${clOrdId}` as OrderId;

/** The three ids that an order id is made of. */
export const partsOfOrderId = (
  orderId: OrderId,
): { account: AccountId; strategy: StrategyId; clOrdId: ClOrdId } => {
  const [account = "", strategy = "", clOrdId = ""] = orderId.split(".");
  return {
    account: account as AccountId,
    strategy: strategy as StrategyId,
    clOrdId: clOrdId as ClOrdId,
  };
};

const base32 = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * The deterministic id of one venue request: two base-36 characters of the account shard's index
 * and twelve base-32 characters (60 bits) of SHA-256 over the logical fields. Fourteen characters
 * fit the shortest venue id field we speak (an OUCH token). A replay or a restart gives the same
 * id, so the venue can never hold two orders for one intent.
 *
 * @param shardIndex index of the account shard, 0 to 1295: a report finds its way home by it
 * @param purpose what the request is, unique within the order: `new:0`, `replace:2`, `cancel:1`
 */
export const legClOrdIdOf = (shardIndex: number, orderId: OrderId, purpose: string): LegClOrdId => {
  const digest = hash("sha256", `${orderId}/${purpose}`, "hex");
  let text = shardIndex.toString(36).padStart(2, "0");
  for (let i = 0; i < 60; i += 5) text += base32.charAt(fiveBits(digest, i));
  return text as LegClOrdId;
};

const fiveBits = (hex: string, bit: number): number => {
  const start = bit >> 2;
  const window = Number.parseInt(hex.slice(start, start + 3), 16);
  return (window >> (12 - (bit & 3) - 5)) & 31;
};

/** The account shard's index that a leg id carries, or undefined where it is not one of ours. */
export const shardIndexOfLeg = (legClOrdId: string): number | undefined => {
  if (!/^[0-9a-z]{2}[0-9a-hjkmnp-tv-z]{12}$/.test(legClOrdId)) return undefined;
  return Number.parseInt(legClOrdId.slice(0, 2), 36);
};
