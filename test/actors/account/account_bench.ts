/**
 * One account shard under test: messages go in, and its facts, publications and states are kept.
 * Time is a counter that tests may move.
 *
 * Owns: the little that the runtime does around a model, and words for what tests often say.
 */
import { accountShardModel, accountKinds } from "../../../actors/pipeline.ts";
import { bookExternal } from "../../../actors/account_external.ts";
import { carryOut } from "../../../actors/account_outcome.ts";
import type {
  AccountEvent,
  AccountKinds,
  AccountMessage,
  AccountOutgoing,
  AccountTurn,
  AccountWorld,
} from "../../../actors/account_kinds.ts";
import { evolve } from "../../../actors/account_evolve.ts";
import type {
  AdjustPosition,
  AdjustmentRequest,
} from "../../../actors/position/adjustment_decision.ts";
import type { ExternalTrade } from "../../../actors/position/position_fact.ts";
import type { PositionState } from "../../../actors/position/position_model.ts";
import type { Instrument, ReferenceData } from "../../../protocols/instrument.ts";
import { legClOrdIdOf, orderIdOf } from "../../../protocols/kernel/ids.ts";
import type {
  AccountId,
  ClOrdId,
  InstrumentId,
  OrderId,
  StrategyId,
} from "../../../protocols/kernel/ids.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { Book } from "../../../protocols/market.ts";
import type { OrderEvent } from "../../../protocols/order.ts";
import type { Fee, Side } from "../../../protocols/venue.ts";
import { canonicalText } from "../../../runtime/canonical.ts";
import { makeSpace } from "../../../runtime/space.ts";
import { bookOf, gridOf, venueId, venueOf, venuesOf } from "../market_data/market_fixture.ts";

export const desk = "DESK" as AccountId;
export const btc = "BTC-USDT" as InstrumentId;
export const simx = venueId("SIMX");
/** Ticks of 0.5, lots of 0.1: money has two digits, and one tick × lot is 0.05. */
export const grid = gridOf("0.5", "0.1");
/** Units of money in a tick × lot. */
export const unit = 5n;
const shardIndex = 3;

const instrumentOf = (id: string, base: string, quote: string): Instrument => ({
  id: id as InstrumentId,
  base,
  quote,
  grid,
  minQty_lots: 1,
});

/** The instruments of the tests: two ways from BTC to EUR, none to XAU. */
export const instruments: ReadonlyMap<InstrumentId, Instrument> = new Map(
  [
    instrumentOf("BTC-USDT", "BTC", "USDT"),
    instrumentOf("ETH-BTC", "ETH", "BTC"),
    instrumentOf("EUR-USDT", "EUR", "USDT"),
    instrumentOf("XAU-GBP", "XAU", "GBP"),
  ].map((one) => [one.id, one]),
);

const reference: ReferenceData = {
  instruments,
  accounts: new Map([[desk, { account: desk, maxOpenOrders: 100, instruments: new Map() }]]),
  venues: venuesOf(venueOf("SIMX", 0, 0, [...instruments.keys()])),
  referencePriceAge_ms_max: 1_000,
  commandAge_ms_max: 1_000,
  intentDeadline_ms: 1_000,
  earlyCancel_ms: 1_000,
  closedOrder_ms: 1_000,
};

/** Quantity, price and fee of an execution. */
export interface Numbers {
  readonly qty_lots: number;
  readonly price_ticks: number;
  readonly fee?: Fee;
}

/** What was published: the last part of its subject, and its body. */
export interface Published {
  readonly what: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An account shard. */
export class AccountBench {
  readonly space = makeSpace<AccountKinds>(accountKinds);
  readonly events: AccountEvent[] = [];
  readonly published: Published[] = [];
  readonly sent: AccountOutgoing[] = [];
  readonly books = new Map<string, Book>();
  readonly world: AccountWorld = {
    shardIndex,
    accountShards: 16,
    reference,
    market: { book: (_, instrument) => this.books.get(instrument) },
  };
  now_ns = 1_000_000n;
  #execs = 0;
  #adjustments = 0;

  get now(): Nanos {
    return toNanos(this.now_ns);
  }

  /** A market with that mid, heard of now. */
  quote(instrument: string, bid_ticks: number, ask_ticks: number = bid_ticks): void {
    this.books.set(instrument, bookOf([[bid_ticks, 9]], [[ask_ticks, 9]], this.now_ns));
  }

  turn(): AccountTurn {
    const { space } = this;
    return {
      space,
      now_ns: this.now_ns,
      now: this.now,
      emit: (event) => {
        evolve(space, event);
        this.events.push(event);
      },
      send: (_, message) => this.sent.push(message),
      publish: (subject, body) => {
        const [, , , about = "", account = "", ...rest] = subject.split(".");
        const what = about === "order" ? [account, ...rest].join(".") : rest.join(".");
        const eventId = `e${this.published.length}`;
        this.published.push({ what, body: body(eventId) as Published["body"] });
      },
      timer: () => undefined,
      perform: () => undefined,
    };
  }

  /** A message of the mailbox, and what the shard tells itself because of it. */
  deliver(message: AccountMessage): readonly Published[] {
    const before = this.published.length;
    this.now_ns += 1n;
    accountShardModel(this.world).decide(
      { type: "message", from: "venue-SIMX", message },
      this.turn(),
    );
    return this.published.slice(before);
  }

  /** States an order's facts, as a decision of the order would. */
  state(orderId: OrderId, ...events: readonly unknown[]): void {
    this.now_ns += 1n;
    carryOut(this.turn(), this.world, orderId, {
      events: events as readonly OrderEvent[],
      requests: [],
      incidents: [],
    });
  }

  /** An order of a strategy, on its way to the venue. */
  order(strategy: string, clOrdId: string, side: Side, qty_lots: number): OrderId {
    const orderId = orderIdOf(desk, strategy as StrategyId, clOrdId as ClOrdId);
    this.state(orderId, {
      ...this.head(orderId),
      execType: "pending_new",
      digest: "d",
      terms: {
        instrument: btc,
        side,
        ordType: "limit",
        timeInForce: "gtc",
        orderQty_lots: qty_lots,
        price_ticks: 100,
        execInst: [],
        route: { policy: "smart" },
        grid,
        currency: "USDT",
      },
      legs: [
        {
          no: 0,
          venue: simx,
          clOrdId: legOf(orderId),
          state: "pending",
          orderQty_lots: qty_lots,
          price_ticks: 100,
          cumQty_lots: 0,
        },
      ],
    });
    return orderId;
  }

  /** A trade of an order; gives its execution's key. */
  trade(orderId: OrderId, qty_lots: number, price_ticks: number, fee?: Fee): string {
    this.#execs += 1;
    const execKey = `SIMX|x${this.#execs}|trade|${this.#execs}|${qty_lots}@${price_ticks}`;
    const execution = this.execution(execKey, qty_lots, price_ticks, fee);
    this.state(orderId, { ...this.head(orderId), execType: "trade", ...execution });
    return execKey;
  }

  /** A venue takes an execution back. */
  bust(orderId: OrderId, execKey: string, fill: Numbers): void {
    this.#amend(orderId, execKey, "trade_cancel", fill);
  }

  /** A venue says what an execution really was. */
  correct(orderId: OrderId, execKey: string, was: Numbers, is: Numbers): void {
    const { qty_lots, price_ticks: px_ticks, fee } = was;
    const from = { qty_lots, px_ticks, ...(fee === undefined ? {} : { fee }) };
    this.#amend(orderId, execKey, "trade_correct", is, { from });
  }

  #amend(orderId: OrderId, execKey: string, execType: string, is: Numbers, more?: object): void {
    this.#execs += 1;
    const { qty_lots, price_ticks, fee } = is;
    const refExecId = execKey.split("|")[1] ?? "";
    const own = `SIMX|a${this.#execs}|${execType}|0|${refExecId}`;
    const execution = this.execution(own, qty_lots, price_ticks, fee);
    this.state(orderId, { ...this.head(orderId), execType, ...execution, refExecId, ...more });
  }

  /** What all events about an execution have. */
  execution(execKey: string, qty_lots: number, price_ticks: number, fee?: Fee) {
    return {
      leg: 0,
      venue: simx,
      execId: execKey.split("|")[1] ?? "",
      execKey,
      lastQty_lots: qty_lots,
      lastPx_ticks: price_ticks,
      ...(fee === undefined ? {} : { fee }),
    };
  }

  head(orderId: OrderId) {
    return { orderId, commandId: "report:SIMX:x", tsEvent: this.now, tsInit: this.now };
  }

  /** An operator asks for an adjustment of BTC-USDT. */
  adjust(request: AdjustmentRequest, more: Partial<AdjustPosition> = {}): readonly Published[] {
    this.#adjustments += 1;
    return this.deliver({
      kind: "adjust_position",
      account: desk,
      instrument: btc,
      adjustmentId: `adj-${this.#adjustments}`,
      reason: "as the custodian says",
      request,
      at: this.now,
      ...more,
    });
  }

  /** An operator ends a day. */
  mark(date: string, marks: Readonly<Record<string, number>> = {}): readonly Published[] {
    const at = this.now;
    return this.deliver({ kind: "mark_positions", account: desk, date, marks, done: 0, at });
  }

  /** A trade of nobody. */
  external(trade: Partial<ExternalTrade> & Pick<ExternalTrade, "execKey">): boolean {
    this.now_ns += 1n;
    const { execKey } = trade;
    return bookExternal(this.turn(), this.world, {
      account: desk,
      venue: simx,
      instrument: btc,
      grid,
      currency: reference.instruments.get(trade.instrument ?? btc)?.quote ?? "",
      side: "buy",
      execId: execKey.split("|")[1] ?? execKey,
      lastQty_lots: 1,
      lastPx_ticks: 100,
      tsEvent: this.now,
      ...trade,
    });
  }

  /** The account's position, which must be there. */
  get position(): PositionState {
    const position = this.space.get("position", `${desk}.${btc}`);
    if (position === undefined) throw new Error("no position yet");
    return position;
  }

  /** A strategy's virtual position. */
  virtual(strategy: string): PositionState | undefined {
    return this.space.get("strategyPosition", `${desk}.${strategy}.${btc}`);
  }

  /** All states as text: equal for equal states. */
  text(): string {
    const kinds = [...this.space.copy()].map(([kind, states]) => [
      kind,
      [...states].map(([key, value]) => `${key} ${canonicalText(value)}`).toSorted(),
    ]);
    return JSON.stringify(kinds);
  }

  /** Another shard that replayed the journal of this one. */
  replayed(): AccountBench {
    const other = new AccountBench();
    const journal = JSON.parse(JSON.stringify(this.events)) as readonly AccountEvent[];
    for (const event of journal) evolve(other.space, event);
    return other;
  }
}

/** The request id of an order's first leg. */
export const legOf = (orderId: OrderId): string => legClOrdIdOf(shardIndex, orderId, "new:0");

/** Total profit at a mark, in units of money. */
export const totalAt = (state: PositionState, mark_ticks: number): bigint =>
  state.realized + (BigInt(state.netQty_lots) * BigInt(mark_ticks) - state.cost) * unit;
