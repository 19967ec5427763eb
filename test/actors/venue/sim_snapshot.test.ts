/**
 * A part of a snapshot is gathered from pieces: what is younger than the oldest of them, and what
 * the venue does not keep any more.
 */
import { expect, test } from "vitest";
import { simGridsOf } from "../../../actors/venue/sim_adapter.ts";
import { PartGathering } from "../../../actors/venue/sim_snapshot.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { instruments, legOf } from "./venue_requests.ts";

const grids = simGridsOf(instruments);
const askedAt = toNanos(1n);
const id = (name: string) => legOf(name, "new:0");

test("a report between two pieces is younger than the part, though not than its last piece", () => {
  const part = new PartGathering({ part: "open_orders", askedAt }, grids);
  const piece = { type: "open_orders", requestId: "q1", orders: [] } as const;
  part.heard(10, { clOrdId: id("a") });
  expect(part.take({ ...piece, last: false, asOfSeq: 10 })).toBeUndefined();
  part.heard(11, { clOrdId: id("b") });
  part.heard(12, { clOrdId: id("c") });
  expect(part.take({ ...piece, last: true, asOfSeq: 11 })).toMatchObject({
    asOfSeq: 11,
    younger: [id("b"), id("c")],
  });
});

test.each([
  [20, { executions: [] }],
  [21, { executions: [] }],
  [22, { unknown: "kept from 22 on", areGone: true }],
])("executions behind 20 that are kept from %i on", (firstSeqAvailable, said) => {
  const part = new PartGathering({ part: "executions", askedAt, afterSeq: 20 }, grids);
  const piece = { type: "executions", requestId: "q1", reports: [], last: true } as const;
  expect(part.take({ ...piece, firstSeqAvailable, asOfSeq: 30 })).toMatchObject(said);
});
