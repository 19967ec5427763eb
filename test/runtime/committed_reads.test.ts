/**
 * Reads of committed states: held back while a frame is under way, bounded, and harmless.
 */
import { expect, it } from "vitest";
import { makeCommittedReads } from "../../runtime/committed_reads.ts";
import { limits } from "../../runtime/limits.ts";
import { makeSpace } from "../../runtime/space.ts";

const makeReads = (failed: (cause: unknown) => void = () => undefined) =>
  makeCommittedReads(makeSpace<{ a: number }>(["a"]), failed);

it("calls at once where all is committed, else after the commit, in order", () => {
  const reads = makeReads();
  const called: number[] = [];
  reads.read(() => called.push(1));
  expect(called).toEqual([1]);
  reads.hold();
  reads.read(() => called.push(2));
  reads.read(() => called.push(3));
  expect(called).toEqual([1]);
  reads.release();
  expect(called).toEqual([1, 2, 3]);
});

it("a reader that throws is told of, and ends neither the commit nor the readers behind it", () => {
  const failed: unknown[] = [];
  const reads = makeReads((cause) => failed.push(cause));
  const called: number[] = [];
  const bad = (): void => {
    throw new Error("a bad guest");
  };
  expect(reads.read(bad)).toBe(true);
  reads.hold();
  reads.read(bad);
  reads.read(() => called.push(1));
  reads.release();
  expect(called).toEqual([1]);
  expect(failed.map(String)).toEqual(["Error: a bad guest", "Error: a bad guest"]);
});

it("refuses readers beyond its bound, and takes them again afterwards", () => {
  const reads = makeReads();
  let called = 0;
  const count = (): void => {
    called += 1;
  };
  reads.hold();
  for (let n = 0; n < limits.readersWaiting_max; n += 1) expect(reads.read(count)).toBe(true);
  expect(reads.read(count)).toBe(false);
  reads.release();
  expect(called).toBe(limits.readersWaiting_max);
  expect(reads.read(count)).toBe(true);
});
