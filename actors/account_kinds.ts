/**
 * What an account shard keeps, states and is told: the types that its pipeline connects.
 *
 * A turn runs through order, risk book and position of one account together, because they are in
 * one shard and one frame: a fill can never be in the one and not in the other.
 */
import type { InstrumentId, OrderId, VenueId } from "../protocols/kernel/ids.ts";
import type { Qty_lots } from "../protocols/kernel/grid.ts";
import type { Nanos } from "../protocols/kernel/instant.ts";
import type { CancelAtVenue } from "../protocols/control.ts";
import type { ControlMemory } from "../protocols/control_memory.ts";
import type { ReferenceData } from "../protocols/instrument.ts";
import type { MarketView, VenueStatus } from "../protocols/market.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import type { PricePoint } from "../protocols/trigger.ts";
import type { LegReport, Side, VenueCommand, VenueStatusReport } from "../protocols/venue.ts";
import type { ReconcileMessage } from "../protocols/venue_reconcile.ts";
import type { ReadonlySpace, ShardInput, Turn } from "../runtime/shard_model.ts";
import type { AdjustPosition } from "./position/adjustment_decision.ts";
import type { MarkPositions } from "./position/mark_decision.ts";
import type {
  AdjustmentNote,
  ExternalExecution,
  ExternalRequest,
  PositionFact,
} from "./position/position_fact.ts";
import type { PositionState } from "./position/position_model.ts";
import type { ControlFact, TradingRule } from "./control/control_fact.ts";
import type { OperatorCancel } from "./control/operator_cancel.ts";
import type { SliceBarred, SlicingState, VolumeCounted } from "./algo/slicing_state.ts";
import type { VolumeObserved, VolumeState } from "./algo/traded_volume.ts";
import type { HeldState } from "./held/held_state.ts";
import type { MarketObserved, WatchMarket } from "./held/market_watch.ts";
import type { AccountState } from "./risk/account_state.ts";
import type { ExposureState } from "./risk/exposure_model.ts";

/** Actors of an account shard, and what their states are keyed by. */
export interface AccountKinds {
  /** By order id. */
  readonly order: OrderState;
  /** By order id: those that have not ended, so that nobody need look through all orders. */
  readonly open: true;
  /** By order id: those that wait with us. */
  readonly held: HeldState;
  /** By order id: of those that are shown in slices, what is remembered. */
  readonly slicing: SlicingState;
  /** By `<venue>.<instrument>`: traded volume, where an order's share of it matters. */
  readonly volume: VolumeState;
  /** By order id: open orders that end with a day. */
  readonly dayOrder: DayOrder;
  /** By `<account>.<instrument>`. */
  readonly reduceOnly: ReduceOnlyOrders;
  /** By group id: orders that are bound to each other, while any of them is remembered. */
  readonly contingency: OrderGroup;
  /** By order id, in the order of ending: since when an order is only remembered. */
  readonly ended: Nanos;
  /** By order id: those of which something is booked provisionally. */
  readonly provisional: ProvisionalFills;
  /** By `<account>.<instrument>`. */
  readonly position: PositionState;
  /** By `<account>.<strategy>.<instrument>`: virtual positions that add up to the account's. */
  readonly strategyPosition: PositionState;
  /** By account and execution key: trades of no order of ours. */
  readonly external: ExternalExecution;
  /** By account and request id: which of them were reported under an id of ours. */
  readonly externalRequest: ExternalRequest;
  /** By `<account>.<adjustmentId>`. */
  readonly adjustment: AdjustmentNote;
  /** By `<account>.<instrument>`. */
  readonly exposure: ExposureState;
  /** By account. */
  readonly account: AccountState;
  /** By venue: what its shard last said. */
  readonly venue: VenueStatus;
  /** By `_all` or `<account>.<strategy>`; an account's own is in its state. */
  readonly tradingRule: TradingRule;
  /** By its id: cancels that operators asked for, under way. */
  readonly operatorCancel: OperatorCancel;
  /** One: which requests of operators were carried out. */
  readonly control: ControlMemory;
}

/** A venue's shard said whether it takes orders. */
export interface VenueStatusNoted {
  readonly what: "venue_status";
  readonly venue: VenueId;
  readonly status: VenueStatus;
}

/** An order that ends with a day. */
export interface DayOrder {
  readonly expire: Nanos;
}

/** What of an order is booked provisionally. */
export interface ProvisionalFills {
  readonly instrument: InstrumentId;
  readonly qty_lots: Qty_lots;
}

/** The open reduce-only orders of a holding, oldest first. */
export interface ReduceOnlyOrders {
  readonly orderIds: readonly OrderId[];
}

/** The orders of a group, the submitted one first. */
export interface OrderGroup {
  readonly orderIds: readonly OrderId[];
  /** Whether none of them is open. */
  readonly isOver?: true;
}

/** What prices of a market did, where it moved or fired a trigger. */
export interface PricesObserved {
  readonly what: "prices_observed";
  readonly instrument: InstrumentId;
  readonly venue?: VenueId;
  readonly path: readonly PricePoint[];
}

/** What is noted of orders in slices and for them. */
export type SliceFact = SliceBarred | VolumeCounted | VolumeObserved;

/** Orders that ended long ago are forgotten. */
export interface OrdersRetired {
  readonly what: "orders_retired";
  readonly orderIds: readonly OrderId[];
}

/** Facts that an account shard journals: an order's own, and these. */
export type AccountEvent =
  | OrderEvent
  | VenueStatusNoted
  | OrdersRetired
  | PositionFact
  | ControlFact
  | PricesObserved
  | SliceFact;

/** The rest of a mass cancel: a shard tells itself, so that no turn is too long. */
export interface MassCancelRest {
  readonly kind: "mass_cancel";
  readonly account: string;
  readonly strategy: string;
  readonly cancelId: string;
  readonly digest: string;
  readonly instrument?: InstrumentId;
  readonly side?: Side;
  /** Orders asked to cancel so far. */
  readonly asked: number;
  readonly at: Nanos;
}

/** An order's events that move a position. */
export type TradeEvent = Extract<
  OrderEvent,
  { execType: "trade" | "trade_cancel" | "trade_correct" }
>;

/** Whether an event moves a position. */
export const isTrade = (event: OrderEvent): event is TradeEvent =>
  event.execType === "trade" ||
  event.execType === "trade_cancel" ||
  event.execType === "trade_correct";

/** What an account shard is told by other shards. */
export type AccountMessage =
  | LegReport
  | VenueStatusReport
  | MassCancelRest
  | AdjustPosition
  | MarkPositions
  | CancelAtVenue
  | ReconcileMessage;

/** What it tells others: venue shards, and itself. */
export type AccountOutgoing = VenueCommand | MassCancelRest | MarkPositions;

/** Inputs of an account shard; its driver looks at the markets. */
export type AccountInput = ShardInput<AccountMessage, MarketObserved>;

/** A turn of an account shard. */
export type AccountTurn = Turn<AccountKinds, AccountEvent, AccountOutgoing, WatchMarket>;

/** What the decisions may look at besides the states. */
export interface AccountWorld {
  readonly shardIndex: number;
  /** Account shards of the deployment: a command for an account of another one is refused. */
  readonly accountShards: number;
  readonly reference: ReferenceData;
  readonly market: MarketView;
}

/** Key of a position and of an exposure. */
export const holdingKey = (account: string, instrument: string): string =>
  `${account}.${instrument}`;

/** Key of a strategy's virtual position. */
export const virtualKey = (account: string, strategy: string, instrument: string): string =>
  `${account}.${strategy}.${instrument}`;

/** Key of the external trades that have one execution key. */
export const externalKey = (account: string, execKey: string): string => `${account}.${execKey}`;

/** Key of the external trades of one request at a venue. */
export const externalRequestKey = (account: string, clOrdId: string): string =>
  `${account}.${clOrdId}`;

/** Reading side of the states. */
export type AccountSpace = ReadonlySpace<AccountKinds>;

/** The states of a kind whose keys begin so: of the others only the keys are looked at. */
export const startingWith = function* <Kind extends keyof AccountKinds>(
  space: AccountSpace,
  kind: Kind,
  prefix: string,
): Generator<AccountKinds[Kind]> {
  for (const key of space.keys(kind)) {
    const state = key.startsWith(prefix) ? space.get(kind, key) : undefined;
    if (state !== undefined) yield state;
  }
};
