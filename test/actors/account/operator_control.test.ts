/**
 * What operators ask of an account shard: trading states and their scopes, the kill switch, mass
 * cancels, each carried out once. Scenario numbers are those of the field's failure list.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { VenueProfile } from "../../../protocols/instrument.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { account, btc, limit10, reference, simx, simy } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const by = (requestId: string) => ({ requestId, operator: "ann", reason: "fat finger" });

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const sentKinds = (from = 0): readonly string[] =>
  desk.sent.slice(from).map(({ command }) => command.kind);
const events = (what: string) => desk.accountEvents.filter((event) => event["what"] === what);

describe("a request id", () => {
  it("that was used for something else does not lose a kill", () => {
    desk.submit("a", limit10);
    desk.control("trading_state", { ...by("1"), account, state: "active" });
    desk.control("kill", { ...by("1"), account });
    expect(desk.submit("b", limit10)).toEqual(["b denied denied TRADING_HALTED"]);
    const [began] = events("kill");
    expect(began).toMatchObject({ operator: "ann", phase: "began" });
    expect(began?.["requestId"]).toMatch(/^1-[0-9a-f]{6}$/);
    const facts = desk.facts.length;
    desk.control("kill", { ...by("1"), account });
    expect(desk.facts).toHaveLength(facts);
  });
});

describe("a trading state", () => {
  it("holds for the account that it names, until it is lifted", () => {
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    expect(desk.submit("a", limit10)).toEqual(["a denied denied TRADING_HALTED"]);
    desk.control("trading_state", { ...by("t2"), account, state: "active" });
    expect(desk.submit("b", limit10)).toEqual(["b pending_new pending_new"]);
    expect(events("trading_state").map((event) => event["tradingState"])).toEqual([
      "halted",
      "active",
    ]);
    expect(events("trading_state")[0]).toMatchObject({
      account,
      scope: "account",
      requestId: "t1",
      operator: "ann",
      reason: "fat finger",
    });
  });

  it("for a whole shard holds also for accounts that nothing is known of", () => {
    expect(desk.space.get("account", account)).toBeUndefined();
    desk.control("trading_state", { ...by("t1"), state: "halted" });
    expect(desk.submit("a", limit10)).toEqual(["a denied denied TRADING_HALTED"]);
    expect(events("trading_state").map((event) => event["account"])).toEqual(["_all", account]);
  });

  it("of a strategy leaves the account's other strategies alone", () => {
    desk.control("trading_state", { ...by("t1"), account, strategy: "other", state: "halted" });
    expect(desk.submit("a", limit10)).toEqual(["a pending_new pending_new"]);
    desk.control("trading_state", { ...by("t2"), account, strategy: "s", state: "cancel_only" });
    expect(desk.submit("b", limit10)).toEqual(["b denied denied TRADING_CANCEL_ONLY"]);
  });

  it("is the strictest of those in force: lifting a wide one leaves the account's own", () => {
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    desk.control("trading_state", { ...by("t2"), state: "cancel_only" });
    expect(desk.submit("a", limit10)).toEqual(["a denied denied TRADING_HALTED"]);
    desk.control("trading_state", { ...by("t3"), state: "active" });
    expect(desk.submit("b", limit10)).toEqual(["b denied denied TRADING_HALTED"]);
    desk.control("trading_state", { ...by("t4"), account, state: "active" });
    expect(desk.submit("c", limit10)).toEqual(["c pending_new pending_new"]);
  });

  it("is set once per request id, also where it arrives late again", () => {
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    desk.control("trading_state", { ...by("t2"), account, state: "active" });
    const facts = desk.facts.length;
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    expect(desk.facts).toHaveLength(facts);
    expect(desk.submit("a", limit10)).toEqual(["a pending_new pending_new"]);
  });

  it("lets cancels pass while halted", () => {
    desk.submit("a", limit10);
    desk.ack("a");
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    expect(desk.cancel("a", { cancelId: "x" })).toEqual(["a pending_cancel pending_cancel"]);
    expect(desk.canceled("a")).toEqual(["a canceled canceled"]);
  });

  it.each([
    ["no reason", { requestId: "t1", operator: "ann", account, state: "halted" }],
    ["an unknown field", { ...by("t1"), acount: account, state: "halted" }],
    ["a strategy without its account", { ...by("t1"), strategy: "s", state: "halted" }],
    ["an account of another shard", { ...by("t1"), account: "STRANGER", state: "halted" }],
  ])("is refused with %s, and changes nothing", (_, body) => {
    const facts = desk.facts.length;
    expect(() => desk.control("trading_state", body)).toThrow(/MALFORMED|another shard/);
    expect(desk.facts).toHaveLength(facts);
  });
});

describe("in a halted account nothing leaves that was on its way before", () => {
  const replacing = (): void => {
    const venues = new Map(
      [...reference.venues].map(([id, venue]): [typeof id, VenueProfile] => [
        id,
        { ...venue, replace: "cancel_replace" },
      ]),
    );
    desk = new DeskShard({ venues });
  };

  it("not the new leg of a replace that waited for room: order and replace end", () => {
    replacing();
    desk.submit("a", limit10);
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", price: "91" });
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    const before = desk.sent.length;
    expect(desk.canceled("a")).toEqual([
      "a canceled canceled",
      "a replace_rejected canceled TRADING_HALTED",
    ]);
    expect(sentKinds(before)).toEqual([]);
  });

  it("not the next slice of an iceberg", () => {
    desk.submit("a", { ...limit10, orderQty: "25", maxFloor: "10" });
    desk.ack("a");
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    const before = desk.sent.length;
    desk.fill("a", 10);
    expect(sentKinds(before)).toEqual([]);
    expect(desk.order("a").phase).toBe("canceled");
  });

  it("a reduce-only order that must give way is canceled, not replaced", () => {
    desk.takePosition(20);
    const sell = { ...limit10, side: "sell", price: "110", execInst: ["reduce_only"] };
    desk.submit("a", { ...sell, orderQty: "20" });
    desk.ack("a");
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    const before = desk.sent.length;
    desk.message({
      kind: "adjust_position",
      account,
      instrument: btc,
      adjustmentId: "adj",
      reason: "the custodian says so",
      request: { kind: "quantity", qty_lots: -5, price_ticks: 100 },
      at: toNanos(desk.now_ns),
    });
    expect(sentKinds(before)).toEqual(["cancel"]);
  });

  it("a stop that is met ends and is not sent, neither then nor at the release", () => {
    desk.submit("a", { ...limit10, ordType: "stop", price: undefined, stopPx: "110" });
    desk.control("trading_state", { ...by("t1"), account, state: "halted" });
    desk.quote(109, 110);
    expect(desk.order("a").phase).toBe("canceled");
    desk.control("trading_state", { ...by("t2"), account, state: "active" });
    desk.advance(5_000);
    expect(desk.sent).toEqual([]);
  });
});

describe("48: a kill", () => {
  const three = (): void => {
    for (const id of ["a", "b", "c"]) desk.submit(id, limit10);
    desk.ack("a");
    desk.ack("b");
  };

  it("halts and cancels every open order, each with its own outcome", () => {
    three();
    const said = desk.control("kill", { ...by("k1"), account });
    expect(said).toEqual([
      "a pending_cancel pending_cancel",
      "b pending_cancel pending_cancel",
      "c pending_cancel pending_cancel",
    ]);
    expect(desk.bodies.at(-1)?.["commandId"]).toBe("cancel:_kill-k1");
    expect(desk.submit("d", limit10)).toEqual(["d denied denied TRADING_HALTED"]);
    expect(desk.canceled("a")).toEqual(["a canceled canceled"]);
    expect(desk.fill("b", 10)).toEqual(["b trade pending_cancel"]);
    const late = { execType: "cancel_rejected", clOrdId: desk.asked("b").clOrdId } as const;
    expect(desk.report("b", { ...late, cumQty_lots: 10 })).toEqual([
      "b cancel_rejected filled VENUE_REJECTED",
    ]);
    desk.advance(3_000);
    expect(events("kill").map((event) => event["phase"])).toEqual(["began"]);
    desk.report("c", { execType: "not_sent" });
    desk.advance(8_000);
    expect(events("kill").map((event) => event["phase"])).toEqual(["began", "done"]);
    expect(events("kill")[1]).toMatchObject({ requestId: "k1", operator: "ann", orders: 3 });
  });

  it("ends what waits with us at once", () => {
    desk.submit("a", { ...limit10, ordType: "stop", price: undefined, stopPx: "110" });
    expect(desk.control("kill", { ...by("k1") })).toEqual(["a canceled canceled"]);
    expect(events("kill").map((event) => event["phase"])).toEqual(["began", "done"]);
    expect(desk.sent).toEqual([]);
  });

  it("chases what is in doubt: its cancel waits at the venue's shard", () => {
    desk.submit("a", limit10);
    desk.report("a", { execType: "in_doubt" });
    expect(desk.control("kill", by("k1"))).toEqual(["a pending_cancel in_doubt"]);
    expect(desk.asked("a").kind).toBe("cancel");
  });

  it("asks again for an order whose cancel was refused, until nothing is open", () => {
    desk.submit("a", limit10);
    desk.ack("a");
    desk.control("kill", by("k1"));
    const ids = new Set<unknown>();
    for (let round = 2; round <= 4; round += 1) {
      const refused = { execType: "cancel_rejected", clOrdId: desk.asked("a").clOrdId } as const;
      desk.report("a", refused);
      expect(desk.advance(8_000)).toEqual(["a pending_cancel pending_cancel"]);
      expect(desk.bodies.at(-1)?.["commandId"]).toMatch(/^cancel:_kill-k1-\d+$/);
      ids.add(desk.bodies.at(-1)?.["commandId"]);
    }
    expect(ids.size).toBe(3);
    desk.canceled("a");
    desk.advance(8_000);
    expect(events("kill").map((event) => event["phase"])).toEqual(["began", "done"]);
    expect(desk.space.size("operatorCancel")).toBe(0);
  });

  it("asks in slices, and reports pass in between", () => {
    for (let i = 0; i < 250; i += 1) desk.submit(`o${i}`, limit10);
    const before = desk.sent.length;
    desk.control("kill", by("k1"));
    expect(desk.largestTurn).toBeLessThan(110);
    desk.advance(20);
    expect(sentKinds(before)).toHaveLength(250);
    expect(new Set(desk.sent.slice(before).map(({ command }) => command.orderId)).size).toBe(250);
  });

  it("goes on after a crash in the middle", () => {
    for (let i = 0; i < 250; i += 1) desk.submit(`o${i}`, limit10);
    desk.control("kill", by("k1"));
    desk.restart();
    desk.advance(20);
    expect(sentKinds().filter((kind) => kind === "cancel")).toHaveLength(250);
  });

  it("33: passes over an order whose cancel throws, and asks for it again every round", () => {
    for (let i = 0; i < 250; i += 1) desk.submit(`o${i}`, limit10);
    for (const id of ["o0", "o120"]) desk.poison.add(desk.order(id).orderId);
    const cancels = (): number => sentKinds().filter((kind) => kind === "cancel").length;
    desk.control("kill", by("k1"));
    desk.advance(400);
    expect(cancels()).toBe(248);
    const failed = events("kill").filter(({ phase }) => phase === "failed");
    expect(failed.map(({ orderId }) => orderId)).toEqual([...desk.poison]);
    desk.poison.clear();
    desk.advance(1_000);
    expect(cancels()).toBe(250);
    for (let i = 0; i < 250; i += 1) desk.canceled(`o${i}`);
    desk.advance(8_000);
    expect(events("kill").at(-1)).toMatchObject({ phase: "done", orders: 250 });
  });

  it("of a strategy cancels and halts that one only", () => {
    desk.submit("a", limit10);
    desk.control("kill", { ...by("k1"), account, strategy: "other" });
    expect(sentKinds()).toEqual(["place"]);
    desk.control("kill", { ...by("k2"), account, strategy: "s" });
    expect(sentKinds()).toEqual(["place", "cancel"]);
  });

  it("of a strategy reads no order of another one", () => {
    for (let i = 0; i < 20; i += 1) desk.submit(`o${i}`, limit10);
    desk.control("kill", { ...by("k1"), account, strategy: "other" });
    const read = vi.spyOn(desk.space, "get");
    desk.advance(20_000);
    desk.control("kill", { ...by("k2"), account, strategy: "none" });
    expect(read.mock.calls.filter(([kind]) => kind === "order")).toEqual([]);
    read.mockRestore();
  });

  it("is over when its scope is released: what is open then stays", () => {
    desk.submit("a", limit10);
    desk.ack("a");
    desk.control("kill", by("k1"));
    desk.report("a", { execType: "cancel_rejected", clOrdId: desk.asked("a").clOrdId });
    desk.control("trading_state", { ...by("r1"), state: "active" });
    expect(events("kill").map((event) => event["phase"])).toEqual(["began", "released"]);
    const before = desk.sent.length;
    desk.advance(20_000);
    expect(sentKinds(before)).toEqual([]);
    expect(desk.submit("b", limit10)).toEqual(["b pending_new pending_new"]);
  });

  it("at one venue cancels what is there, and ends when that venue is open again", () => {
    desk.submit("a", limit10);
    const direct = { policy: "direct", venue: simy };
    desk.quote(99, 101, simx, simy);
    desk.submit("b", { ...limit10, route: direct });
    desk.ack("b");
    const kill = { kind: "cancel_at_venue", venue: simy, cause: "kill", by: by("k1") } as const;
    desk.message(kill);
    desk.advance(5);
    expect(desk.sent.at(-1)).toMatchObject({ venue: simy, command: { kind: "cancel" } });
    expect(sentKinds()).toEqual(["place", "place", "cancel"]);
    desk.report("b", { execType: "cancel_rejected", clOrdId: desk.asked("b").clOrdId });
    desk.open(simy, true);
    desk.advance(20_000);
    expect(sentKinds()).toEqual(["place", "place", "cancel"]);
    expect(events("kill").at(-1)).toMatchObject({ phase: "released", venue: simy });
  });
});

describe("24: a mass cancel of five orders", () => {
  it("gives each its own outcome: three canceled, one unknown, one in doubt", () => {
    const ids = ["a", "b", "c", "d", "e"];
    for (const id of ids) {
      desk.submit(id, limit10);
      desk.ack(id);
    }
    desk.control("mass_cancel", { ...by("m1"), account, instrument: btc, side: "buy" });
    expect(sentKinds().filter((kind) => kind === "cancel")).toHaveLength(5);
    for (const id of ["a", "b", "c"])
      expect(desk.canceled(id)).toEqual([`${id} canceled canceled`]);
    const refused = { execType: "cancel_rejected", code: "ORDER_UNKNOWN" } as const;
    expect(desk.report("d", { ...refused, clOrdId: desk.asked("d").clOrdId })).toEqual([
      "d cancel_rejected new ORDER_UNKNOWN",
      "d in_doubt in_doubt",
    ]);
    expect(desk.report("e", { execType: "in_doubt", clOrdId: desk.asked("e").clOrdId })).toEqual([
      "e in_doubt in_doubt",
    ]);
    expect(ids.map((id) => desk.order(id).phase)).toEqual([
      ...["canceled", "canceled", "canceled"],
      ...["new", "new"],
    ]);
    expect(events("mass_cancel").map((event) => event["phase"])).toEqual(["began", "asked"]);
    expect(desk.submit("f", limit10)).toEqual(["f pending_new pending_new"]);
  });

  it("asks only what passes its filters, and once", () => {
    desk.submit("a", limit10);
    desk.submit("b", { ...limit10, side: "sell", price: "110" });
    desk.control("mass_cancel", { ...by("m1"), side: "sell" });
    desk.control("mass_cancel", { ...by("m1"), side: "sell" });
    expect(desk.sent.at(-1)?.command.orderId).toBe(desk.order("b").orderId);
    expect(sentKinds()).toEqual(["place", "place", "cancel"]);
  });
});
