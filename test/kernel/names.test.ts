/**
 * Ids, shards and subjects: the parsing that strangers' text goes through, and agreement with the
 * server on where an account lives.
 */
import { describe, expect, it } from "vitest";
import {
  isToken,
  legClOrdIdOf,
  orderIdOf,
  partsOfOrderId,
  shardIndexOfLeg,
} from "../../protocols/kernel/ids.ts";
import type { AccountId, ClOrdId, StrategyId, VenueId } from "../../protocols/kernel/ids.ts";
import {
  accountShard,
  accountShardIndex,
  fnv1a32,
  shardName,
  shardOfName,
  venueShard,
} from "../../protocols/kernel/shard.ts";
import {
  controlSubject,
  controlVerbs,
  parcelSubject,
  parseMailboxSubject,
} from "../../protocols/kernel/subjects.ts";

const order = orderIdOf("DEMO" as AccountId, "hand" as StrategyId, "h1" as ClOrdId);

describe("ids", () => {
  it.each(["a", "A-b_9", "x".repeat(36), "-a"])("takes the token %s", (text) => {
    expect(isToken(text)).toBe(true);
  });
  it.each(["", "_all", "a.b", "a b", "a*", ">", "x".repeat(37), "é", "a\n"])(
    "refuses the token %j",
    (text) => expect(isToken(text)).toBe(false),
  );
  it("joins and parts an order id", () => {
    expect(order).toBe("DEMO.hand.h1");
    expect(partsOfOrderId(order)).toEqual({ account: "DEMO", strategy: "hand", clOrdId: "h1" });
  });
  it("makes the same leg id for the same intent, and another for another", () => {
    const id = legClOrdIdOf(6, order, "new:0");
    expect(id).toBe(legClOrdIdOf(6, order, "new:0"));
    expect(id).toHaveLength(14);
    expect(shardIndexOfLeg(id)).toBe(6);
    const others = Array.from({ length: 2000 }, (_, i) => legClOrdIdOf(1295, order, `new:${i}`));
    expect(new Set(others).size).toBe(2000);
    for (const other of others) expect(shardIndexOfLeg(other)).toBe(1295);
  });
  it.each(["", "06", "zzzzzzzzzzzzzzz", "06ABCDEFGHJKMN", "06ilouilouilou"])(
    "knows that %j is no leg id of ours",
    (text) => expect(shardIndexOfLeg(text)).toBeUndefined(),
  );
});

describe("shards", () => {
  it("hashes as FNV-1a does", () => {
    expect(fnv1a32("")).toBe(0x811c9dc5);
    expect(fnv1a32("a")).toBe(0xe40c292c);
    expect(fnv1a32("foobar")).toBe(0xbf9cf968);
  });
  it("places an account within the number of shards", () => {
    expect(accountShardIndex("DEMO" as AccountId, 16)).toBe(6);
    expect(accountShardIndex("DEMO" as AccountId, 1)).toBe(0);
  });
  it("reads back the names it makes", () => {
    for (const shard of [accountShard(3), venueShard("SIM-X" as VenueId)]) {
      expect(shardOfName(shardName(shard))).toEqual(shard);
    }
    expect(() => shardOfName("other-1")).toThrow("no shard's name");
  });
});

describe("mailbox subjects", () => {
  const read = (tail: string) => parseMailboxSubject(`oms.v1.mbx.n.acct.6.${tail}`);
  it("reads a command's target", () => {
    expect(read("DEMO.hand.h1.submit")).toEqual({
      type: "command",
      target: { account: "DEMO", strategy: "hand", clOrdId: "h1", verb: "submit" },
    });
  });
  it("reads a mass cancel, and only as a cancel", () => {
    const mass = read("DEMO.hand._all.cancel");
    expect(mass.type === "command" && mass.target.clOrdId).toBeUndefined();
    expect(read("DEMO.hand._all.submit").type).toBe("unreadable");
  });
  it.each([
    "DEMO.hand.h1.destroy",
    "DEMO.hand.h1",
    "_x.hand.h1.submit",
    "DEMO._x.h1.submit",
    "DEMO.hand.$x.submit",
    "DEMO.hand.h1.submit.more",
    `DEMO.hand.${"x".repeat(37)}.submit`,
  ])("does not read %s", (tail) => expect(read(tail).type).toBe("unreadable"));
  it("reads what an operator asks, and nothing that none of them may", () => {
    for (const what of controlVerbs) {
      const subject = controlSubject(accountShard(6), what);
      expect(parseMailboxSubject(subject)).toEqual({ type: "control", what });
    }
    expect(read("control.destroy").type).toBe("unreadable");
  });
  it("reads where a parcel is from", () => {
    const subject = parcelSubject(accountShard(6), venueShard("SIMX" as VenueId));
    expect(parseMailboxSubject(subject)).toEqual({ type: "parcel", from: "venue-SIMX" });
  });
});
