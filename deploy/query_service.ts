/**
 * Answers a strategy's questions about its own orders and positions, from committed states.
 *
 * `oms.v1.query.<account>.<strategy>.<order|orders|positions>`; the body of `order` is
 * `{"clOrdId": …}`. The subject says whose they are, so a strategy that may only publish its own
 * subjects sees only its own. Every node hears every question; the owner of the account answers.
 */
import type { NatsConnection } from "nats";
import type { AccountSpace } from "../actors/account_kinds.ts";
import { orderEventBody } from "../protocols/order_event.ts";
import { averagePrice } from "../actors/position/position_model.ts";
import { isToken, orderIdOf } from "../protocols/kernel/ids.ts";
import type { AccountId, ClOrdId, StrategyId } from "../protocols/kernel/ids.ts";
import { toNanos } from "../protocols/kernel/instant.ts";
import { formatScaled } from "../protocols/kernel/decimal.ts";
import { formatSteps, moneyScale } from "../protocols/kernel/grid.ts";
import { accountShard, accountShardIndex, shardName } from "../protocols/kernel/shard.ts";
import { patterns } from "../protocols/kernel/subjects.ts";
import { isOpen } from "../protocols/ord_status.ts";
import type { OrderState } from "../protocols/order.ts";
import type { ShardRegistry } from "./shard_registry.ts";

/** Orders in one answer; what is left out is said. */
const orders_max = 200;

/** Starts answering; the subscription ends with the connection. */
export const startQueryService = (
  connection: NatsConnection,
  registry: ShardRegistry,
  accountShards: number,
): void => {
  connection.subscribe(patterns.queries, {
    callback: (error, message) => {
      if (error !== null) return;
      const [, , , account = "", strategy = "", what = ""] = message.subject.split(".");
      const index = accountShardIndex(account as AccountId, accountShards);
      const view = registry.accounts.get(shardName(accountShard(index)));
      if (view === undefined || !isToken(account) || !isToken(strategy)) return;
      view.read((space) => {
        const asked = { account: account as AccountId, strategy: strategy as StrategyId };
        message.respond(JSON.stringify(answer(space, asked, what, message.data)));
      });
    },
  });
};

interface Asked {
  readonly account: AccountId;
  readonly strategy: StrategyId;
}

const answer = (space: AccountSpace, asked: Asked, what: string, data: Uint8Array): object => {
  switch (what) {
    case "order":
      return orderAnswer(space, asked, data);
    case "orders":
      return ordersAnswer(space, asked);
    case "positions":
      return positionsAnswer(space, asked);
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
  try {
    const body = JSON.parse(Buffer.from(data).toString("utf8")) as { readonly clOrdId?: unknown };
    const { clOrdId } = body;
    return typeof clOrdId === "string" && isToken(clOrdId) ? (clOrdId as ClOrdId) : undefined;
  } catch {
    return undefined;
  }
};

const ordersAnswer = (space: AccountSpace, { account, strategy }: Asked): object => {
  const orders: object[] = [];
  let omitted = 0;
  for (const [, order] of space.entries("order")) {
    if (order.account !== account || order.strategy !== strategy || !isOpen(order)) continue;
    if (orders.length < orders_max) orders.push(orderBody(order));
    else omitted += 1;
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
    cumQty: formatSteps(leg.cumQty_lots, terms.grid.lot),
    ...(leg.venueOrderId === undefined ? {} : { venueOrderId: leg.venueOrderId }),
  }));
  return { ...body, legs };
};

const positionsAnswer = (space: AccountSpace, { account }: Asked): object => {
  const positions: object[] = [];
  for (const [, position] of space.entries("position")) {
    if (position.account !== account) continue;
    const exposure = space.get("exposure", `${account}.${position.instrument}`);
    const { grid } = position;
    positions.push({
      instrument: position.instrument,
      netQty: formatSteps(position.netQty_lots, grid.lot),
      avgPx: averagePrice(position),
      realizedPnl: formatScaled(position.realized, moneyScale(grid)),
      openBuyQty: formatSteps(exposure?.openBuy_lots ?? 0, grid.lot),
      openSellQty: formatSteps(exposure?.openSell_lots ?? 0, grid.lot),
      version: position.version,
    });
  }
  return { positions };
};
