/**
 * What the client tells a strategy, besides answers to its own commands.
 *
 * Owns: the union; one row per thing that can happen.
 */
import type { BboMessage, OrderEventMessage, PositionEventMessage } from "./event_message.ts";
import type { Gap } from "./event_order.ts";
import type { OrderView } from "./order_view.ts";

/** Something happened. Events of one order come in the order of their versions, each once. */
export type StrategyEvent =
  | { readonly type: "order"; readonly event: OrderEventMessage; readonly view: OrderView }
  | { readonly type: "position"; readonly event: PositionEventMessage }
  /** Versions of one order that did not come; its next event tells where it stands. */
  | { readonly type: "gap"; readonly gap: Gap }
  /** A message that is not what the contract says, with the reason. */
  | { readonly type: "unreadable"; readonly subject: string; readonly reason: string }
  /** The connection to NATS broke or came back. */
  | { readonly type: "link"; readonly up: boolean }
  /** Reading the feed broke and is begun again. */
  | { readonly type: "trouble"; readonly reason: string };

/** Best bid and offer of one venue, as it is published. Not stored: what is missed is gone. */
export type MarketDataHandler = (bbo: BboMessage) => void;
