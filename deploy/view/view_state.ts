/**
 * What the terminal view shows at one moment: plain data, made from the record and the metrics.
 *
 * Owns: the choice of what is shown and the rates over the last seconds. Pure: time is handed in.
 */
import type { OrderEventMessage } from "../../protocols/client/event_message.ts";
import type { HopRow } from "../start/summary.ts";
import { quantileOf, sumOf } from "../start/node_metrics.ts";
import type { Sample } from "../start/node_metrics.ts";
import type { RunRecord } from "../start/run_record.ts";
import { hopRow } from "../start/summary.ts";

/** One order as it is shown. */
export interface OrderRow {
  readonly owner: string;
  readonly instrument: string;
  readonly side: string;
  readonly orderQty: string;
  readonly price: string;
  readonly cumQty: string;
  readonly ordStatus: string;
}

/** One position as it is shown. */
export interface PositionRow {
  readonly account: string;
  readonly instrument: string;
  readonly netQty: string;
  readonly avgPx: string;
  readonly realizedPnl: string;
  readonly unrealizedPnl: string;
}

/** One venue as it is shown. */
export interface VenueRow {
  readonly venue: string;
  readonly up: boolean | undefined;
  readonly in_per_s: number;
  readonly out_per_s: number;
}

/** Everything that is shown. */
export interface ViewState {
  readonly nats: string;
  readonly ran_ms: number;
  readonly left_ms: number | undefined;
  readonly notice: string;
  readonly orders_per_s: number;
  readonly fills_per_s: number;
  readonly counts: RunRecord["counts"];
  readonly openOrders: number;
  readonly hops: readonly HopRow[];
  readonly positions: readonly PositionRow[];
  readonly venues: readonly VenueRow[];
  readonly orders: readonly OrderRow[];
}

/** A count at a moment. */
type Mark = readonly [at_ms: number, value: number];

const window_ms = 3_000;

/** Rates of growing counts over the last three seconds. */
export class Rates {
  readonly #marks = new Map<string, Mark[]>();

  /** Notes a count and gives its growth per second; a count that fell begins anew. */
  rate(name: string, value: number, now_ms: number): number {
    let marks = this.#marks.get(name) ?? [];
    if ((marks.at(-1)?.[1] ?? 0) > value) marks = [];
    marks.push([now_ms, value]);
    while (marks.length > 2 && now_ms - (marks[0]?.[0] ?? now_ms) > window_ms) marks.shift();
    this.#marks.set(name, marks);
    const [first_ms, first] = marks[0] ?? [now_ms, value];
    return now_ms > first_ms ? ((value - first) * 1_000) / (now_ms - first_ms) : 0;
  }
}

/** The hops of the summary and the view, in the order of an order's life. */
export const hopRows = (record: RunRecord, samples: readonly Sample[]): readonly HopRow[] => {
  const { submitToAck, submitToEvent, acceptToNew, tradeToEvent } = record.hops;
  const node = (name: string, metric: string, labels: Readonly<Record<string, string>>): HopRow => {
    const ms = (share: number): number | undefined => {
      const value_s = quantileOf(samples, metric, labels, share);
      return value_s === undefined ? undefined : value_s * 1_000;
    };
    const count = sumOf(samples, `${metric}_count`, labels);
    return { name, count, p50_ms: ms(0.5), p99_ms: ms(0.99) };
  };
  return [
    hopRow("submit → durably received", submitToAck),
    hopRow("submit → first order event", submitToEvent),
    node("received → journaled", "oms_order_path_seconds", { stage: "journal" }),
    node("journal append", "oms_journal_append_seconds", { kind: "acct" }),
    node("accepted → bytes to venue", "oms_order_path_seconds", { stage: "sent" }),
    hopRow("accepted → new at venue", acceptToNew),
    hopRow("trade at venue → order event", tradeToEvent),
  ];
};

/** What the rest of the process knows. */
export interface ViewInputs {
  readonly nats: string;
  readonly ran_ms: number;
  readonly left_ms: number | undefined;
  readonly notice: string;
  readonly venues: readonly string[];
  readonly record: RunRecord;
  readonly samples: readonly Sample[];
}

/** The state to show now. */
export const viewStateOf = (inputs: ViewInputs, rates: Rates, now_ms: number): ViewState => {
  const { record, samples } = inputs;
  return {
    nats: inputs.nats,
    ran_ms: inputs.ran_ms,
    left_ms: inputs.left_ms,
    notice: inputs.notice,
    orders_per_s: rates.rate("orders", record.counts.orders, now_ms),
    fills_per_s: rates.rate("fills", record.counts.fills, now_ms),
    counts: { ...record.counts },
    openOrders: record.open.size,
    hops: hopRows(record, samples),
    positions: [...record.positions.values()]
      .map((position) => ({
        account: position.account,
        instrument: position.instrument,
        netQty: position.netQty,
        avgPx: position.avgPx ?? "–",
        realizedPnl: position.realizedPnl ?? "–",
        unrealizedPnl: position.unrealizedPnl ?? "–",
      }))
      .toSorted((a, b) => compare(`${a.account} ${a.instrument}`, `${b.account} ${b.instrument}`)),
    venues: inputs.venues.map((venue) => venueRow(venue, samples, rates, now_ms)),
    orders: orderRows(record),
  };
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const venueRow = (
  venue: string,
  samples: readonly Sample[],
  rates: Rates,
  now_ms: number,
): VenueRow => {
  const messages = (direction: string): number =>
    rates.rate(
      `${venue} ${direction}`,
      sumOf(samples, "oms_venue_messages_total", { venue, direction }),
      now_ms,
    );
  const isKnown = samples.some(
    ({ name, labels }) => name === "oms_venue_session_up" && labels["venue"] === venue,
  );
  return {
    venue,
    up: isKnown ? sumOf(samples, "oms_venue_session_up", { venue }) === 1 : undefined,
    in_per_s: messages("in"),
    out_per_s: messages("out"),
  };
};

/** Open orders first, then the ones that ended last; grouped by nothing, newest on top. */
const orderRows = (record: RunRecord): readonly OrderRow[] => {
  const newestFirst = (orders: Iterable<OrderEventMessage>): readonly OrderEventMessage[] =>
    [...orders].toReversed();
  return [...newestFirst(record.open.values()), ...newestFirst(record.ended.values())].map(
    (event) => ({
      owner: `${event.account}.${event.strategy}`,
      instrument: event.instrument ?? "–",
      side: event.side ?? "–",
      orderQty: event.orderQty ?? "–",
      price: event.price ?? "–",
      cumQty: event.cumQty ?? "–",
      ordStatus: event.ordStatus,
    }),
  );
};
