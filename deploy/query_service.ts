/**
 * Answers a strategy's questions about its own orders and positions, from committed states.
 *
 * `oms.v1.query.<account>.<strategy>.<order|orders|positions>`; the body of `order` is
 * `{"clOrdId": …}`. The subject says whose they are, so a strategy that may only publish its own
 * subjects sees only its own. Every node hears every question; the owner of the account answers.
 *
 * `positions` gives the account's positions and, as `strategyPositions`, those of the strategy that
 * asks. With a body `{"currency": …}` it also gives the account's profit by currency and in that
 * one: a total where every rate and mark is fresh, else what is missing.
 */
import type { NatsConnection } from "nats";
import { holdingKey, startingWith, virtualKey } from "../actors/account_kinds.ts";
import type { AccountSpace } from "../actors/account_kinds.ts";
import { accountProfit } from "../actors/account_rates.ts";
import { orderEventBody } from "../protocols/order_event.ts";
import { averagePrice, flatPosition } from "../actors/position/position_model.ts";
import type { PositionState } from "../actors/position/position_model.ts";
import { formatAmounts } from "../protocols/currency.ts";
import type { ReferenceData } from "../protocols/instrument.ts";
import type { MarketView } from "../protocols/market.ts";
import { isToken, orderIdOf } from "../protocols/kernel/ids.ts";
import type { AccountId, ClOrdId, StrategyId } from "../protocols/kernel/ids.ts";
import { toNanos } from "../protocols/kernel/instant.ts";
import type { Instant_ns } from "../protocols/kernel/instant.ts";
import { formatDecimal, formatScaled } from "../protocols/kernel/decimal.ts";
import { formatSteps, moneyScale } from "../protocols/kernel/grid.ts";
import { accountShard, accountShardIndex, shardName } from "../protocols/kernel/shard.ts";
import { externalStrategy, patterns } from "../protocols/kernel/subjects.ts";
import type { OrderState } from "../protocols/order.ts";
import type { ShardRegistry } from "./shard_registry.ts";

/** What profit is valued with: without it the answer to `positions` has none. */
export interface Valuation {
  readonly reference: ReferenceData;
  readonly market: MarketView;
  readonly now_ns: () => Instant_ns;
}

/** Digits after the point of a profit that was converted. */
const profitDigits = 8;

/** Orders in one answer; what is left out is said. */
const orders_max = 200;

/** Starts answering; the subscription ends with the connection. */
export const startQueryService = (
  connection: NatsConnection,
  registry: ShardRegistry,
  accountShards: number,
  valuation?: Valuation,
): void => {
  connection.subscribe(patterns.queries, {
    callback: (error, message) => {
      if (error !== null) return;
      const [, , , account = "", strategy = "", what = ""] = message.subject.split(".");
      // Adopted orders are no strategy's: who may speak for that name may ask for them.
      if (!isToken(account) || !(isToken(strategy) || strategy === externalStrategy)) {
        message.respond(JSON.stringify({ error: "MALFORMED", text: "the subject names nobody" }));
        return;
      }
      const index = accountShardIndex(account as AccountId, accountShards);
      const view = registry.accounts.get(shardName(accountShard(index)));
      if (view === undefined) return;
      const taken = view.read((space) => {
        const asked = { account: account as AccountId, strategy: strategy as StrategyId };
        message.respond(JSON.stringify(answer(space, asked, what, message.data, valuation)));
      });
      if (!taken) message.respond(JSON.stringify({ error: "BUSY", text: "ask again" }));
    },
  });
};

/** Whose orders and positions are asked for. */
export interface Asked {
  readonly account: AccountId;
  readonly strategy: StrategyId;
}

/** The answer to one question about an account that is here. */
export const answer = (
  space: AccountSpace,
  asked: Asked,
  what: string,
  data: Uint8Array,
  valuation?: Valuation,
): object => {
  switch (what) {
    case "order":
      return orderAnswer(space, asked, data);
    case "orders":
      return ordersAnswer(space, asked);
    case "positions":
      return positionsAnswer(space, asked, data, valuation);
    default:
      return { error: "MALFORMED", text: `there is no query ${what.slice(0, 36)}` };
  }
};

const orderAnswer = (space: AccountSpace, asked: Asked, data: Uint8Array): object => {
  const clOrdId = clOrdIdOf(data);
  if (clOrdId === undefined) return { error: "MALFORMED", text: 'a body {"clOrdId": …} is needed' };
  const order = space.get("order", orderIdOf(asked.account, asked.strategy, clOrdId));
  return order === undefined ? { error: "ORDER_UNKNOWN" } : { order: orderBody(order) };
};

const clOrdIdOf = (data: Uint8Array): ClOrdId | undefined => {
  const clOrdId = fieldOf(data, "clOrdId");
  return clOrdId !== undefined && isToken(clOrdId) ? (clOrdId as ClOrdId) : undefined;
};

/** A text field of a JSON body; undefined where the body is none or has no such text. */
const fieldOf = (data: Uint8Array, field: string): string | undefined => {
  try {
    const body: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
    if (typeof body !== "object" || body === null) return undefined;
    const value = (body as Readonly<Record<string, unknown>>)[field];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
};

const ordersAnswer = (space: AccountSpace, { account, strategy }: Asked): object => {
  const orders: object[] = [];
  let omitted = 0;
  const prefix = `${account}.${strategy}.`;
  for (const orderId of space.keys("open")) {
    if (!orderId.startsWith(prefix)) continue;
    const order = orders.length < orders_max ? space.get("order", orderId) : undefined;
    if (order === undefined) omitted += 1;
    else orders.push(orderBody(order));
  }
  return { orders, omitted };
};

const eventOnly: ReadonlySet<string> = new Set([
  "eventId",
  "execType",
  "commandId",
  "tsEvent",
  "tsInit",
]);

/** An order as its latest event would show it, with its legs. */
const orderBody = (order: OrderState): object => {
  const never = toNanos(0n);
  const { orderId } = order;
  const head = { orderId, commandId: "query", tsEvent: never, tsInit: never };
  const event = orderEventBody({ ...head, execType: "order_status" }, order, "");
  const body = Object.fromEntries(Object.entries(event).filter(([key]) => !eventOnly.has(key)));
  const { terms } = order;
  if (terms === undefined) return body;
  const legs = order.legs.map((leg) => ({
    venue: leg.venue,
    clOrdId: leg.clOrdId,
    state: leg.state,
    orderQty: formatSteps(leg.orderQty_lots, terms.grid.lot),
    ...(leg.price_ticks === undefined
      ? {}
      : { price: formatSteps(leg.price_ticks, terms.grid.tick) }),
    cumQty: formatSteps(leg.cumQty_lots, terms.grid.lot),
    ...(leg.venueOrderId === undefined ? {} : { venueOrderId: leg.venueOrderId }),
  }));
  return { ...body, legs };
};

const positionsAnswer = (
  space: AccountSpace,
  { account, strategy }: Asked,
  data: Uint8Array,
  valuation: Valuation | undefined,
): object => {
  const positions = [...positionsOf(space, account, valuation?.reference)].map((position) => {
    const exposure = space.get("exposure", holdingKey(account, position.instrument));
    const { grid } = position;
    return {
      ...positionBody(position),
      external: formatSteps(position.externalQty_lots, grid.lot),
      openBuyQty: formatSteps(exposure?.openBuy_lots ?? 0, grid.lot),
      openSellQty: formatSteps(exposure?.openSell_lots ?? 0, grid.lot),
    };
  });
  const strategyPositions: object[] = [];
  const own = virtualKey(account, strategy, "");
  for (const position of startingWith(space, "strategyPosition", own)) {
    strategyPositions.push(positionBody(position));
  }
  const currency = currencyIn(data);
  if (currency === undefined || valuation === undefined) return { positions, strategyPositions };
  return {
    positions,
    strategyPositions,
    profit: profitBody(space, account, currency, valuation),
  };
};

/** What an account holds, and flat where it has never held anything and something is reserved. */
const positionsOf = function* (
  space: AccountSpace,
  account: AccountId,
  reference: ReferenceData | undefined,
): Generator<PositionState> {
  const prefix = holdingKey(account, "");
  yield* startingWith(space, "position", prefix);
  for (const { instrument, openOrders } of startingWith(space, "exposure", prefix)) {
    const listed = reference?.instruments.get(instrument);
    if (openOrders === 0 || listed === undefined) continue;
    if (space.get("position", holdingKey(account, instrument)) !== undefined) continue;
    const { grid, quote: currency } = listed;
    yield flatPosition({ account, instrument, grid, currency, tsEvent: toNanos(0n) });
  }
};

const positionBody = (position: PositionState): object => ({
  instrument: position.instrument,
  netQty: formatSteps(position.netQty_lots, position.grid.lot),
  avgPx: averagePrice(position),
  realizedPnl: formatScaled(position.realized, moneyScale(position.grid)),
  fees: formatAmounts(position.fees),
  ...(Object.keys(position.cash).length === 0 ? {} : { cash: formatAmounts(position.cash) }),
  currency: position.currency,
  version: position.version,
});

const profitBody = (
  space: AccountSpace,
  account: AccountId,
  currency: string,
  { reference, market, now_ns }: Valuation,
): object => {
  const world = { reference, market };
  const { profit, converted } = accountProfit(
    space,
    world,
    account,
    currency,
    profitDigits,
    now_ns(),
  );
  const byCurrency = Object.fromEntries(
    [...profit.byCurrency].map(([code, { realized, unrealized, fees, cash }]) => [
      code,
      {
        realizedPnl: formatDecimal(realized),
        unrealizedPnl: formatDecimal(unrealized),
        fees: formatDecimal(fees),
        cash: formatDecimal(cash),
      },
    ]),
  );
  if (converted.status === "incomplete") {
    const { missing, unmarked } = converted;
    return { byCurrency, currency, missing, unmarked };
  }
  return { byCurrency, currency, total: formatDecimal(converted.total) };
};

const currencyIn = (data: Uint8Array): string | undefined => {
  const currency = fieldOf(data, "currency");
  return currency !== undefined && /^[A-Za-z0-9]{1,12}$/.test(currency) ? currency : undefined;
};
