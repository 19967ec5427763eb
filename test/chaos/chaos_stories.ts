/**
 * What both sides have of the orders that a contradiction names: a chaos run does not come again as
 * it was, so that its evidence has to be told at once.
 */
import type { RecordsOfBothSides } from "../integration/support/venue_record_faults.ts";

/** Orders that are told. */
const orders_max = 10;

/** Our events, then each venue's order and executions, a line each. */
export const storiesOf = (
  contradictions: readonly string[],
  { events, orderOfRequest, dumps }: RecordsOfBothSides,
): readonly string[] => {
  const named = [...events.orders.keys()].filter((orderId) =>
    contradictions.some((line) => line.split(/[ ,:]/).includes(orderId)),
  );
  return named.slice(0, orders_max).flatMap((orderId) => {
    const isOf = (clOrdId: string): boolean => orderOfRequest.get(clOrdId) === orderId;
    const theirs = [...dumps].flatMap(([venue, { orders, executions }]) => [
      ...orders.flatMap(({ order }) => (isOf(order.clOrdId) ? [{ venue, ...order }] : [])),
      ...executions.flatMap((one) => (isOf(one.clOrdId) ? [{ venue, ...one }] : [])),
    ]);
    return [
      `${orderId}, our events:`,
      ...(events.orders.get(orderId) ?? []).map((event) => `  ${JSON.stringify(event)}`),
      `${orderId}, the venues' records:`,
      ...theirs.map((one) => `  ${JSON.stringify(one)}`),
    ];
  });
};
