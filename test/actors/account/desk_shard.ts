/**
 * A whole account shard under test: commands as bytes, prices through the real market watch, timers
 * on a clock that tests move, and what it asks of its venues.
 *
 * Owns: the little that the runtime, the driver and a venue do around the model. Every run is
 * checked at its end: a replay of the facts gives the same states, and the exposure is the sum of
 * the open orders' reservations.
 */
import { evolve, reservationOf } from "../../../actors/account_evolve.ts";
import type {
  AccountEvent,
  AccountInput,
  AccountKinds,
  AccountMessage,
  AccountOutgoing,
  AccountTurn,
  AccountWorld,
} from "../../../actors/account_kinds.ts";
import { MarketWatch } from "../../../actors/held/market_watch.ts";
import type { MarketObserved, WatchMarket } from "../../../actors/held/market_watch.ts";
import { accountKinds, accountShardModel } from "../../../actors/pipeline.ts";
import type { ReferenceData } from "../../../protocols/instrument.ts";
import { orderIdOf } from "../../../protocols/kernel/ids.ts";
import type { ClOrdId, StrategyId, VenueId } from "../../../protocols/kernel/ids.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { accountShard } from "../../../protocols/kernel/shard.ts";
import { controlSubject } from "../../../protocols/kernel/subjects.ts";
import type { ControlVerb, Lane } from "../../../protocols/kernel/subjects.ts";
import type { OrderState } from "../../../protocols/order.ts";
import type { OrderEventBody } from "../../../protocols/order_event.ts";
import type { LegReport, PlaceLeg, VenueCommand } from "../../../protocols/venue.ts";
import { canonicalText } from "../../../runtime/canonical.ts";
import { makeSpace } from "../../../runtime/space.ts";
import { DeskMarkets } from "./desk_markets.ts";
import {
  account,
  accountShards,
  btc,
  reference,
  shardIndex,
  simx,
  simy,
} from "./desk_reference.ts";
import { causeOf } from "./undone.ts";

type Body = Readonly<Record<string, unknown>>;
/** An account shard with its driver, its clock and its venues. */
export class DeskShard {
  readonly space = makeSpace<AccountKinds>(accountKinds);
  readonly facts: AccountEvent[] = [];
  /** `<clOrdId> <execType> <ordStatus>[ <code>]` of every order event. */
  readonly said: string[] = [];
  readonly bodies: Body[] = [];
  readonly incidents: string[] = [];
  /** The accounts' own events. */
  readonly accountEvents: Body[] = [];
  readonly sent: { venue: string; command: VenueCommand }[] = [];
  readonly timers = new Map<string, bigint>();
  readonly world: AccountWorld;
  now_ns: bigint;
  watch: MarketWatch;
  /** Nobody runs the shard: prices come and are not looked at. */
  isDown = false;
  /** How many looks at prices the shard took. */
  looks = 0;
  /** Turns that state something of one of these orders throw; then inputs are parked. */
  readonly poison = new Set<string>();
  /** Most facts that one turn stated. */
  largestTurn = 0;
  readonly #markets = new DeskMarkets();
  readonly #waiting: MarketObserved[] = [];
  #seq = 0;
  #execs = 0;

  constructor(change: Partial<ReferenceData> = {}, start = "2026-01-05T12:00:00Z") {
    this.now_ns = BigInt(Date.parse(start)) * 1_000_000n;
    this.world = {
      shardIndex,
      accountShards,
      reference: { ...reference, ...change },
      market: this.#markets.view,
    };
    this.watch = this.#newWatch();
    this.#run({ type: "started" });
    for (const venue of [simx, simy]) this.open(venue, true);
    this.quote(99, 101);
  }

  /** A venue opens or closes its gate. */
  open(venue: VenueId, open: boolean): void {
    this.message({ kind: "venue_status", venue, open, reason: "test" });
  }

  /** Best prices of SIMX, or of the venues named. */
  quote(bid_ticks: number, ask_ticks: number, ...venues: readonly VenueId[]): void {
    for (const venue of venues.length === 0 ? [simx] : venues) {
      this.#markets.quote(venue, bid_ticks, ask_ticks, this.now_ns);
      if (!this.isDown) this.watch.changed(venue, btc);
    }
    this.#pump();
  }

  /** A trade between others. */
  trade(price_ticks: number, venue: VenueId = simx): void {
    this.#markets.trade(venue, price_ticks, this.now_ns);
    this.watch.changed(venue, btc);
    this.#pump();
  }

  /** Others trade so much. */
  volume(qty_lots: number, venue: VenueId = simx): void {
    this.#markets.volume(venue, qty_lots, this.now_ns);
  }

  submit(clOrdId: string, body: Body): readonly string[] {
    return this.#command(clOrdId, "submit", body);
  }

  replace(clOrdId: string, body: Body): readonly string[] {
    return this.#command(clOrdId, "replace", body);
  }

  cancel(clOrdId: string, body: Body = {}): readonly string[] {
    return this.#command(clOrdId, "cancel", body);
  }

  /** A submit that failed every time is put aside. */
  parkSubmit(clOrdId: string, body: Body): void {
    accountShardModel(this.world).park(
      this.#input(clOrdId, "submit", body),
      "boom",
      this.#turn([]),
    );
  }

  /** An operator asks something of the shard. */
  control(what: ControlVerb, body: Body): readonly string[] {
    const subject = controlSubject(accountShard(shardIndex), what);
    const said = this.#run(this.#mail("h", subject, body));
    return [...said, ...this.advance(2)];
  }

  message(message: AccountMessage): readonly string[] {
    return this.#run({ type: "message", from: "venue-SIMX", message });
  }

  /** Time passes; timers fire at their time, prices stay fresh. */
  advance(ms: number): readonly string[] {
    const before = this.said.length;
    const until_ns = this.now_ns + BigInt(ms) * 1_000_000n;
    for (;;) {
      const [id, at_ns] = [...this.timers].toSorted((a, b) => (a[1] < b[1] ? -1 : 1))[0] ?? [];
      if (id === undefined || at_ns === undefined || at_ns > until_ns) break;
      this.timers.delete(id);
      if (at_ns > this.now_ns) this.now_ns = at_ns;
      this.#markets.refresh(this.now_ns);
      this.#run({ type: "timer", id });
    }
    this.now_ns = until_ns;
    this.#markets.refresh(this.now_ns);
    return this.said.slice(before);
  }

  /** A new owner after a crash: the driver knows nothing, timers and states are replayed. */
  restart(): void {
    this.#waiting.length = 0;
    this.isDown = false;
    this.#markets.countAnew();
    this.watch = this.#newWatch();
    this.#run({ type: "started" });
  }

  order(clOrdId: string): OrderState {
    const orderId = orderIdOf(account, "s" as StrategyId, clOrdId as ClOrdId);
    const order = this.space.get("order", orderId);
    if (order === undefined) throw new Error(`no order ${clOrdId}`);
    return order;
  }

  /** The place requests of an order so far. */
  placed(clOrdId: string): readonly (PlaceLeg & { venue: string })[] {
    const { orderId } = this.order(clOrdId);
    return this.sent.flatMap(({ venue, command }) =>
      command.kind === "place" && command.orderId === orderId ? [{ ...command, venue }] : [],
    );
  }

  /** The last request about an order. */
  asked(clOrdId: string): VenueCommand {
    const { orderId } = this.order(clOrdId);
    const last = this.sent.findLast(({ command }) => command.orderId === orderId);
    if (last === undefined) throw new Error(`nothing was asked for ${clOrdId}`);
    return last.command;
  }

  /** The venue of an order's last leg answers its last request, or says something by itself. */
  report(clOrdId: string, report: Partial<LegReport> & Pick<LegReport, "execType">): string[] {
    const order = this.order(clOrdId);
    const leg = order.legs.at(-1);
    if (leg === undefined) throw new Error(`${clOrdId} is at no venue`);
    this.#execs += 1;
    const before = this.said.length;
    this.message({
      kind: "report",
      venue: leg.venue,
      orderId: order.orderId,
      clOrdId: leg.clOrdId,
      execId: `x${this.#execs}`,
      cumQty_lots: leg.cumQty_lots,
      tsEvent: toNanos(this.now_ns),
      ...report,
    });
    return this.said.slice(before);
  }

  /** The venue has the order's last leg. */
  ack(clOrdId: string): readonly string[] {
    return this.report(clOrdId, { execType: "new", venueOrderId: `v${this.#execs}` });
  }

  /** A fill of the order's last leg. */
  fill(clOrdId: string, lastQty_lots: number, lastPx_ticks = 100): readonly string[] {
    const cum = this.order(clOrdId).legs.at(-1)?.cumQty_lots ?? 0;
    const cumQty_lots = cum + lastQty_lots;
    return this.report(clOrdId, { execType: "trade", lastQty_lots, lastPx_ticks, cumQty_lots });
  }

  /** The venue does what the last cancel asked. */
  canceled(clOrdId: string): readonly string[] {
    const request = this.asked(clOrdId);
    if (request.kind !== "cancel") throw new Error(`no cancel was asked for ${clOrdId}`);
    const { clOrdId: id, origClOrdId } = request;
    return this.report(clOrdId, { execType: "canceled", clOrdId: id, origClOrdId });
  }

  /** Buys or sells so much at once, so that the account has a position. */
  takePosition(net_lots: number): void {
    const id = `p${this.#seq}`;
    const side = net_lots > 0 ? "buy" : "sell";
    const orderQty = String(Math.abs(net_lots));
    this.submit(id, { instrument: btc, side, ordType: "market", orderQty, timeInForce: "ioc" });
    this.fill(id, Math.abs(net_lots));
  }

  get net_lots(): number {
    return this.space.get("position", `${account}.${btc}`)?.netQty_lots ?? 0;
  }

  get openBuy_lots(): number {
    return this.space.get("exposure", `${account}.${btc}`)?.openBuy_lots ?? 0;
  }

  get openSell_lots(): number {
    return this.space.get("exposure", `${account}.${btc}`)?.openSell_lots ?? 0;
  }

  /** What must hold at the end of every test. */
  check(): void {
    const other = makeSpace<AccountKinds>(accountKinds);
    const journal = JSON.parse(JSON.stringify(this.facts)) as readonly AccountEvent[];
    for (const event of journal) evolve(other, event);
    const [live, replayed] = [textOf(this.space), textOf(other)];
    if (live !== replayed) throw new Error(`replayed\n${replayed}\nis not\n${live}`);
    let [openBuy, openSell] = [0, 0];
    for (const [, order] of this.space.entries("order")) {
      const held = reservationOf(order);
      if (held?.side === "buy") openBuy += held.qty_lots;
      else openSell += held?.qty_lots ?? 0;
    }
    const exposure = this.space.get("exposure", `${account}.${btc}`);
    const sums = [exposure?.openBuy_lots ?? 0, exposure?.openSell_lots ?? 0];
    if (sums[0] !== openBuy || sums[1] !== openSell) {
      throw new Error(`exposure ${sums.join(" ")}, orders reserve ${openBuy} ${openSell}`);
    }
  }

  #newWatch(): MarketWatch {
    return new MarketWatch({
      pointOf: ({ venue }) => this.#markets.point(venue, this.now_ns - 10_000_000_000n),
      post: (observed) => this.#waiting.push(observed) > 0,
      room: () => undefined,
    });
  }

  #pump(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.looks += 1;
      this.#run({ type: "local", input: next });
    }
  }

  /** A timer that is due comes before the next input. */
  #fireDue(): void {
    for (;;) {
      const due = [...this.timers].find(([, at_ns]) => at_ns <= this.now_ns);
      if (due === undefined) return;
      this.timers.delete(due[0]);
      this.#run({ type: "timer", id: due[0] });
    }
  }

  #command(clOrdId: string, verb: string, body: Body): readonly string[] {
    return this.#run(this.#input(clOrdId, verb, body));
  }

  #input(clOrdId: string, verb: string, body: Body): AccountInput {
    const lane = verb === "cancel" ? "h" : "n";
    const subject = `oms.v1.mbx.${lane}.acct.${shardIndex}.${account}.s.${clOrdId}.${verb}`;
    return this.#mail(lane, subject, body);
  }

  #mail(lane: Lane, subject: string, body: Body): AccountInput {
    this.#seq += 1;
    return {
      type: "command",
      lane,
      seq: this.#seq,
      subject,
      data: Buffer.from(JSON.stringify(body)),
      stored_ns: this.now_ns,
      traceparent: undefined,
    };
  }

  #run(input: AccountInput): readonly string[] {
    const before = this.said.length;
    this.now_ns += 1_000n;
    const effects: WatchMarket[] = [];
    const facts = this.facts.length;
    const model = accountShardModel(this.world);
    const decide = (): void => model.decide(input, this.#turn(effects));
    const { space, timers, said, bodies, accountEvents, sent } = this;
    const lists = [this.facts, said, bodies, accountEvents, sent, this.#outgoing];
    const thrown = this.poison.size > 0 && causeOf({ space, timers, lists }, decide);
    if (thrown === false) decide();
    else if (thrown !== undefined) model.park(input, thrown, this.#turn(effects));
    this.largestTurn = Math.max(this.largestTurn, this.facts.length - facts);
    const own: AccountMessage[] = [];
    for (const message of this.#outgoing.splice(0)) {
      if (message.kind === "mass_cancel" || message.kind === "mark_positions") own.push(message);
    }
    for (const effect of effects) this.watch.watch(effect);
    for (const message of own) this.#run({ type: "message", from: "acct-0", message });
    this.#pump();
    this.#fireDue();
    return this.said.slice(before);
  }

  readonly #outgoing: AccountOutgoing[] = [];

  #turn(effects: WatchMarket[]): AccountTurn {
    const { space } = this;
    return {
      space,
      now_ns: this.now_ns,
      now: toNanos(this.now_ns),
      emit: (event) => {
        if ("orderId" in event && this.poison.has(event.orderId)) throw new Error("poison");
        evolve(space, event);
        this.facts.push(event);
      },
      send: (to, message) => {
        this.#outgoing.push(message);
        if ("clOrdId" in message) this.sent.push({ venue: to.key, command: message });
      },
      publish: (subject, bodyOf) => this.#publish(subject, bodyOf(`e${this.bodies.length}`)),
      timer: (id, at_ns) => {
        if (at_ns === undefined) this.timers.delete(id);
        else this.timers.set(id, at_ns);
      },
      perform: (effect) => effects.push(effect),
    };
  }

  #publish(subject: string, body: object): void {
    const [, , , about = "", , strategyOrWhat = "", clOrdId = "", execType = ""] =
      subject.split(".");
    if (about === "account" && strategyOrWhat === "incident" && "what" in body) {
      this.incidents.push(String(body.what));
    }
    if (about === "account") this.accountEvents.push({ what: strategyOrWhat, ...body });
    if (about !== "order") return;
    this.bodies.push(body as Body);
    const { ordStatus, rejectCode } = body as OrderEventBody;
    const code = rejectCode === undefined ? "" : ` ${rejectCode}`;
    this.said.push(`${clOrdId} ${execType} ${ordStatus}${code}`);
  }
}

const textOf = (space: ReturnType<typeof makeSpace<AccountKinds>>): string =>
  JSON.stringify(
    [...space.copy()].map(([kind, states]) => [
      kind,
      [...states].map(([key, value]) => `${key} ${canonicalText(value)}`).toSorted(),
    ]),
  );
