/**
 * Deciding an adjustment that an operator (or a reconciliation) asks for.
 *
 * Owns: what is refused and why, and what a request becomes in the journal. A request is booked
 * once: its id again with the same body is a repeat, with another body a conflict.
 * Never: rounds. A split that would leave a part of a lot is refused; the part is settled first.
 */
import { digestOf } from "../../protocols/digest.ts";
import { isToken } from "../../protocols/kernel/ids.ts";
import type { AccountId, InstrumentId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { parseDecimal } from "../../protocols/kernel/decimal.ts";
import { splitLots } from "./position_adjustment.ts";
import type { AdjustmentEntry } from "./position_adjustment.ts";
import type { AdjustmentNote, PositionAdjusted } from "./position_fact.ts";
import type { PositionState } from "./position_model.ts";

/** What may be asked for: an entry, or the net quantity that the venue has. */
export type AdjustmentRequest =
  | AdjustmentEntry
  | { readonly kind: "net"; readonly netQty_lots: Qty_lots; readonly price_ticks: Price_ticks };

/** A request to adjust a position: the account shard's mailbox takes it. */
export interface AdjustPosition {
  readonly kind: "adjust_position";
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  /** The asker's own id: what makes it idempotent within the account. */
  readonly adjustmentId: string;
  /** For the record: at most 64 printable characters. */
  readonly reason: string;
  /** Whose virtual position it is for; not with `split` (everybody's) or `net` (nobody's). */
  readonly strategy?: string;
  readonly request: AdjustmentRequest;
  /** Its price is remembered, because it may be given back at that later. */
  readonly remembersPrice?: true;
  /** When it was asked for. */
  readonly at: Nanos;
}

/** Why a request was refused. */
export type AdjustmentCode =
  | "MALFORMED"
  | "ACCOUNT_UNKNOWN"
  | "INSTRUMENT_UNKNOWN"
  | "ID_CONFLICT"
  | "POSITION_UNKNOWN"
  | "OUT_OF_RANGE"
  | "SPLIT_LEAVES_FRACTION"
  | "SPLIT_WITH_OPEN_ORDERS"
  | "NOTHING_TO_DO";

/** What is known where the request arrives. */
export interface AdjustmentSetting {
  readonly message: AdjustPosition;
  /** Undefined where the instrument is not configured. */
  readonly instrument: Pick<Instrument, "grid" | "quote"> | undefined;
  readonly accountKnown: boolean;
  /** The account's position, and all virtual ones under it, the external bucket's too. */
  readonly position: PositionState | undefined;
  readonly virtual: readonly PositionState[];
  /** Open orders of the account in the instrument. */
  readonly openOrders: number;
  /** What was booked under the id before. */
  readonly seen: AdjustmentNote | undefined;
}

/** The outcome of a request. */
export type AdjustmentDecision =
  | { readonly kind: "adjusted"; readonly facts: readonly PositionAdjusted[] }
  | { readonly kind: "repeat" }
  | { readonly kind: "refused"; readonly code: AdjustmentCode; readonly text: string };

/** Decides a request. */
export const decideAdjustment = (setting: AdjustmentSetting): AdjustmentDecision => {
  const { message, instrument: known, seen } = setting;
  const { account, instrument, adjustmentId, reason, strategy, request } = message;
  const malformed = faultOf(message);
  if (malformed !== undefined) return refused("MALFORMED", malformed);
  const digest = digestOf([instrument, strategy ?? "", reason, request]);
  if (seen !== undefined) {
    if (seen.digest === digest) return { kind: "repeat" };
    return refused("ID_CONFLICT", `${adjustmentId} was used with another body`);
  }
  if (!setting.accountKnown) return refused("ACCOUNT_UNKNOWN", account);
  if (known === undefined) return refused("INSTRUMENT_UNKNOWN", instrument);
  const entries = entriesOf(setting, request);
  if (!Array.isArray(entries)) return entries;
  const fact = (entry: Planned): PositionAdjusted => ({
    what: "position_adjusted",
    account,
    instrument,
    grid: setting.position?.grid ?? known.grid,
    currency: setting.position?.currency ?? known.quote,
    adjustmentId,
    digest,
    reason,
    ...(strategy === undefined ? {} : { strategy }),
    ...entry,
    ...(message.remembersPrice === true ? { remembersPrice: true as const } : {}),
    tsEvent: message.at,
  });
  return { kind: "adjusted", facts: entries.map(fact) };
};

type Planned = Pick<PositionAdjusted, "entry" | "part">;
type Refused = Extract<AdjustmentDecision, { kind: "refused" }>;

const entriesOf = (setting: AdjustmentSetting, request: AdjustmentRequest): Planned[] | Refused => {
  const { position, virtual, message } = setting;
  switch (request.kind) {
    case "split":
      return (
        refusalOfSplit(setting, request.numerator, request.denominator) ?? [{ entry: request }]
      );
    case "quantity": {
      const owner = virtual.find(({ strategy }) => strategy === message.strategy);
      const reached = [position?.netQty_lots ?? 0, owner?.netQty_lots ?? 0].map(
        (held) => held + request.qty_lots,
      );
      if (reached.every(Number.isSafeInteger)) return [{ entry: request }];
      return refused("OUT_OF_RANGE", "the position would leave the safe integers");
    }
    case "net":
      return difference(position?.netQty_lots ?? 0, request.netQty_lots, request.price_ticks);
    case "cost":
      if (position === undefined) return refused("POSITION_UNKNOWN", message.instrument);
      return [{ entry: request }];
    case "cash":
      return [{ entry: request }];
  }
};

/** From one net quantity to another: through zero it is a close and an open. */
const difference = (
  from: Qty_lots,
  to: Qty_lots,
  price_ticks: Price_ticks,
): Planned[] | Refused => {
  const entry = (qty_lots: Qty_lots): AdjustmentEntry => ({
    kind: "quantity",
    qty_lots,
    price_ticks,
  });
  if (from === to) return refused("NOTHING_TO_DO", `the position has ${to} lots`);
  if (!Number.isSafeInteger(to - from)) return refused("OUT_OF_RANGE", "too far from what it is");
  if (from === 0 || to === 0 || from > 0 === to > 0) return [{ entry: entry(to - from) }];
  return [
    { entry: entry(-from), part: "close" },
    { entry: entry(to), part: "open" },
  ];
};

const refusalOfSplit = (
  { position, virtual, openOrders }: AdjustmentSetting,
  numerator: number,
  denominator: number,
): Refused | undefined => {
  if (position === undefined) return refused("POSITION_UNKNOWN", "there is nothing to split");
  if (openOrders > 0) {
    return refused("SPLIT_WITH_OPEN_ORDERS", `${openOrders} orders are in the old quantity`);
  }
  for (const { netQty_lots, strategy } of [...virtual, position]) {
    if (splitLots(netQty_lots, numerator, denominator) !== undefined) continue;
    const whose = strategy ?? "the account";
    return refused("SPLIT_LEAVES_FRACTION", `${whose} holds ${netQty_lots} lots`);
  }
  return undefined;
};

const faultOf = ({
  adjustmentId,
  reason,
  strategy,
  request,
}: AdjustPosition): string | undefined => {
  if (!isToken(adjustmentId)) return "adjustmentId is no token";
  if (!/^[^\p{Cc}\p{Cs}]{1,64}$/u.test(reason)) return "reason is no text of 1 to 64 characters";
  const forNobody = request.kind === "split" || request.kind === "net";
  if (strategy !== undefined && (forNobody || !isToken(strategy))) return "strategy";
  switch (request.kind) {
    case "split":
      return isRatio(request.numerator) && isRatio(request.denominator) ? undefined : "ratio";
    case "cash":
      if (!/^[A-Za-z0-9]{1,12}$/.test(request.currency)) return "currency";
      return parseDecimal(request.amount) === undefined ? "amount" : undefined;
    case "quantity":
      if (!Number.isSafeInteger(request.qty_lots) || request.qty_lots === 0) return "qty_lots";
      return Number.isSafeInteger(request.price_ticks) ? undefined : "price_ticks";
    case "net":
      if (!Number.isSafeInteger(request.netQty_lots)) return "netQty_lots";
      return Number.isSafeInteger(request.price_ticks) ? undefined : "price_ticks";
    case "cost":
      return /^-?[1-9]\d{0,39}$/.test(request.value) ? undefined : "value";
    default:
      request satisfies never;
      return "request";
  }
};

const isRatio = (part: number): boolean => Number.isSafeInteger(part) && part > 0;

const refused = (code: AdjustmentCode, text: string): Refused => ({ kind: "refused", code, text });
