/**
 * Orders at a venue that nobody here has placed, adopted under the stranger's own id: an operator
 * reaches them as any order.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { shardIndexOfLeg } from "../../../protocols/kernel/ids.ts";
import type { LegClOrdId, OrderId } from "../../../protocols/kernel/ids.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { account, btc, simx } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const by = (requestId: string) => ({ requestId, operator: "ann", reason: "not ours" });
const orderId = `${account}._external.adopted-1` as OrderId;

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const adopt = (clOrdId: string): void => {
  desk.message({
    kind: "adopt_order",
    ...{ venue: simx, orderId, clOrdId: clOrdId as LegClOrdId, venueOrderId: "O7" },
    ...{ instrument: btc, side: "buy", ordType: "limit", timeInForce: "gtc" },
    ...{ orderQty_lots: 10, price_ticks: 100, at: toNanos(desk.now_ns) },
  });
};

// As venues and other systems make them; the last one looks like ours, of another deployment.
describe.each(["stranger", "1", "x-7F_", "00abcdefghjkmn"])("adopted as %s", (clOrdId) => {
  const kills = (): readonly unknown[] =>
    desk.accountEvents.filter(({ what }) => what === "kill").map(({ phase }) => phase);

  it.each(["at once", "after a restart"])("is canceled by a kill %s", (when) => {
    adopt(clOrdId);
    if (when === "after a restart") desk.restart();
    desk.control("kill", { ...by("k1"), account });
    const { venue, command } = desk.sent.at(-1) ?? {};
    expect(venue).toBe(simx);
    expect(command).toMatchObject({ kind: "cancel", orderId, origClOrdId: clOrdId });
    if (command?.kind !== "cancel") throw new Error("a cancel leaves");
    // By its id its answer finds the way home.
    expect(shardIndexOfLeg(command.clOrdId)).toBe(desk.world.shardIndex);
    desk.message({
      kind: "report",
      execType: "canceled",
      ...{ venue: simx, orderId, clOrdId: command.clOrdId, origClOrdId: command.origClOrdId },
      ...{ execId: "x1", cumQty_lots: 0, tsEvent: toNanos(desk.now_ns) },
    });
    desk.advance(20_000);
    expect(desk.space.get("order", orderId)?.phase).toBe("canceled");
    expect(kills()).toEqual(["began", "done"]);
  });
});
