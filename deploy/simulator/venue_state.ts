/**
 * Between a venue and its records: what is written with each report, and how a venue that starts
 * again takes up what was written.
 *
 * After a restart the market begins anew, and open orders join its queues at the end in their old
 * order; what would trade at once does. Sessions that had asked for it lose their open orders.
 *
 * Owns: that translation. Never: touches a file.
 */
import type { SimReport } from "../../protocols/sim_wire.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";
import type { KnownId } from "./order_registry.ts";
import type { RefusedOrder } from "./refused_order.ts";
import type { ExecutionRecord, OrderRecord, ReportedRecord, StateRecord } from "./state_record.ts";
import type { VenueExecution, VenueOrder } from "./venue_order.ts";

/** What a report is about. */
export type ReportSubject =
  | { readonly kind: "order"; readonly order: VenueOrder }
  | { readonly kind: "refused"; readonly refusedOrder: RefusedOrder }
  | { readonly kind: "nothing" };

/** What is written with a report. */
export const recordOf = (
  session: string,
  report: SimReport,
  subject: ReportSubject,
  made: { readonly orders: number; readonly executions: number },
): ReportedRecord => ({
  kind: "reported",
  session,
  report,
  ...(subject.kind === "order" ? changesOf(subject.order, report) : {}),
  ...(subject.kind === "refused" ? { refused: subject.refusedOrder.view } : {}),
  made: [made.orders, made.executions],
});

const changesOf = (
  order: VenueOrder,
  { execType, execId, tsEvent }: SimReport,
): Pick<ReportedRecord, "order" | "execution" | "amendment" | "executionNo"> => {
  const fresh = execType === "trade" ? order.executions.at(-1) : undefined;
  // By its time too: a venue that uses its ids again may have amended another one under this id.
  const executionNo = order.executions.findIndex(({ amendments }) => {
    const last = amendments.at(-1);
    return last?.execId === execId && last.tsEvent === tsEvent;
  });
  const amendment = order.executions[executionNo]?.amendments.at(-1);
  const isAmended = execType === "trade_cancel" || execType === "trade_correct";
  return {
    order: orderRecord(order),
    ...(fresh === undefined ? {} : { execution: executionRecord(fresh) }),
    ...(isAmended && amendment !== undefined ? { amendment, executionNo } : {}),
  };
};

const executionRecord = ({ amendments: _, ...execution }: VenueExecution): ExecutionRecord =>
  execution;

const orderRecord = (order: VenueOrder): OrderRecord => {
  const { executions: _, spec, session: __, endNo: ___, notional, ...rest } = order;
  const { origClOrdId, price_ticks, endedAt_ns, ...plain } = rest;
  return {
    ...plain,
    instrument: spec.instrument,
    notional: notional.toString(),
    ...(origClOrdId === undefined ? {} : { origClOrdId }),
    ...(price_ticks === undefined ? {} : { price_ticks }),
    ...(endedAt_ns === undefined ? {} : { endedAt_ns }),
  };
};

/** An id of a session, and what it stands for. */
export interface RestoredId {
  readonly session: string;
  readonly clOrdId: string;
  readonly known: KnownId;
}

/** All that was written, put together. */
export interface RestoredState {
  /** Of the last start; undefined: there was none. */
  readonly incarnation: string | undefined;
  /** Oldest first. */
  readonly orders: readonly VenueOrder[];
  /** Ids in the order in which they were used. */
  readonly ids: readonly RestoredId[];
  /** Reports by session, oldest first; `isPast`: of an incarnation before the last. */
  readonly reports: ReadonlyMap<string, readonly { report: SimReport; isPast: boolean }[]>;
  /** Sessions whose orders go with their connection. */
  readonly watched: ReadonlySet<string>;
  readonly made: { readonly orders: number; readonly executions: number };
}

interface Gathering {
  incarnation: string | undefined;
  readonly orders: Map<number, VenueOrder>;
  readonly ids: RestoredId[];
  readonly reports: Map<string, { report: SimReport; incarnation: string | undefined }[]>;
  readonly watched: Set<string>;
  made: { orders: number; executions: number };
}

/** Puts records together. Throws where one names an instrument that the venue does not list. */
export const restore = (
  records: readonly StateRecord[],
  specs: ReadonlyMap<string, InstrumentSpec>,
): RestoredState => {
  const state: Gathering = {
    incarnation: undefined,
    orders: new Map(),
    ids: [],
    reports: new Map(),
    watched: new Set(),
    made: { orders: 0, executions: 0 },
  };
  for (const record of records) {
    if (record.kind === "started") state.incarnation = record.incarnation;
    else if (record.kind === "reported") take(state, record, specs);
    else if (record.cancelOnDisconnect) state.watched.add(record.session);
    else state.watched.delete(record.session);
  }
  const reports = [...state.reports].map(
    ([session, list]) =>
      [
        session,
        list.map(({ report, incarnation }) => ({
          report,
          isPast: incarnation !== state.incarnation,
        })),
      ] as const,
  );
  const orders = [...state.orders.values()].toSorted((a, b) => a.orderId - b.orderId);
  return { ...state, orders, reports: new Map(reports) };
};

const take = (
  state: Gathering,
  record: ReportedRecord,
  specs: ReadonlyMap<string, InstrumentSpec>,
): void => {
  const { session, report, refused, order, made } = record;
  state.made = { orders: made[0], executions: made[1] };
  const reports = state.reports.get(session) ?? [];
  reports.push({ report, incarnation: state.incarnation });
  state.reports.set(session, reports);
  if (refused !== undefined) {
    const refusedOrder = { session, view: refused, endedAt_ns: report.tsEvent };
    const known = { kind: "refused", refusedOrder } as const;
    state.ids.push({ session, clOrdId: refused.clOrdId, known });
  }
  if (order !== undefined) takeOrder(state, record, order, specs);
};

const takeOrder = (
  state: Gathering,
  { session, report, execution, amendment, executionNo }: ReportedRecord,
  record: OrderRecord,
  specs: ReadonlyMap<string, InstrumentSpec>,
): void => {
  const spec = specs.get(record.instrument);
  if (spec === undefined) throw new Error(`${record.instrument} is not listed any more`);
  const { instrument: _, notional, ...plain } = record;
  const before = state.orders.get(record.orderId);
  const now: VenueOrder = {
    origClOrdId: undefined,
    price_ticks: undefined,
    ...plain,
    notional: BigInt(notional),
    spec,
    session,
    executions: before?.executions ?? [],
  };
  const order = before === undefined ? now : Object.assign(before, now);
  if (record.endedAt_ns === undefined) delete order.endedAt_ns;
  state.orders.set(order.orderId, order);
  if (execution !== undefined) order.executions.push({ ...execution, amendments: [] });
  if (amendment !== undefined) order.executions[executionNo ?? -1]?.amendments.push(amendment);
  if (report.execType === "new" || report.execType === "replaced") {
    state.ids.push({ session, clOrdId: order.clOrdId, known: { kind: "order", order } });
  }
  if (report.execType === "canceled" && report.origClOrdId !== undefined) {
    state.ids.push({ session, clOrdId: report.clOrdId, known: { kind: "cancel" } });
  }
};
