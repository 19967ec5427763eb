/**
 * The names of orders at a venue that we did not place, where the venue begins its ids anew.
 */
import { expect, test } from "vitest";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import type { UnknownOrders } from "../../../actors/venue/reconcile_options.ts";
import { answer, answerParts, shard, view } from "./reconcile_stage.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

const stranger = (clOrdId: string) =>
  ({
    ...view("x", { ordType: "limit", timeInForce: "gtc", venueOrderId: "V1" }),
    clOrdId: clOrdId as LegClOrdId,
  }) as const;

const withStranger = (unknownOrders: UnknownOrders): VenueShardBench => {
  const bench = shard({ externalAccount: AccountId.make("EXT"), unknownOrders });
  bench.open();
  answerParts(bench, { orders: [stranger("s1")] });
  return bench;
};

/** The venue's process begins anew; it has those orders then. */
const restart = (bench: VenueShardBench, there: readonly string[]): void => {
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
  bench.linkUp(2, { ...answer, incarnation: "i2" });
  answerParts(bench, { orders: there.map(stranger) }, 2);
};

test("a stranger that goes by another's id since the venue's restart is adopted as well", () => {
  const bench = withStranger("adopt");
  restart(bench, ["s2"]);
  const adopted = bench.sent.flatMap(({ message }) =>
    message.kind === "adopt_order" ? [message] : [],
  );
  expect(adopted.map(({ clOrdId }) => clOrdId)).toEqual(["s1", "s2"]);
  // An account takes a name once: the second would be nobody's, and work on.
  expect(new Set(adopted.map(({ orderId }) => orderId)).size).toBe(2);
  bench.crash();
});

test("a name once given stays, over the venue's restart too", () => {
  const bench = withStranger("cancel");
  const orderOf = () => bench.space.get("order", "s1")?.orderId;
  const before = orderOf();
  expect(before).toMatch(/^EXT\._external\.unknown-/);
  restart(bench, ["s1"]);
  expect(orderOf()).toBe(before);
});
