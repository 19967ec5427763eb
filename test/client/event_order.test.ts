/** The ordering of events by version: repeats, late ones, gaps and limits. */
import { describe, expect, it } from "vitest";
import { EventOrder } from "../../protocols/client/event_order.ts";
import type { Released, Versioned } from "../../protocols/client/event_order.ts";

const limits = { hold_ms: 100, held_max: 4, orders_max: 3 };
const event = (version: number, orderId = "a"): Versioned => ({ orderId, version });

/** Versions as they were shown; a gap as `from..to`. */
const shown = (released: readonly Released<Versioned>[]): string[] =>
  released.map((item) =>
    item.type === "event" ? String(item.event.version) : `${item.gap.from}..${item.gap.to}`,
  );

describe("event order", () => {
  it("shows events that follow each other at once", () => {
    const order = new EventOrder<Versioned>(limits);
    order.expectFromStart("a");
    expect([1, 2, 3].flatMap((v) => shown(order.accept(event(v), 0)))).toEqual(["1", "2", "3"]);
  });

  it("shows every permutation of five events in order and without a gap", () => {
    const permute = (rest: readonly number[]): number[][] =>
      rest.length === 0
        ? [[]]
        : rest.flatMap((head) => permute(rest.filter((v) => v !== head)).map((p) => [head, ...p]));
    for (const permutation of permute([1, 2, 3, 4, 5])) {
      const order = new EventOrder<Versioned>({ ...limits, held_max: 5 });
      order.expectFromStart("a");
      const twice = permutation.flatMap((v) => [v, v]);
      const result = twice.flatMap((v) => shown(order.accept(event(v), 0)));
      expect(result).toEqual(["1", "2", "3", "4", "5"]);
      expect(order.held).toBe(0);
    }
  });

  it("drops repeats, also long after", () => {
    const order = new EventOrder<Versioned>(limits);
    for (const v of [1, 2, 3]) order.accept(event(v), 0);
    expect([1, 2, 3].flatMap((v) => order.accept(event(v), 9_999))).toEqual([]);
  });

  it("starts an order never heard of where it is first seen", () => {
    const order = new EventOrder<Versioned>(limits);
    expect(shown(order.accept(event(7), 0))).toEqual(["7"]);
    expect(shown(order.accept(event(8), 0))).toEqual(["8"]);
  });

  it("holds what comes after a missing event and reports the gap when time is up", () => {
    const order = new EventOrder<Versioned>(limits);
    order.expectFromStart("a");
    order.accept(event(1), 0);
    expect(order.accept(event(4), 10)).toEqual([]);
    expect(order.accept(event(6), 50)).toEqual([]);
    expect(order.deadline_ms).toBe(110);
    expect(order.expire(109)).toEqual([]);
    expect(shown(order.expire(110))).toEqual(["2..3", "4", "5..5", "6"]);
    expect(order.deadline_ms).toBeUndefined();
    expect(order.accept(event(2), 200)).toEqual([]);
    expect(shown(order.accept(event(7), 200))).toEqual(["7"]);
  });

  it("never holds more than its limit", () => {
    const order = new EventOrder<Versioned>(limits);
    order.accept(event(1), 0);
    const released = [3, 5, 7, 9, 11].flatMap((v) => shown(order.accept(event(v), v)));
    expect(released).toEqual(["2..2", "3", "4..4", "5", "6..6", "7", "8..8", "9", "10..10", "11"]);
    expect(order.held).toBe(0);
  });

  it("forgets the quietest order first, but not one that waits", () => {
    const order = new EventOrder<Versioned>(limits);
    order.accept(event(1, "a"), 0);
    order.accept(event(3, "a"), 0);
    for (const id of ["b", "c", "d"]) order.accept(event(1, id), 0);
    // "a" still waits for 2; "b" was forgotten and starts again where it is seen.
    expect(shown(order.accept(event(2, "a"), 1))).toEqual(["2", "3"]);
    expect(shown(order.accept(event(1, "b"), 1))).toEqual(["1"]);
  });
});
