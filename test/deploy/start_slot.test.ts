/** What a strategy keeps for one order, and how it counts its own trades. */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import { OrderSlot } from "../../deploy/strategies/order_slot.ts";
import { OwnTrades } from "../../deploy/strategies/own_trades.ts";
import { CommandFailed } from "../../protocols/client/client_error.ts";
import type { ClientClock } from "../../protocols/client/client_clock.ts";
import { readOrderEvent } from "../../protocols/client/event_message.ts";
import type { OrderEventMessage } from "../../protocols/client/event_message.ts";
import { OrderViews } from "../../protocols/client/order_view.ts";
import type { Receipt } from "../../protocols/client/strategy_commands.ts";
import { stepOf } from "../../protocols/kernel/grid.ts";
import { orderEvent } from "../client/fake_oms.ts";
import type { EventFields } from "../client/fake_oms.ts";

const read = (clOrdId: string, version: number, fields: EventFields): OrderEventMessage =>
  Result.getOrThrow(
    readOrderEvent(Buffer.from(JSON.stringify(orderEvent(clOrdId, version, fields)))),
  );

/** Time that stands still until it is moved. */
class StillClock implements ClientClock {
  #now_ms = 0;
  readonly #timers = new Map<() => void, number>();
  readonly now_ms = (): number => this.#now_ms;
  readonly after = (delay_ms: number, run: () => void): (() => void) => {
    this.#timers.set(run, this.#now_ms + delay_ms);
    return () => this.#timers.delete(run);
  };

  move(by_ms: number): void {
    this.#now_ms += by_ms;
    for (const [run, at_ms] of this.#timers) {
      if (at_ms > this.#now_ms) continue;
      this.#timers.delete(run);
      run();
    }
  }
}

const order = {
  clOrdId: "o1",
  instrument: "BTC-USDT",
  side: "buy",
  ordType: "limit",
  orderQty: "1",
  price: "10",
} as const;

/** A slot over a client that does as it is told. */
const setUp = () => {
  const clock = new StillClock();
  const views = new OrderViews(10);
  const sent: string[] = [];
  const answers: ((event: OrderEventMessage) => void)[] = [];
  const troubles: string[] = [];
  let failure: Error | undefined;
  const command = (what: string, clOrdId: string): Promise<Receipt> => {
    sent.push(`${what} ${clOrdId}`);
    if (failure !== undefined) return Promise.reject(failure);
    const { promise: answer, resolve } = Promise.withResolvers<OrderEventMessage>();
    answers.push(resolve);
    const ack = { stream: "S", seq: 1, duplicate: false, attempts: 1 };
    return Promise.resolve({ clOrdId, commandId: what, ack, answer });
  };
  const slot = new OrderSlot(
    {
      order: (clOrdId) => views.get(clOrdId),
      submit: ({ clOrdId = "" }) => command("submit", clOrdId),
      replace: (clOrdId) => command("replace", clOrdId),
      cancel: (clOrdId) => command("cancel", clOrdId),
    },
    clock,
    {
      acknowledged: () => undefined,
      answered: () => undefined,
      trouble: (what) => troubles.push(what),
    },
  );
  return {
    clock,
    slot,
    sent,
    troubles,
    fail: (error: Error) => {
      failure = error;
    },
    event: async (version: number, fields: EventFields) => {
      const event = read("o1", version, fields);
      views.apply(event);
      for (const answer of answers.splice(0)) answer(event);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};

describe("an order slot", () => {
  it("is busy until the order works, then working, then free again", async () => {
    const { slot, event } = setUp();
    expect(slot.look()).toEqual({ state: "none" });
    slot.submit(order);
    expect(slot.look().state).toBe("busy");
    await event(1, { execType: "pending_new" });
    expect(slot.look().state).toBe("busy");
    await event(2, { execType: "new" });
    expect(slot.look()).toMatchObject({ state: "working", clOrdId: "o1" });
    slot.replace("11");
    expect(slot.look().state).toBe("busy");
    await event(3, { execType: "replaced", ordStatus: "new" });
    expect(slot.look().state).toBe("working");
    await event(4, { execType: "trade", ordStatus: "filled" });
    expect(slot.look()).toEqual({ state: "none" });
  });

  it("pauses after a refusal", async () => {
    const { slot, event, clock, troubles } = setUp();
    slot.submit(order);
    await event(1, { execType: "denied", rejectCode: "RISK_PRICE_STALE" });
    expect(slot.look().state).toBe("busy");
    expect(troubles).toEqual(["refused order"]);
    clock.move(1_000);
    expect(slot.look()).toEqual({ state: "none" });
  });

  it("is free again when the command was never stored, but not when that is unknown", async () => {
    for (const [outcome, state] of [
      ["refused", "none"],
      ["unknown", "busy"],
    ] as const) {
      const { slot, clock, fail, troubles } = setUp();
      fail(new CommandFailed("s", outcome, "why"));
      slot.submit(order);
      await new Promise((resolve) => setImmediate(resolve));
      clock.move(1_000);
      expect(slot.look().state).toBe(state);
      expect(troubles).toEqual(["submit failed"]);
    }
  });

  it("cancels an order that stays silent, which makes the OMS say where it stands", () => {
    const { slot, clock, sent, troubles } = setUp();
    slot.submit(order);
    for (let second = 0; second < 12; second += 1) {
      slot.look();
      clock.move(1_000);
    }
    expect(sent).toEqual(["submit o1", "cancel o1"]);
    expect(troubles).toEqual(["silent order"]);
  });
});

describe("a strategy's own trades", () => {
  const lot = stepOf("0.1");
  if (lot === undefined) throw new Error("0.1 is a step");
  const views = new OrderViews(10);
  const take = (trades: OwnTrades, version: number, fields: EventFields): number => {
    const event = read("o1", version, fields);
    return trades.take({ type: "order", event, view: views.apply(event) });
  };

  it("count by cumulated quantity, so that a lost event is made good", () => {
    const trades = new OwnTrades(lot);
    expect(take(trades, 1, { cumQty: "0" })).toBe(0);
    expect(take(trades, 4, { execType: "trade", cumQty: "0.5", lastQty: "0.1" })).toBe(5);
    expect(take(trades, 5, { execType: "trade_cancel", cumQty: "0.3" })).toBe(-2);
    expect(trades).toMatchObject({ position_lots: 3, count: 1 });
  });
});
