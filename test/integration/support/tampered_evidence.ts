/**
 * Evidence with one lie each, to prove that the comparison would notice it.
 */
import type { OrderEventBody } from "../../../protocols/order_event.ts";
import type { SimDumpExecution, SimOrderView } from "../../../protocols/sim_wire.ts";
import type { Evidence } from "./evidence.ts";
import type { VenueTruth } from "./venue_truth.ts";

/** The same evidence with something missing, doubled or changed, and what that is. */
export const lies = (evidence: Evidence): readonly (readonly [string, Evidence])[] => {
  const { events, positions, truths } = evidence;
  const [position, ...otherPositions] = positions;
  const traded = [...events.orders].find(([, list]) => list.some(isTrade));
  if (position === undefined || traded === undefined) throw new Error("nothing was traded");
  const [orderId, list] = traded;
  const retold = (told: readonly OrderEventBody[]): Evidence => ({
    ...evidence,
    events: { ...events, orders: new Map([...events.orders, [orderId, told]]) },
  });
  const untold = new Map([...events.orders].filter(([id]) => id !== orderId));
  const executions = (
    change: (all: readonly SimDumpExecution[]) => SimDumpExecution[],
  ): Evidence => ({
    ...evidence,
    truths: truths.map((truth) => ({ ...truth, executions: change(truth.executions) })),
  });
  const orders = (change: (all: readonly SimOrderView[]) => SimOrderView[]): Evidence => ({
    ...evidence,
    truths: truths.map((truth): VenueTruth => ({ ...truth, orders: change(truth.orders) })),
  });
  return [
    ["an order without events", { ...evidence, events: { ...events, orders: untold } }],
    ["an event that is missing", retold(list.slice(0, -1))],
    ["an answer that is missing", retold(list.filter(({ commandId }) => commandId !== "submit"))],
    ["an answer that comes twice", retold([...list, ...list.slice(0, 1)])],
    ["a trade that is booked twice", retold([...list, ...list.filter(isTrade)])],
    [
      "an execution that the OMS missed",
      executions((all) => [...all, ...all.slice(0, 1).map(again)]),
    ],
    ["a trade that no venue knows", executions((all) => all.slice(1))],
    ["another price", executions((all) => all.map((one) => ({ ...one, lastPx: "1.00" })))],
    ["a second order at a venue", orders((all) => [...all, ...all.slice(0, 1).map(renamed)])],
    ["an order that is none of ours", orders((all) => [...all, ...all.slice(0, 1).map(foreign)])],
    ["another end", orders((all) => all.map((order) => ({ ...order, ordStatus: "new" })))],
    [
      "another position",
      { ...evidence, positions: [{ ...position, netQty: "7" }, ...otherPositions] },
    ],
    ["a reservation left", { ...evidence, positions: [{ ...position, openBuyQty: "1" }] }],
    ["a dead letter", { ...evidence, deadLetters: ["{}"] }],
    [
      "another state after replay",
      { ...evidence, proofs: { compared: 1, faults: ["it differs"] } },
    ],
  ];
};

const isTrade = ({ execType }: OrderEventBody): boolean => execType === "trade";

const again = (execution: SimDumpExecution): SimDumpExecution => ({ ...execution, execId: "E0" });

const renamed = (order: SimOrderView): SimOrderView => ({ ...order, venueOrderId: "O0" });

const foreign = (order: SimOrderView): SimOrderView => ({ ...order, clOrdId: "00nobody" });
