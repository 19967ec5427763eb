/**
 * Orders of every kind at a venue that lies. Whatever it says, no turn fails; what is booked, owed
 * and reserved stays consistent; every command is answered once; nothing is placed for an order
 * that has ended, and what works of one is taken back. A failure names its seed.
 */
import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { bookedOn } from "../../../actors/order/exec_key.ts";
import { liveQty_lots, worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { isLive, isOver } from "../../../protocols/ord_status.ts";
import type { OrderState } from "../../../protocols/order.ts";
import { Chance } from "../order/order_world.ts";
import { limit10, reference } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";
import { HostileVenue } from "./hostile_venue.ts";

const seeds = 60;
const steps = 30;

const order = { ...limit10, price: "105" };
const exit = { side: "sell", ordType: "limit", price: "110", timeInForce: "gtc", clOrdId: "b" };
const stop = { side: "sell", ordType: "stop", stopPx: "92", timeInForce: "gtc", clOrdId: "c" };
const twap = { type: "twap", slices: 4, endTime: "1767614440000000000" };
const { price: _none, ...unpriced } = order;
const bracket = { type: "bracket", takeProfit: exit, stopLoss: stop };
const kinds: readonly (readonly [string, object])[] = [
  ["a limit order", order],
  ["a day order", { ...order, timeInForce: "day" }],
  ["a stop that waits with us", { ...unpriced, ordType: "stop", stopPx: "102" }],
  ["an iceberg", { ...order, maxFloor: "4" }],
  ["a twap", { ...order, algo: twap }],
  ["a bracket", { ...order, contingency: bracket }],
  ["an oto", { ...order, contingency: { type: "oto", orders: [exit, stop] } }],
];

class HostileLife {
  readonly desk: DeskShard;
  readonly #chance: Chance;
  readonly #venue: HostileVenue;
  readonly #asked: string[] = [];
  #taken = 0;

  constructor(seed: number, how: "native" | "cancel_replace", body: object) {
    const venues = [...reference.venues].map(
      ([id, one]) => [id, { ...one, replace: how }] as const,
    );
    this.desk = new DeskShard({ venues: new Map(venues) });
    this.#chance = new Chance(seed);
    this.#venue = new HostileVenue(this.#chance);
    this.desk.submit("a", { ...body });
    this.#taken = this.desk.sent.length;
  }

  get orders(): readonly OrderState[] {
    return [...this.desk.space.entries("order")].map(([, one]) => one);
  }

  step(n: number): void {
    const one = this.#chance.pick(this.orders);
    const dice = this.#chance.below(30);
    if (dice < 2) this.#replace(one.clOrdId, `r${n}`, dice === 0 ? { price: "103" } : {});
    else if (dice === 2) this.#cancel(one.clOrdId, `c${n}`);
    else if (dice === 3) this.desk.advance(this.#chance.pick([700, 6_000]));
    else if (dice === 4) this.#quote(90 + this.#chance.below(25));
    else if (dice === 5) this.desk.restart();
    else this.#hear(one);
    this.#check();
  }

  /** Every command was answered, or waits for its venue. */
  checkAnswers(): void {
    const ends = /^(order_status|expired|canceled|cancel_rejected|replaced|replace_rejected)$/;
    for (const key of this.#asked) {
      const [clOrdId = "", commandId = ""] = key.split(" ");
      const answers = this.desk.bodies.filter(
        (body) =>
          body["clOrdId"] === clOrdId &&
          body["commandId"] === commandId &&
          ends.test(String(body["execType"])),
      );
      const { pendingCancel, pendingReplaces = [] } = this.desk.order(clOrdId);
      const isPending =
        commandId === `cancel:${pendingCancel?.cancelId}` ||
        pendingReplaces.some(({ replaceId }) => commandId === `replace:${replaceId}`);
      assert.equal(answers.length, isPending ? 0 : 1, `${key} was answered`);
    }
  }

  #replace(clOrdId: string, replaceId: string, price: object): void {
    this.#asked.push(`${clOrdId} replace:${replaceId}`);
    const body = "price" in price ? price : { orderQty: String(2 + this.#chance.below(16)) };
    this.desk.replace(clOrdId, { replaceId, ...body });
  }

  #cancel(clOrdId: string, cancelId: string): void {
    this.#asked.push(`${clOrdId} cancel:${cancelId}`);
    this.desk.cancel(clOrdId, { cancelId });
  }

  #quote(mid: number): void {
    this.desk.quote(mid - 1, mid + 1);
  }

  #hear(about: OrderState): void {
    const { orderId } = about;
    const requests = this.desk.sent.flatMap(({ command }) =>
      command.orderId === orderId ? [command] : [],
    );
    if (requests.length === 0 || about.legs.length === 0) this.desk.advance(500);
    else this.desk.message(this.#venue.say(about, requests, this.desk.now_ns));
  }

  #check(): void {
    for (const one of this.orders) checkBooks(one);
    for (const one of this.orders) this.#checkEnded(one);
    for (const { command } of this.desk.sent.slice(this.#taken)) {
      const one = this.desk.space.get("order", command.orderId);
      if (command.kind !== "place" || one === undefined) continue;
      const isGoingOn = one.phase === "filled" && one.pendingReplaces !== undefined;
      assert.ok(
        !isOver(one) || isGoingOn,
        `${command.clOrdId} is placed for an order that is over`,
      );
    }
    this.#taken = this.desk.sent.length;
  }

  #checkEnded(one: OrderState): void {
    if (!isOver(one) || one.phase === "filled") return;
    assert.equal(one.pendingCancel, undefined);
    assert.equal(one.pendingReplaces, undefined);
    for (const { no, leaving, ...leg } of one.legs) {
      const isLeft = isLive({ no, ...leg }) && leaving === undefined;
      assert.ok(!isLeft || this.#wasRefused(one, no), `leg ${no} works and nobody takes it back`);
    }
  }

  /** A venue refused to cancel it: it is asked what it is, and not pressed. */
  #wasRefused({ orderId }: OrderState, no: number): boolean {
    const last = this.desk.facts.findLast(
      (fact) =>
        "execType" in fact &&
        fact.orderId === orderId &&
        (fact.execType === "replace_rejected" ||
          ((fact.execType === "leg_kept" || fact.execType === "leg_leaving") && fact.leg === no)),
    );
    return last !== undefined && "execType" in last && last.execType !== "leg_leaving";
  }
}

/** What is booked of an order is what its legs come to, and what may still come is reserved. */
const checkBooks = (one: OrderState): void => {
  let [cum, owed, value] = [0, 0, 0n];
  for (const { no, venue, cumQty_lots, owedQty_lots = 0, provisionalQty_lots = 0 } of one.legs) {
    let [booked, provisional] = [0, 0];
    for (const of of bookedOn(one.execKeys, one.amends ?? [], venue, no)) {
      booked += of.lastQty_lots;
      if (of.isProvisional) provisional += of.lastQty_lots;
      value += BigInt(of.lastQty_lots) * BigInt(of.lastPx_ticks);
    }
    assert.deepEqual([cumQty_lots, provisionalQty_lots], [booked, provisional]);
    cum += cumQty_lots;
    owed += owedQty_lots;
  }
  assert.deepEqual(
    [one.cumQty_lots, one.owedQty_lots ?? 0, one.cumValue],
    [cum, owed, value],
    `the books of ${one.orderId}`,
  );
  assert.ok(worstOpen_lots(one) >= liveQty_lots(one) + owed, `${one.orderId} reserves what works`);
};

describe.each(["native", "cancel_replace"] as const)("at a venue that lies, with %s", (how) => {
  it.each(kinds)("%s keeps its books and its promises", (_kind, body) => {
    let traded = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const life = new HostileLife(seed, how, body);
      try {
        for (let step = 0; step < steps; step += 1) life.step(step);
        life.checkAnswers();
        life.desk.check();
      } catch (cause) {
        throw new Error(`seed ${seed}`, { cause });
      }
      if (life.desk.net_lots !== 0) traded += 1;
    }
    expect(traded).toBeGreaterThan(seeds / 10);
  });
});
