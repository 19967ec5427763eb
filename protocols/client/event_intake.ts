/**
 * From feed messages to what the strategy sees: reads, orders by version, folds, answers, tells.
 *
 * Owns: the client's state (views, positions, answers, versions) and the one timer of held events.
 * Never: touches the network.
 */
import { Result } from "effect";
import { Answers } from "./answers.ts";
import type { ClientClock } from "./client_clock.ts";
import { readOrderEvent, readPositionEvent } from "./event_message.ts";
import type { OrderEventMessage, PositionEventMessage } from "./event_message.ts";
import { EventOrder } from "./event_order.ts";
import type { EventOrderLimits, Released } from "./event_order.ts";
import { OrderViews } from "./order_view.ts";
import type { StrategyEvent } from "./strategy_event.ts";

/** The state behind a client. */
export interface EventIntake {
  readonly answers: Answers<OrderEventMessage>;
  readonly views: OrderViews;
  readonly positions: ReadonlyMap<string, PositionEventMessage>;
  /** Says that an order begins with version 1. */
  readonly expectFromStart: (orderId: string) => void;
  /** One order event of the feed. */
  readonly takeOrder: (subject: string, data: Uint8Array) => void;
  /** One position event of the feed. */
  readonly takePosition: (subject: string, data: Uint8Array) => void;
  readonly close: () => void;
}

/** An intake that tells `tell` everything, in order. */
export const makeEventIntake = (
  clock: ClientClock,
  limits: EventOrderLimits,
  endedOrders_max: number,
  tell: (event: StrategyEvent) => void,
): EventIntake => {
  const answers = new Answers<OrderEventMessage>();
  const views = new OrderViews(endedOrders_max);
  const positions = new Map<string, PositionEventMessage>();
  const order = new EventOrder<OrderEventMessage>(limits);
  const gapped = new Set<string>();
  let cancelTimer: (() => void) | undefined;

  const show = (released: readonly Released<OrderEventMessage>[]): void => {
    for (const item of released) {
      if (item.type === "gap") {
        gapped.add(item.gap.orderId);
        tell(item);
        continue;
      }
      const view = views.apply(item.event);
      answers.give(item.event);
      if (gapped.delete(item.event.orderId)) answers.giveAfterGap(item.event);
      tell({ type: "order", event: item.event, view });
    }
    arm();
  };
  const arm = (): void => {
    if (cancelTimer !== undefined || order.deadline_ms === undefined) return;
    const wait_ms = Math.max(1, Math.ceil(order.deadline_ms - clock.now_ms()));
    cancelTimer = clock.after(wait_ms, () => {
      cancelTimer = undefined;
      show(order.expire(clock.now_ms()));
    });
  };
  const applyPosition = (event: PositionEventMessage): void => {
    const known = positions.get(event.instrument);
    if (known !== undefined && known.version >= event.version) return;
    positions.set(event.instrument, event);
    tell({ type: "position", event });
  };

  return {
    answers,
    views,
    positions,
    expectFromStart: (orderId) => order.expectFromStart(orderId),
    takeOrder: (subject, data) => {
      const read = readOrderEvent(data);
      if (Result.isSuccess(read)) show(order.accept(read.success, clock.now_ms()));
      else tell({ type: "unreadable", subject, reason: read.failure });
    },
    takePosition: (subject, data) => {
      const read = readPositionEvent(data);
      if (Result.isSuccess(read)) applyPosition(read.success);
      else tell({ type: "unreadable", subject, reason: read.failure });
    },
    close: () => {
      cancelTimer?.();
      answers.close();
    },
  };
};
