/**
 * An order's vocabulary: its state, and the events that its journal and the event feed share.
 *
 * One journaled event is one visible event: `execType` names both, and each bumps the order's
 * version. The one exception is marked. Quantities are totals *including* what is filled.
 */
import type {
  AccountId,
  ClOrdId,
  InstrumentId,
  LegClOrdId,
  OrderId,
  StrategyId,
  VenueId,
} from "./kernel/ids.ts";
import type { Grid, Price_ticks, Qty_lots } from "./kernel/grid.ts";
import type { Nanos } from "./kernel/instant.ts";
import type { RejectCode } from "./kernel/reject_code.ts";
import type { AlgoTerms } from "./algo.ts";
import type { HeldTerms } from "./held_terms.ts";
import type { OrderBond } from "./order_bond.ts";
import type { ExecInst, OrdType, TimeInForce } from "./ord_words.ts";
import type {
  AmendFacts,
  EarlyAmend,
  ExecutionAmend,
  ExpiryTry,
  Leg,
  LegLeaving,
  LegNamed,
  MissingFills,
  PendingCancel,
  PendingReplace,
} from "./order_leg.ts";
import type { TriggerTerms } from "./trigger.ts";
import type { Fee, Side } from "./venue.ts";

/** Where an order may go. */
export type RoutePolicy =
  | { readonly policy: "smart" }
  | { readonly policy: "direct"; readonly venue: VenueId };

/** What kind of order it is: known of every submit that could be read, also of a denied one. */
export interface OrderIdentity {
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly ordType: OrdType;
  readonly timeInForce: TimeInForce;
}

/** What was asked for, on the instrument's grid. Orders that are denied may lack it. */
export interface OrderTerms extends OrderIdentity {
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  /** What it waits for before it is an order of the kind that its type then is. */
  readonly trigger?: TriggerTerms;
  /** FIX MaxFloor (111): most that is shown. */
  readonly maxFloor_lots?: Qty_lots;
  /** FIX ExpireTime (126), with `gtd`. */
  readonly expireTime?: Nanos;
  readonly execInst: readonly ExecInst[];
  readonly route: RoutePolicy;
  readonly grid: Grid;
  /** The instrument's quote currency: what price and profit are counted in. */
  readonly currency: string;
  readonly text?: string;
  /** What we do for it ourselves; absent where its venue does all. */
  readonly held?: HeldTerms;
  /** The orders that it is bound to. */
  readonly bond?: OrderBond;
  /** How we work it in slices; absent where it is sent as a whole. */
  readonly algo?: AlgoTerms;
}

/** A command that was answered or is being worked on, so that a repeat is recognised. */
export interface SeenCommand {
  /** `submit`, `replace:<id>` or `cancel:<id>`. */
  readonly commandId: string;
  /** Digest of its body: a repeat has the same, a conflict another. */
  readonly digest: string;
  /** It came to nothing: a cancel without an id of its own may then be asked for again. */
  readonly refused?: true;
}

/** The base life of an order, without the pending states that overlay it. */
export type OrderPhase =
  /** Only a cancel (or a refused replace) is known of it; no submit yet. */
  | "unseen"
  | "pending_new"
  | "new"
  /** At the venue, which does not trade it for now; the next day it may (`done_for_day`). */
  | "suspended"
  | "done_for_day"
  | "filled"
  | "canceled"
  | "denied"
  | "rejected"
  | "expired";

/** An order actor's state. Immutable: `evolve` makes the next one. */
export interface OrderState {
  readonly orderId: OrderId;
  readonly account: AccountId;
  readonly strategy: StrategyId;
  readonly clOrdId: ClOrdId;
  /** Visible events so far. */
  readonly version: number;
  readonly phase: OrderPhase;
  /** Undefined while unseen, and on an order denied before its terms were known to be good. */
  readonly terms?: OrderTerms;
  /** What a denied order without terms was. */
  readonly asked?: OrderIdentity;
  readonly legs: readonly Leg[];
  readonly cumQty_lots: Qty_lots;
  /** Σ lastQty × lastPx in ticks × lots. */
  readonly cumValue: bigint;
  /** What venues count of the legs beyond what is booked: fills to come. */
  readonly owedQty_lots?: Qty_lots;
  /** Index of its account shard; absent where its legs' ids tell it: we placed it. */
  readonly home?: number;
  /** Replaces and cancels sent so far: the number in the next one's id. */
  readonly requests: number;
  /** Oldest first; absent where there is none. */
  readonly pendingReplaces?: readonly PendingReplace[];
  readonly pendingCancel?: PendingCancel;
  /** Its strategy has suspended it: we send no slice of it. */
  readonly suspended?: true;
  /** A cancel that came before its submit, and how long it waits. */
  readonly earlyCancel?: { readonly cancelId: string; readonly until: Nanos };
  /** Executions already booked, as `actors/order/exec_key.ts` writes them, oldest first. */
  readonly execKeys: readonly string[];
  /** Their busts and corrections, oldest first; absent where there is none. */
  readonly amends?: readonly ExecutionAmend[];
  /** Busts and corrections of executions that are not booked yet; absent where there is none. */
  readonly earlyAmends?: readonly EarlyAmend[];
  /** Its time is over: how often that was asked of its venue. */
  readonly expiry?: ExpiryTry;
  /** The submit, and the latest of the others. */
  readonly commands: readonly SeenCommand[];
  /** Fingerprints of older replaces, as `actors/order/order_memory.ts` writes them. */
  readonly longKnown?: string;
  /** When it was accepted: part of its requests' ids, so that a reused clOrdId gets others. */
  readonly openedAt?: Nanos;
  /** Price that the reservation of a market order is valued at. */
  readonly riskPrice_ticks?: Price_ticks;
  /** The end that a filled order had had before: what it goes back to when a fill is taken back. */
  readonly endedAs?: OrderPhase;
  /** When the phase became a final one. */
  readonly closedAt?: Nanos;
}

interface EventHead {
  readonly orderId: OrderId;
  /** What caused it: `submit`, `replace:<id>`, `cancel:<id>`, `report:<venue>:<execId>`, … */
  readonly commandId: string;
  /** When it happened at its source. */
  readonly tsEvent: Nanos;
  /** When we made the event. */
  readonly tsInit: Nanos;
}

interface Refused {
  readonly code: RejectCode;
  readonly text: string;
}

interface Ending {
  /** Executed at the venue by its own count, beyond what is booked. */
  readonly owedQty_lots?: Qty_lots;
}

/** What a provisional trade's price is: the first of these that is known. */
export const provisionalPrices = [
  /** What is left of the venue's average price when what is booked is taken out of it. */
  "venue_average",
  /** The limit of the leg. */
  "limit",
  /** The price of the order's last execution. */
  "last_fill",
  /** What the order's reservation was valued at when it came. */
  "risk_price",
] as const;
/** What a provisional trade's price is. */
export type ProvisionalPrice = (typeof provisionalPrices)[number];

/** An execution of an order that had ended. */
interface OfEnded {
  /** How it had ended: a full fill outranks that, and does not undo it. */
  readonly endedAs?: OrderPhase;
}

type Amended = AmendFacts & OfEnded;

/** Facts about one order, in the order of its life. */
export type OrderEvent = EventHead &
  (
    | {
        readonly execType: "pending_new";
        readonly digest: string;
        readonly terms: OrderTerms;
        readonly legs: readonly Leg[];
        readonly riskPrice_ticks?: Price_ticks;
        /** Index of its account shard, where its first leg's id does not tell it: adopted. */
        readonly home?: number;
        /** The books and costs that picked the venues, for the record. */
        readonly routedBy?: string;
      }
    | ({
        readonly execType: "denied";
        readonly digest: string;
        readonly terms?: OrderTerms;
        readonly asked?: OrderIdentity;
        /** True where a live order keeps its state: a conflicting or unreadable repeat. */
        readonly leavesOrder?: true;
      } & Refused)
    | {
        readonly execType: "new";
        readonly leg: number;
        readonly venueOrderId?: string;
      }
    | ({
        readonly execType: "trade";
        readonly leg: number;
        readonly venue: VenueId;
        readonly execId: string;
        readonly execKey: string;
        readonly lastQty_lots: Qty_lots;
        readonly lastPx_ticks: Price_ticks;
        readonly lastLiquidityInd?: "added" | "removed";
        readonly fee?: Fee;
        readonly venueOrderId?: string;
        /** What is owed of the leg after it; absent: what was owed before, less this trade. */
        readonly owedQty_lots?: Qty_lots;
        /** Ours: the venue counts so much and has not told it. */
        readonly provisional?: true;
        /** Where the price of a provisional trade is from. */
        readonly pricedBy?: ProvisionalPrice;
        readonly text?: string;
      } & OfEnded)
    /** With the numbers of the trade that is taken back. */
    | ({ readonly execType: "trade_cancel" } & Amended)
    /** With the numbers that count from now on, and those that no longer do. */
    | ({
        readonly execType: "trade_correct";
        readonly from: {
          readonly qty_lots: Qty_lots;
          readonly px_ticks: Price_ticks;
          readonly fee?: Fee;
        };
      } & Amended)
    | {
        readonly execType: "pending_cancel";
        readonly digest: string;
        readonly cancel: PendingCancel;
      }
    /** With a digest it answers a cancel at once: nothing of the order was ever sent. */
    | ({
        readonly execType: "canceled";
        readonly leg?: number;
        readonly digest?: string;
        readonly text?: string;
      } & Ending)
    /**
     * With a digest it refuses a cancel on arrival, without one it answers the one on its way.
     * `again`: one of ours that was refused before is refused once more.
     */
    | ({
        readonly execType: "cancel_rejected";
        readonly digest?: string;
        readonly again?: true;
      } & Refused)
    | {
        readonly execType: "pending_replace";
        readonly digest: string;
        readonly replace: PendingReplace;
        readonly riskPrice_ticks?: Price_ticks;
      }
    /** An order that waits with us, or that we work in slices: in force at once. */
    | {
        readonly execType: "replaced";
        readonly leg?: undefined;
        readonly digest: string;
        readonly orderQty_lots: Qty_lots;
        readonly askedQty_lots?: Qty_lots;
        readonly price_ticks?: Price_ticks;
        readonly stopPx_ticks?: Price_ticks;
        /** Absent: as it is. */
        readonly suspended?: boolean;
        readonly riskPrice_ticks?: Price_ticks;
      }
    | {
        readonly execType: "replaced";
        readonly leg: number;
        /** The terms now in force: the venue's where it names them, never below what is filled. */
        readonly orderQty_lots: Qty_lots;
        readonly price_ticks?: Price_ticks;
        readonly venueOrderId?: string;
      }
    /** With a digest it refuses a replace on arrival, without one it answers the one on its way. */
    | ({ readonly execType: "replace_rejected"; readonly digest?: string } & Refused)
    | ({ readonly execType: "rejected"; readonly leg: number } & Refused & Ending)
    /** We changed the quantity of an order that waits with us. */
    | {
        readonly execType: "restated";
        readonly leg?: undefined;
        readonly orderQty_lots: Qty_lots;
        /** Its trigger was met: it waits for its parent alone. Absent in older journals. */
        readonly isTriggered?: true;
        readonly text?: string;
      }
    /** The venue changed the order by itself, stopped trading it for now, or trades it again. */
    | {
        readonly execType: "restated";
        readonly leg: number;
        readonly orderQty_lots: Qty_lots;
        /** Of a bound order: no more than this can come into force any more. */
        readonly askedQty_lots?: Qty_lots;
        readonly price_ticks?: Price_ticks;
        readonly suspended?: true;
        readonly text?: string;
      }
    | ({ readonly execType: "done_for_day"; readonly leg: number; readonly text?: string } & Ending)
    | ({
        readonly execType: "expired";
        /** Undefined where nothing was ever sent: `validUntil` had passed, or it waited with us. */
        readonly leg?: number;
        readonly digest?: string;
        readonly asked?: OrderIdentity;
        readonly code?: RejectCode;
        readonly text?: string;
      } & Ending)
    | {
        readonly execType: "in_doubt";
        readonly leg: number;
        /** The request whose outcome is unknown. */
        readonly clOrdId: LegClOrdId;
        readonly text?: string;
      }
    /** Its wait with us is over: the trigger was met, or its auction has come. */
    | {
        readonly execType: "triggered";
        /** The stop as it was when it was met. */
        readonly stopPx_ticks?: Price_ticks;
        readonly text?: string;
      }
    | { readonly execType: "order_status"; readonly text?: string }
    /** Not visible: a cancel is kept until its submit arrives or `until` passes. */
    | {
        readonly execType: "early_cancel";
        readonly cancelId: string;
        readonly digest: string;
        readonly until: Nanos;
      }
    /** Not visible: an acknowledgement only adds what the venue calls a leg, or that it works. */
    | ({ readonly execType: "leg_named" } & LegNamed)
    /** Not visible: our own cancel of a leg is sent, because too much would be live. */
    | ({ readonly execType: "leg_leaving" } & LegLeaving)
    /** Not visible: that cancel was refused. */
    | { readonly execType: "leg_kept"; readonly leg: number }
    /** Not visible: a leg is over and the order goes on. */
    | ({ readonly execType: "leg_ended"; readonly leg: number; readonly refused?: true } & Ending)
    /** Not visible: a leg is placed, in the room that another one left. */
    | { readonly execType: "leg_added"; readonly leg: Leg }
    /** Not visible: a bust or a correction is kept until its execution is booked. */
    | { readonly execType: "amend_early"; readonly amend: EarlyAmend }
    /** Not visible: one that changes nothing; another one may name it. */
    | { readonly execType: "amend_noted"; readonly amend: ExecutionAmend }
    /** Not visible: what a venue counts beyond what is booked. */
    | {
        readonly execType: "fills_awaited";
        readonly leg: number;
        readonly owedQty_lots: Qty_lots;
        /** Absent: the venue's count fell. */
        readonly missing?: MissingFills;
      }
  );

/** Events of the journal alone. */
const hiddenTypes = [
  "early_cancel",
  "leg_named",
  "leg_leaving",
  "leg_kept",
  "leg_ended",
  "leg_added",
  "amend_early",
  "amend_noted",
  "fills_awaited",
] as const;
const hidden: ReadonlySet<string> = new Set(hiddenTypes);

/** An event that outsiders see: it has a version of the order. */
export type VisibleOrderEvent = Exclude<OrderEvent, { execType: (typeof hiddenTypes)[number] }>;

/** Whether outsiders see the event: what we ask for once more, and its refusal, they do not. */
export const isVisible = (event: OrderEvent): event is VisibleOrderEvent => {
  if (event.execType === "cancel_rejected") return event.again !== true;
  if (event.execType === "pending_cancel") return (event.cancel.expiry?.tries ?? 1) === 1;
  return !hidden.has(event.execType);
};
