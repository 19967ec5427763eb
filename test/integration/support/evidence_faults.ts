/**
 * Compares what all sides say and lists every contradiction. An empty list is the proof.
 *
 * The numbers in the names are the invariants of the design:
 *  3 one venue order per intent · 4 position = Σ fills · 7 one answer, versions without gaps ·
 *  10 nothing acknowledged is lost.
 */
import { parseDecimal } from "../../../protocols/kernel/decimal.ts";
import type { OrderEventBody } from "../../../protocols/order_event.ts";
import type { SimDumpExecution, SimOrderView } from "../../../protocols/sim_wire.ts";
import type { AckedCommand } from "./command_sender.ts";
import type { Evidence } from "./evidence.ts";

/** Incidents that a crash may cause rightly; whatever they say is compared in the end anyway. */
const expectedIncident = /"(what|incident)":"(none)"/;

const ended: ReadonlySet<string> = new Set(["filled", "canceled", "denied", "rejected", "expired"]);

/** Every contradiction, a line each; `repeated`: commands were sent more than once on purpose. */
export const evidenceFaults = (evidence: Evidence, repeated = false): readonly string[] => [
  ...evidence.events.faults,
  ...answerFaults(evidence, repeated),
  ...orderFaults(evidence),
  ...venueOrderFaults(evidence),
  ...executionFaults(evidence),
  ...positionFaults(evidence),
  ...evidence.events.incidents.filter((text) => !expectedIncident.test(text)),
  ...evidence.deadLetters.map((letter) => `a dead letter: ${letter.slice(0, 300)}`),
  ...evidence.proofs.faults,
  ...(evidence.audit.ok ? [] : ["the audit failed:", ...evidence.audit.lines]),
];

/** 7 and 10: every acknowledged command has its answer, exactly one. */
export const answerFaults = (
  { commands, events }: Pick<Evidence, "commands" | "events">,
  repeated: boolean,
): readonly string[] => {
  const faults: string[] = [];
  for (const command of commands) {
    const orderId = `${command.account}.${command.strategy}.${command.clOrdId}`;
    const all = events.orders.get(orderId) ?? [];
    const about = all.filter(
      (event) => event.commandId === command.commandId && !(repeated && answersRepeat(event)),
    );
    const wrong = wrongAnswers(command, about);
    if (wrong !== undefined) {
      faults.push(`${orderId} ${command.commandId}: ${wrong}: ${show(all)}`);
    }
  }
  return faults;
};

const answersRepeat = ({ execType, rejectCode }: OrderEventBody): boolean =>
  execType === "order_status" || rejectCode === "ID_CONFLICT";

const finalAnswers: Readonly<Record<AckedCommand["verb"], ReadonlySet<string>>> = {
  submit: new Set(["pending_new", "denied", "expired"]),
  replace: new Set(["replaced", "replace_rejected"]),
  cancel: new Set(["canceled", "cancel_rejected"]),
};

const wrongAnswers = (
  { verb }: AckedCommand,
  about: readonly OrderEventBody[],
): string | undefined => {
  if (about.length === 0) return "no answer";
  const finals = about.filter(({ execType }) => finalAnswers[verb].has(execType));
  if (finals.length !== 1) return `${finals.length} final answers`;
  const kinds = new Set(about.map(({ execType }) => execType));
  return kinds.size === about.length ? undefined : "answered twice";
};

/** Every order has ended, in the feed and in the journal alike, and the feed knows all of them. */
const orderFaults = ({ events, journals }: Evidence): readonly string[] => {
  const faults: string[] = [];
  for (const [orderId, list] of events.orders) {
    const last = list.at(-1);
    const state = journals.orders.get(orderId);
    if (last === undefined || !ended.has(last.ordStatus)) {
      faults.push(`${orderId} has not ended: ${show(list)}`);
    }
    if (state === undefined) faults.push(`${orderId} is in no journal`);
    else if (state.version !== list.length) {
      faults.push(`${orderId} has ${list.length} events, its journal ${state.version}`);
    }
    if (state?.legs.some((leg) => leg.state !== "ended") === true) {
      faults.push(`${orderId} has a leg that has not ended: ${JSON.stringify(state.legs)}`);
    }
    if (state?.owedQty_lots !== undefined && state.owedQty_lots !== 0) {
      faults.push(`${orderId} misses ${state.owedQty_lots} lots that the venue executed`);
    }
  }
  for (const orderId of journals.orders.keys()) {
    if (!events.orders.has(orderId)) faults.push(`${orderId} has a journal but no event`);
  }
  return faults;
};

/** 3: each order of a venue is one of ours, and none of ours has more than it has legs. */
const venueOrderFaults = (evidence: Evidence): readonly string[] => {
  const { events, journals, reports, truths } = evidence;
  const faults: string[] = [];
  const venueOrdersOf = new Map<string, SimOrderView[]>();
  for (const { venue, orders } of truths) {
    const reported = reports.get(venue) ?? [];
    for (const report of reported) {
      const duplicate = report.rejectCode === "duplicate_cl_ord_id";
      if (duplicate) faults.push(`${venue} was sent ${report.clOrdId} twice`);
    }
    for (const order of orders) {
      const orderId = journals.orderOfRequest.get(order.clOrdId);
      if (orderId === undefined) {
        faults.push(`${venue} has ${order.clOrdId}, which is none of ours`);
        continue;
      }
      venueOrdersOf.set(orderId, [...(venueOrdersOf.get(orderId) ?? []), order]);
    }
  }
  for (const [orderId, list] of events.orders) {
    const there = venueOrdersOf.get(orderId) ?? [];
    const worked = list.some(({ execType }) => execType === "new" || execType === "trade");
    if (worked && there.length === 0) faults.push(`${orderId} is at no venue`);
    const legs = journals.orders.get(orderId)?.legs.length ?? 0;
    if (there.length > legs) {
      const ids = there.map((order) => `${order.clOrdId} ${order.venueOrderId}`).join(", ");
      faults.push(`${orderId} has ${legs} legs and is at venues as ${ids}`);
    }
    if (there.length > 0) faults.push(...endFaults(orderId, list.at(-1), there));
  }
  return faults;
};

const endFaults = (
  orderId: string,
  last: OrderEventBody | undefined,
  orders: readonly SimOrderView[],
): readonly string[] => {
  const cum = orders.reduce((sum, { cumQty }) => sum + units(cumQty), 0);
  const ends = orders.map(({ ordStatus }) => ordStatus);
  const ours = `${last?.ordStatus ?? "nothing"} ${last?.cumQty ?? ""}`;
  const fault = `${orderId} is ${ours}, the venue says ${ends.join(", ")} ${cum}e-8`;
  if (last === undefined || units(last.cumQty ?? "0") !== cum) return [fault];
  // Of an order in slices each ends for itself; its last one ends it.
  if (orders.length > 1) return [];
  // Where we watch over an order's time the venue hears a cancel.
  const isOurEnd = last.execType === "expired" && last.commandId.startsWith("cancel:_expire");
  return ends[0] === (isOurEnd ? "canceled" : last.ordStatus) ? [] : [fault];
};

/** Every execution of a venue is one trade event, and every trade event one execution. */
const executionFaults = ({ events, journals, truths }: Evidence): readonly string[] => {
  const faults: string[] = [];
  const trades = new Map<string, OrderEventBody>();
  for (const list of events.orders.values()) {
    for (const event of list) {
      if (event.execType !== "trade") continue;
      const key = `${event.lastMkt} ${event.execId}`;
      if (trades.has(key)) faults.push(`${key} is booked twice`);
      trades.set(key, event);
    }
  }
  for (const { venue, executions } of truths) {
    for (const execution of executions) {
      const key = `${venue} ${execution.execId}`;
      const trade = trades.get(key);
      trades.delete(key);
      if (trade === undefined) faults.push(`${key} of ${execution.clOrdId} was never booked`);
      else if (!isSame(trade, execution)) {
        faults.push(`${key}: ${JSON.stringify(trade)} is not ${JSON.stringify(execution)}`);
      } else if (journals.orderOfRequest.get(execution.clOrdId) !== trade.orderId) {
        faults.push(`${key} of ${execution.clOrdId} was booked on ${trade.orderId}`);
      }
    }
  }
  for (const key of trades.keys()) faults.push(`${key} is unknown to the venue`);
  return faults;
};

const isSame = (trade: OrderEventBody, execution: SimDumpExecution): boolean =>
  trade.instrument === execution.instrument &&
  trade.side === execution.side &&
  isEqual(trade.lastQty ?? "0", execution.lastQty) &&
  isEqual(trade.lastPx ?? "0", execution.lastPx) &&
  trade.lastLiquidityInd === execution.lastLiquidityInd &&
  isEqual(trade.fee?.amount ?? "0", execution.fee.amount);

/** 4: positions, asked and told, are the sum of the venues' executions; nothing stays reserved. */
const positionFaults = (evidence: Evidence): readonly string[] => {
  const { events, journals, positions, truths } = evidence;
  const faults: string[] = [];
  const sums = new Map<string, number>();
  for (const { executions } of truths) {
    for (const { clOrdId, instrument, side, lastQty } of executions) {
      const orderId = journals.orderOfRequest.get(clOrdId) ?? "?";
      const key = `${orderId.split(".")[0]}.${instrument}`;
      sums.set(key, (sums.get(key) ?? 0) + (side === "buy" ? 1 : -1) * units(lastQty));
    }
  }
  for (const { account, instrument, netQty, openBuyQty, openSellQty } of positions) {
    const key = `${account}.${instrument}`;
    const sum = sums.get(key) ?? 0;
    sums.delete(key);
    if (units(netQty) !== sum) faults.push(`${key} is ${netQty}, the venues' fills give ${sum}e-8`);
    const told = events.positions.get(key)?.netQty;
    if (sum !== 0 && (told === undefined || units(told) !== sum)) {
      faults.push(`${key} was last told as ${told ?? "nothing"}, the venues' fills give ${sum}e-8`);
    }
    if (units(openBuyQty) !== 0 || units(openSellQty) !== 0) {
      faults.push(`${key} still reserves ${openBuyQty} to buy, ${openSellQty} to sell`);
    }
  }
  for (const [key, sum] of sums) faults.push(`${key} has no position, the fills give ${sum}e-8`);
  return faults;
};

/** A decimal in units of 1e-8. */
const units = (text: string): number => {
  const decimal = parseDecimal(text);
  if (decimal === undefined || decimal.scale > 8) throw new Error(`${text} has too many digits`);
  return Number(decimal.units * 10n ** BigInt(8 - decimal.scale));
};

const isEqual = (a: string, b: string): boolean => {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  if (x === undefined || y === undefined) return false;
  const scale = Math.max(x.scale, y.scale);
  return x.units * 10n ** BigInt(scale - x.scale) === y.units * 10n ** BigInt(scale - y.scale);
};

const show = (events: readonly OrderEventBody[]): string =>
  events
    .map(({ version, execType, ordStatus, commandId, rejectCode = "", text = "" }) =>
      `${version} ${execType}/${ordStatus} ${commandId} ${rejectCode} ${text}`.trimEnd(),
    )
    .join(" | ");
