/**
 * A run that finds as much as it may act on still makes turns that fit into a frame.
 */
import { expect, test } from "vitest";
import type { SnapshotOrder } from "../../../actors/venue/venue_snapshot.ts";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import { limits } from "../../../runtime/limits.ts";
import { id, questions, shard, view } from "./reconcile_stage.ts";

const reason = "price=".padEnd(256, "9");

const strangers: readonly (readonly [string, (no: number) => SnapshotOrder])[] = [
  [
    "that cannot be read",
    (no) => ({ clOrdId: id(`${no}`), venueOrderId: `O-${no}`.padEnd(64, "x"), unreadable: reason }),
  ],
  ["to be adopted", (no) => view(`${no}`, { ordType: "limit", timeInForce: "gtc" })],
];

test.each(strangers)("5,000 unknown orders %s", (_, stranger) => {
  const bench = shard({ externalAccount: AccountId.make("EXT"), unknownOrders: "adopt" });
  bench.open();
  const orders = Array.from({ length: 5_000 }, (__, no) => stranger(no));
  for (const { part, askedAt } of questions(bench)) {
    if (part !== "open_orders") continue;
    const said = { part, orders, askedAt, asOfSeq: 0, younger: [] } as const;
    bench.local({ type: "snapshot", link: 1, answer: said });
  }
  expect(bench.largestTurn_bytes).toBeLessThan(limits.turn_bytes_max);
  expect(bench.space.size("order")).toBe(bench.options.reconcile.findings_max);
});
