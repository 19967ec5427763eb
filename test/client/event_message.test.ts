/** The tolerant reading of events: a newer OMS is understood, nonsense is not. */
import { Result } from "effect";
import { describe, expect, expectTypeOf, it, test } from "vitest";
import {
  readBbo,
  readOrderEvent,
  readPositionEvent,
} from "../../protocols/client/event_message.ts";
import type {
  OrderEventMessage,
  PositionEventMessage,
} from "../../protocols/client/event_message.ts";
import type { OrderEventBody } from "../../protocols/order_event.ts";
import type { PositionEventBody } from "../../protocols/position_event.ts";
import { bboFilter } from "../../protocols/client/subscription_subject.ts";
import { orderEvent } from "./fake_oms.ts";

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

describe("reading events", () => {
  it("accepts everything that the contract's schemas produce", () => {
    expectTypeOf<OrderEventBody>().toExtend<OrderEventMessage>();
    expectTypeOf<PositionEventBody>().toExtend<PositionEventMessage>();
    expect(Result.isSuccess(readOrderEvent(bytes(orderEvent("o1", 1, {}))))).toBe(true);
  });

  it("ignores fields and passes on words that it does not know", () => {
    const newer = {
      execType: "teleported",
      ordStatus: "elsewhere",
      rejectCode: "NEW_CODE",
      extra: {},
    };
    const read = Result.getOrThrow(readOrderEvent(bytes(orderEvent("o1", 3, newer))));
    expect(read).toMatchObject({ version: 3, execType: "teleported", rejectCode: "NEW_CODE" });
    expect(read).not.toHaveProperty("extra");
  });

  test.each([
    ["no JSON", Buffer.from("{")],
    ["no UTF-8", Buffer.from([0xff, 0xfe])],
    ["a list", bytes([])],
    ["version 0", bytes(orderEvent("o1", 0, {}))],
    ["a number as quantity", bytes(orderEvent("o1", 1, { cumQty: 1 }))],
    ["an exponent as price", bytes(orderEvent("o1", 1, { price: "6e4" }))],
    ["no cause", bytes({ ...orderEvent("o1", 1, {}), commandId: undefined })],
  ])("%s is given back as a reason", (_, data) => {
    expect(Result.isFailure(readOrderEvent(data))).toBe(true);
    expect(Result.isFailure(readPositionEvent(data))).toBe(true);
  });

  it("takes the venue and the instrument of market data from the subject", () => {
    const read = readBbo(bboFilter("SIMX", "BTC-USDT"), bytes({ askPx: "1.5", tsEvent: "1" }));
    expect(Result.getOrThrow(read)).toEqual({
      venue: "SIMX",
      instrument: "BTC-USDT",
      askPx: "1.5",
      tsEvent: "1",
    });
  });
});
