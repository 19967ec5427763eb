/**
 * The heap gives everything that was put in, in order, whatever comes between.
 */
import { expect, it } from "vitest";
import { popHeap, pushHeap } from "../../runtime/heap.ts";

const before = (a: number, b: number): boolean => a < b;

it("gives its entries in order, while others are added between", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    let state = seed;
    const next = (): number => (state = (state * 48_271) % 2_147_483_647) % 100;
    const heap: number[] = [];
    const inside: number[] = [];
    for (let at = 0; at < 200; at += 1) {
      if (next() < 60) {
        const entry = next();
        pushHeap(heap, entry, before);
        inside.push(entry);
      } else {
        inside.sort((a, b) => a - b);
        expect(heap[0]).toBe(inside.shift());
        popHeap(heap, before);
      }
    }
    expect(heap).toHaveLength(inside.length);
  }
});

it("stays empty where nothing is taken from it", () => {
  const heap: number[] = [];
  popHeap(heap, before);
  expect(heap).toEqual([]);
});
