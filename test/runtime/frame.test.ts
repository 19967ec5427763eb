/**
 * Frames, canonical text, the timer queue and the space: the pure parts under the shard loop.
 */
import { describe, expect, it } from "vitest";
import { canonicalText, fromCanonicalText } from "../../runtime/canonical.ts";
import { FrameBroken, checkChain, decodeFrame, encodeFrame, noSum } from "../../runtime/frame.ts";
import { alreadyTaken, decodeParcel, encodeParcel } from "../../runtime/parcel.ts";
import { Dormant, makeSpace } from "../../runtime/space.ts";
import { makeTimerQueue } from "../../runtime/timer_queue.ts";

const epochText = JSON.stringify({ kind: "epoch", node: "node-1", at: "1" });
const turnsText = JSON.stringify({
  kind: "turns",
  at: "2",
  marks: { h: 1, n: 2 },
  drained: 0,
  turns: [{ in: "n:2", events: [{ a: "ü\u2028" }] }],
});

describe("frames", () => {
  const first = encodeFrame("acct-1", 1, 1, noSum, epochText);
  const second = encodeFrame("acct-1", 2, 1, first.sum, turnsText);

  it("reads what was written", () => {
    const frame = decodeFrame(second.data);
    expect(frame).toMatchObject({ shard: "acct-1", seq: 2, epoch: 1, prev: first.sum });
    expect(frame.content).toEqual(JSON.parse(turnsText));
  });
  it("finds any single changed byte", () => {
    for (let at = 0; at < second.data.length; at += 1) {
      const bent = Uint8Array.from(second.data);
      bent[at] = (bent[at] ?? 0) ^ 1;
      let sameIdentity = false;
      try {
        const frame = decodeFrame(bent);
        sameIdentity = frame.sum === second.sum && frame.prev === first.sum && frame.seq === 2;
      } catch (cause) {
        expect(cause).toBeInstanceOf(FrameBroken);
      }
      expect(sameIdentity, `byte ${at}`).toBe(false);
    }
  });
  it("refuses a frame that does not continue the one before", () => {
    const before = { seq: 1, sum: first.sum, epoch: 1 };
    expect(() => checkChain(decodeFrame(second.data), before)).not.toThrow();
    expect(() => checkChain(decodeFrame(second.data), { ...before, seq: 0 })).toThrow(FrameBroken);
    expect(() => checkChain(decodeFrame(second.data), { ...before, sum: noSum })).toThrow(
      FrameBroken,
    );
    const stranger = encodeFrame("acct-1", 2, 2, first.sum, turnsText);
    expect(() => checkChain(decodeFrame(stranger.data), before)).toThrow(FrameBroken);
  });
});

describe("canonical text", () => {
  it("does not depend on the order of keys, nor on undefined ones", () => {
    const a = { b: 1, a: [1n, null, { y: undefined, x: "q" }] };
    const b = { a: [1n, null, { x: "q" }], c: undefined, b: 1 };
    expect(canonicalText(a)).toBe(canonicalText(b));
  });
  it("reads back values with bigints", () => {
    const value = { cost: -12345678901234567890n, list: [true, "12", 1.5, {}] };
    expect(fromCanonicalText(canonicalText(value))).toEqual(value);
  });
});

describe("parcels", () => {
  it("reads what was packed, and knows what was taken before", () => {
    const items = [
      { frame: 7, index: 0, text: '{"a":1}' },
      { frame: 7, index: 3, text: "[]" },
    ];
    const parcel = decodeParcel(encodeParcel("acct-1", items));
    expect(parcel.from).toBe("acct-1");
    expect(parcel.items).toEqual([
      [7, 0, { a: 1 }],
      [7, 3, []],
    ]);
    const taken = parcel.items.map((item) => alreadyTaken(item, [7, 0]));
    expect(taken).toEqual([true, false]);
    expect(parcel.items.map((item) => alreadyTaken(item, [8, 0]))).toEqual([true, true]);
    expect(parcel.items.map((item) => alreadyTaken(item, undefined))).toEqual([false, false]);
  });
  it.each(["", "{}", "[]", '{"from":1,"items":[]}', '{"from":"a","items":[[1,"0",{}]]}'])(
    "refuses %j",
    (text) => expect(() => decodeParcel(Buffer.from(text))).toThrow(/parcel|JSON/),
  );
});

describe("the timer queue", () => {
  it("gives due timers by time, then by order of setting, against a naive list", () => {
    let seed = 7;
    const random = (n: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    const queue = makeTimerQueue();
    const naive = new Map<string, { at: bigint; order: number }>();
    for (let step = 0; step < 5000; step += 1) {
      const id = `t${random(40)}`;
      const at = BigInt(random(100));
      if (random(4) === 0) {
        queue.set(id, undefined);
        naive.delete(id);
      } else if (random(3) > 0) {
        queue.set(id, at);
        naive.set(id, { at, order: step });
      } else {
        const sorted = [...naive].sort(([, a], [, b]) =>
          a.at === b.at ? a.order - b.order : a.at < b.at ? -1 : 1,
        );
        const due = sorted.find(([, timer]) => timer.at <= at)?.[0];
        expect(queue.next_ns()).toBe(sorted[0]?.[1].at);
        expect(queue.takeDue(at)).toBe(due);
        if (due !== undefined) naive.delete(due);
      }
    }
    expect([...queue.all().keys()].sort()).toEqual([...naive.keys()].sort());
  });
});

describe("the space", () => {
  it("restores what a turn replaced, made and removed", () => {
    const space = makeSpace<{ a: { n: number } }>(["a"]);
    space.set("a", "kept", { n: 1 });
    space.set("a", "changed", { n: 1 });
    space.begin();
    space.set("a", "changed", { n: 2 });
    space.set("a", "changed", { n: 3 });
    space.set("a", "made", { n: 9 });
    space.remove("a", "kept");
    space.rollback();
    expect(Object.fromEntries(space.entries("a"))).toEqual({ kept: { n: 1 }, changed: { n: 1 } });
    space.begin();
    space.set("a", "changed", { n: 4 });
    space.keep();
    expect(space.get("a", "changed")).toEqual({ n: 4 });
  });
  it("keeps a copy as it was", () => {
    const space = makeSpace<{ a: { n: number } }>(["a"]);
    space.set("a", "x", { n: 1 });
    const copy = space.copy();
    space.set("a", "x", { n: 2 });
    expect(copy.get("a")?.get("x")).toEqual({ n: 1 });
  });

  it("reads a snapshot's state when it is first asked for, and keeps its text till then", () => {
    const space = makeSpace<{ a: { n: bigint } }>(["a"]);
    space.load("a", "x", '{"n":{"#":"7"}}');
    space.load("a", "y", "not even JSON");
    expect([...space.keys("a")]).toEqual(["x", "y"]);
    space.begin();
    expect(space.get("a", "x")).toEqual({ n: 7n });
    space.set("a", "x", { n: 8n });
    space.rollback();
    expect(space.get("a", "x")).toEqual({ n: 7n });
    expect(space.copy().get("a")?.get("y")).toEqual(new Dormant("not even JSON"));
    expect(() => space.get("a", "y")).toThrow(SyntaxError);
  });
});
