/**
 * A group of bound orders through a random life: a whole account shard, a naive venue for each
 * order (`order_world.ts`), prices, commands, restarts. What must hold at every moment is checked
 * after every step, the rest when everything that was under way has come in.
 *
 * Owns: the steps and the checks. A seed gives the same life again.
 */
import assert from "node:assert/strict";
import { groupOf } from "../../../actors/account_group_state.ts";
import { overfilled_lots, wantsOf } from "../../../actors/contingency/group_decision.ts";
import { targetOf } from "../../../actors/order/order_move.ts";
import { executed_lots, worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import type { VenueProfile } from "../../../protocols/instrument.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";
import { hasEnded, isHeld } from "../../../protocols/ord_status.ts";
import type { OrderState } from "../../../protocols/order.ts";
import { followsParent } from "../../../protocols/order_bond.ts";
import { Chance, OrderWorld } from "../order/order_world.ts";
import type { Post } from "../order/order_world.ts";
import { account, reference, simx } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

type Body = Readonly<Record<string, unknown>>;
const rounds_max = 200;

/** One life of one group. */
export class GroupLife {
  readonly desk: DeskShard;
  readonly chance: Chance;
  readonly ids: readonly string[];
  readonly #post: Post;
  readonly #submit: Body;
  readonly #worlds = new Map<OrderId, OrderWorld>();
  readonly #asked = new Map<string, number>();
  /** The strategy changed what may be executed in all. */
  #isResized = false;
  #taken = 0;
  #commands = 0;

  constructor(seed: number, post: Post, ids: readonly string[], submit: Body) {
    const { how = "native" } = post;
    const venues = new Map(
      [...reference.venues].map(([id, one]): [typeof id, VenueProfile] => [
        id,
        { ...one, replace: how },
      ]),
    );
    this.desk = new DeskShard({ venues });
    this.chance = new Chance(seed);
    this.#post = post;
    this.ids = ids;
    this.#submit = submit;
  }

  get orders(): readonly OrderState[] {
    return this.ids.flatMap((id) => {
      const order = this.desk.space.get("order", `${account}.s.${id}`);
      return order === undefined ? [] : [order];
    });
  }

  begin(): void {
    this.command("submit", () => this.desk.submit(this.ids[0] ?? "", this.#submit));
  }

  step(): void {
    const dice = this.chance.below(40);
    const id = this.chance.pick(this.ids);
    if (dice === 0) this.begin();
    else if (dice === 1) this.#cancel(id);
    else if (dice === 2) this.#replace(id);
    else if (dice < 5) this.#quote();
    else if (dice === 5) this.desk.restart();
    else if (dice === 6) this.desk.advance(700);
    else {
      const world = this.#worldOf(id);
      if (dice < 14) world.arrive();
      else if (dice < 24) world.stir();
      else this.#deliver(id);
    }
    this.#check();
  }

  /** Everything that is under way comes in, and what was refused is asked again. */
  settle(): void {
    for (let round = 0; round < rounds_max; round += 1) {
      if (round % 2 === 0) for (const id of this.ids) this.#worldOf(id).tellStatus();
      let isQuiet = true;
      for (const id of this.ids) {
        const world = this.#worldOf(id);
        while (!world.quiet) {
          isQuiet = false;
          world.arrive();
          this.#deliver(id);
          this.#check();
        }
      }
      this.desk.advance(1_100);
      this.#check();
      // What never left is sent again by the clock.
      isQuiet &&= this.orders.every(({ orderId }) => !this.#isToBeSent(orderId));
      if (isQuiet && this.#wanted().length === 0 && this.#isAnswered()) return;
    }
    const states = this.orders.map(({ clOrdId, phase, terms, cumQty_lots, legs }) =>
      JSON.stringify([clOrdId, phase, terms?.orderQty_lots, terms?.bond, cumQty_lots, legs]),
    );
    throw new Error(`not settled: ${JSON.stringify(this.#wanted())}\n${states.join("\n")}`);
  }

  #isToBeSent(orderId: OrderId): boolean {
    return this.desk.space.get("held", orderId)?.stage === "send" || !this.#worldOf(orderId).quiet;
  }

  /** What must hold when nothing is under way. */
  checkEnd(): void {
    const { desk } = this;
    desk.check();
    let net = 0;
    for (const order of this.orders) {
      const world = this.#worldOf(order.orderId);
      assert.equal(order.cumQty_lots, world.cum, `${order.clOrdId} counts what its venue does`);
      net += order.terms?.side === "buy" ? world.cum : -world.cum;
      const live = world.orders.filter(({ alive }) => alive);
      const open = live.reduce((sum, { qty, cum }) => sum + qty - cum, 0);
      if (!isHeld(order)) assert.equal(worstOpen_lots(order), open, `${order.clOrdId} reserves`);
    }
    assert.equal(desk.net_lots, net);
    for (const [commandId, asked] of this.#asked) this.#checkAnswered(commandId, asked);
    const state = groupOf(desk.space, desk.world, `${account}.s.${this.ids[0] ?? ""}`);
    const over = state === undefined || this.#isResized ? 0 : overfilled_lots(state);
    if (over > 0) assert.ok(desk.incidents.includes("contingency_overfilled"), `${over} too many`);
  }

  command(commandId: string, run: () => unknown, id = this.ids[0] ?? ""): void {
    const key = `${id} ${commandId}`;
    this.#asked.set(key, (this.#asked.get(key) ?? 0) + 1);
    run();
  }

  #cancel(id: string): void {
    const cancelId = `c${(this.#commands += 1)}`;
    this.command(`cancel:${cancelId}`, () => this.desk.cancel(id, { cancelId }), id);
  }

  #replace(id: string): void {
    const replaceId = `r${(this.#commands += 1)}`;
    const orderQty = String(2 + this.chance.below(14));
    const resizes = this.chance.next() < 0.7;
    this.#isResized ||= resizes;
    const body = resizes ? { replaceId, orderQty } : { replaceId, price: "105" };
    this.command(`replace:${replaceId}`, () => this.desk.replace(id, body), id);
  }

  #quote(): void {
    const mid = 80 + this.chance.below(40);
    this.desk.quote(mid - 1, mid + 1);
  }

  #deliver(id: string): void {
    const report = this.#worldOf(id).deliver();
    if (report === undefined) return;
    const orderId = `${account}.s.${id}` as OrderId;
    const venue = this.desk.space.get("order", orderId)?.legs[0]?.venue ?? simx;
    this.desk.message({ ...report, orderId, venue });
  }

  #worldOf(id: string): OrderWorld {
    const orderId = (id.includes(".") ? id : `${account}.s.${id}`) as OrderId;
    const known = this.#worlds.get(orderId) ?? new OrderWorld(this.chance, this.#post);
    this.#worlds.set(orderId, known);
    return known;
  }

  /** After every step: what left is what may be, and what waits reserves nothing. */
  #check(): void {
    for (; this.#taken < this.desk.sent.length; this.#taken += 1) {
      const sent = this.desk.sent[this.#taken];
      if (sent === undefined) break;
      const order = this.desk.space.get("order", sent.command.orderId);
      if (order === undefined) throw new Error("only orders ask venues");
      const world = this.#worldOf(order.orderId);
      world.asked(this.#most(order));
      world.send([{ venue: simx, command: sent.command }]);
      if (sent.command.kind === "place" || sent.command.kind === "replace") this.#checkAsked(order);
    }
    for (const order of this.orders) {
      const waits = this.desk.space.get("held", order.orderId)?.stage === "parent";
      if (waits || hasEnded(order)) {
        assert.equal(worstOpen_lots(order), order.owedQty_lots ?? 0, `${order.clOrdId} reserves`);
      }
      const { terms } = order;
      if (isHeld(order) && !waits) assert.equal(worstOpen_lots(order), terms?.orderQty_lots);
    }
  }

  #most(order: OrderState): number {
    const pending = (order.pendingReplaces ?? []).map(({ orderQty_lots }) => orderQty_lots);
    return Math.max(order.terms?.orderQty_lots ?? 0, ...pending, order.cumQty_lots);
  }

  /** A child asks for no more than its parent has executed. */
  #checkAsked(order: OrderState): void {
    const { bond } = order.terms ?? {};
    if (!followsParent(bond) || this.#post.amends === true) return;
    const parent = this.desk.space.get("order", bond?.group ?? "");
    const asked = Math.max(targetOf(order).orderQty_lots - executed_lots(order), 0);
    const most = (parent?.cumQty_lots ?? 0) - executed_lots(order);
    assert.ok(asked <= Math.max(0, most), `${order.clOrdId} asks for ${asked} of ${most}`);
  }

  /** What the group still wants, but for a market order that must first be done. */
  #wanted(): readonly unknown[] {
    const { space, world } = this.desk;
    const state = groupOf(space, world, `${account}.s.${this.ids[0] ?? ""}`);
    if (state === undefined) return [];
    return wantsOf(state).filter((want) => {
      const order = space.get("order", want.orderId);
      const isMarket = order?.terms?.price_ticks === undefined && (order?.legs.length ?? 0) > 0;
      return !(want.want === "total" && isMarket);
    });
  }

  #isAnswered(): boolean {
    return this.orders.every(
      ({ pendingReplaces, pendingCancel }) =>
        pendingReplaces === undefined && pendingCancel === undefined,
    );
  }

  #checkAnswered(key: string, asked: number): void {
    const [id = "", commandId = ""] = key.split(" ");
    const kinds = this.desk.bodies
      .filter((body) => body["clOrdId"] === id && body["commandId"] === commandId)
      .map((body) => String(body["execType"]));
    const first = ["pending_new", "denied", "order_status", "expired"];
    const ends = [...first, "canceled", "cancel_rejected", "replaced", "replace_rejected"];
    const answers = kinds.filter((kind) => ends.includes(kind));
    assert.equal(answers.length, asked, `${key} was answered: ${kinds.join(" ")}`);
  }
}
