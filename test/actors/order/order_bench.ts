/**
 * One order under test: commands go in as JSON, reports as a venue would send them, and everything
 * that comes out is kept. Time is a counter.
 *
 * Owns: the little that a shard does around the model: passing on ids, keeping state, replaying.
 */
import { Result } from "effect";
import { acceptSubmit } from "../../../actors/order/order_accept.ts";
import { decideCancel, decideEarlyCancelTimeout } from "../../../actors/order/order_cancel.ts";
import { orderIdsOf } from "../../../actors/order/order_decision.ts";
import type {
  Incident,
  OrderDecision,
  VenueRequest,
} from "../../../actors/order/order_decision.ts";
import { evolve } from "../../../actors/order/order_evolve.ts";
import { decideTriggered } from "../../../actors/order/order_held.ts";
import { acceptReplace, screenReplace } from "../../../actors/order/order_replace.ts";
import { decideProvisional } from "../../../actors/order/provisional_fill.ts";
import { decideReport } from "../../../actors/order/order_report.ts";
import { isNextSliceDue, left_lots, shown_lots } from "../../../actors/order/order_slice.ts";
import { acceptCanceled, denySubmit, screenSubmit } from "../../../actors/order/order_submit.ts";
import { isRefusal, termsOf } from "../../../actors/order/order_terms.ts";
import { decideSlice } from "../../../actors/order/slice_decision.ts";
import { denyUnreadable } from "../../../actors/order/order_unreadable.ts";
import { readCancel, readReplace, readSubmit } from "../../../protocols/command.ts";
import type { Instrument } from "../../../protocols/instrument.ts";
import { stepOf } from "../../../protocols/kernel/grid.ts";
import { InstrumentId, VenueId, orderIdOf } from "../../../protocols/kernel/ids.ts";
import type { AccountId, ClOrdId, LegClOrdId, StrategyId } from "../../../protocols/kernel/ids.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { Refusal } from "../../../protocols/kernel/reject_code.ts";
import { orderEventBody } from "../../../protocols/order_event.ts";
import type { OrderEventBody } from "../../../protocols/order_event.ts";
import type { OrderEvent, OrderState, OrderTerms } from "../../../protocols/order.ts";
import { isVisible } from "../../../protocols/order.ts";
import type { LegReport } from "../../../protocols/venue.ts";

const step = (text: string) => {
  const it = stepOf(text);
  if (it === undefined) throw new Error(`no step: ${text}`);
  return it;
};

/** The instrument of the tests: ticks of 0.5, lots of 1. */
export const instrument: Instrument = {
  id: InstrumentId.make("BTC-USDT"),
  base: "BTC",
  quote: "USDT",
  grid: { tick: step("0.5"), lot: step("1") },
  minQty_lots: 2,
};

/** The venue of the tests. */
export const venue = VenueId.make("SIMX");
const account = "DEMO" as AccountId;
const strategy = "hand" as StrategyId;
/** The order of the tests. */
export const orderId = orderIdOf(account, strategy, "h1" as ClOrdId);

/** A limit order of 10 at 100. */
export const limit10 = {
  instrument: "BTC-USDT",
  side: "buy",
  ordType: "limit",
  orderQty: "10",
  price: "100",
  timeInForce: "gtc",
} as const;

/** What one input led to. */
export interface Outcome {
  readonly events: readonly OrderEvent[];
  readonly requests: readonly VenueRequest[];
  readonly incidents: readonly Incident[];
  readonly bodies: readonly OrderEventBody[];
  readonly timer: OrderDecision["earlyCancelTimer"];
}

type ReportFields = Partial<Omit<LegReport, "clOrdId">> & { readonly clOrdId?: string };

/** One order. */
export class OrderBench {
  state: OrderState | undefined;
  readonly events: OrderEvent[] = [];
  readonly requests: VenueRequest[] = [];
  readonly incidents: Incident[] = [];
  readonly bodies: OrderEventBody[] = [];
  /** How the venue changes an order. */
  readonly how: "native" | "cancel_replace";
  /** Most of an order that is shown; all of it where that is undefined. */
  readonly shown_lots: number | undefined;
  #clock = 1_000n;
  #execs = 0;

  constructor(how: "native" | "cancel_replace" = "native", shown_lots?: number) {
    this.how = how;
    this.shown_lots = shown_lots;
  }

  get now(): Nanos {
    return toNanos(this.#clock);
  }

  /** The state, which must be there. */
  get order(): OrderState {
    if (this.state === undefined) throw new Error("no order yet");
    return this.state;
  }

  /** Its visible status and quantities in short: `new 3/10`. */
  get short(): string {
    const last = this.bodies.at(-1);
    return `${last?.ordStatus} ${last?.cumQty}/${last?.orderQty}`;
  }

  submit(body: object, risk?: Refusal, riskPrice_ticks?: number): Outcome {
    const now = this.#tick();
    const ids = orderIdsOf(orderId);
    const read = readSubmit(bytes(body));
    if (Result.isFailure(read)) {
      return this.#take(denyUnreadable(ids, this.state, "submit", read.failure, now));
    }
    const command = read.success;
    const screening = screenSubmit(this.state, command, now);
    if (screening.kind === "answered") return this.#take(screening.decision);
    const asked = termsOf(command, instrument, now);
    const { state } = this;
    if (isRefusal(asked)) {
      return this.#take(denySubmit({ ids, state, command, refusal: asked, now }));
    }
    const isWaiting = asked.trigger !== undefined;
    const terms = { ...asked, ...this.#held(isWaiting) };
    if (screening.early !== undefined) {
      return this.#take(acceptCanceled(this.order, command, terms, now));
    }
    if (risk !== undefined) {
      return this.#take(denySubmit({ ids, state, command, refusal: risk, terms, now }));
    }
    const plan = isWaiting ? [] : [{ venue }];
    const deadline = toNanos(this.#clock + 5_000n);
    const price = riskPrice_ticks === undefined ? {} : { riskPrice_ticks };
    const passed = { ids, command, terms, plan, shardIndex: 7, deadline, now, ...price };
    return this.#take(acceptSubmit(passed));
  }

  #held(isWaiting: boolean): Pick<OrderTerms, "held"> {
    if (isWaiting) return { held: { trigger: true } };
    if (this.shown_lots === undefined) return {};
    return { held: { slice: { maxFloor_lots: this.shown_lots, minQty_lots: 2 } } };
  }

  replace(body: object): Outcome {
    const now = this.#tick();
    const ids = orderIdsOf(orderId);
    const read = readReplace(bytes(body));
    if (Result.isFailure(read)) {
      return this.#take(denyUnreadable(ids, this.state, "replace", read.failure, now));
    }
    const command = read.success;
    const screening = screenReplace(ids, this.state, command, instrument, now);
    if (screening.kind === "answered") return this.#take(screening.decision);
    const { state, terms } = screening;
    const deadline = toNanos(this.#clock + 5_000n);
    const { how } = this;
    return this.#take(acceptReplace({ state, command, terms, how, deadline, now }));
  }

  cancel(body: object = {}): Outcome {
    const now = this.#tick();
    const ids = orderIdsOf(orderId);
    const read = readCancel(bytes(body));
    if (Result.isFailure(read)) {
      return this.#take(denyUnreadable(ids, this.state, "cancel", read.failure, now));
    }
    const until = toNanos(this.#clock + 100n);
    return this.#take(decideCancel(ids, this.state, read.success, until, now));
  }

  /** The trigger of an order that waits is met. */
  trigger(stopPx_ticks: number): Outcome {
    const now = this.#tick();
    return this.#take(decideTriggered(this.order, stopPx_ticks, "on bid_ask", now));
  }

  timeout(): Outcome {
    return this.#take(decideEarlyCancelTimeout(this.state, this.#tick()));
  }

  /** A report; its id is by default the current one of the order at the venue. */
  report(execType: LegReport["execType"], fields: ReportFields = {}): Outcome {
    this.#execs += 1;
    const now = this.#tick();
    return this.deliver({
      kind: "report",
      venue,
      orderId,
      execType,
      execId: `x${this.#execs}`,
      cumQty_lots: this.state?.legs.at(-1)?.cumQty_lots ?? 0,
      tsEvent: now,
      ...fields,
      clOrdId: (fields.clOrdId ?? this.state?.legs.at(-1)?.clOrdId ?? "none") as LegClOrdId,
    });
  }

  /** A fill of the next lots, at 100 unless told. */
  fill(lastQty_lots: number, fields: ReportFields = {}): Outcome {
    const cumQty_lots = (this.state?.legs.at(-1)?.cumQty_lots ?? 0) + lastQty_lots;
    return this.report("trade", { lastQty_lots, lastPx_ticks: 200, cumQty_lots, ...fields });
  }

  /** What is missing was waited for long enough. */
  provisional(): Outcome {
    const now = this.#tick();
    const deadline = toNanos(this.#clock + 5_000n);
    return this.#take(decideProvisional(this.order, 0, { now, deadline }));
  }

  /** The report as it is: twice for a repeat. */
  deliver(report: LegReport): Outcome {
    const now = this.#tick();
    const deadline = toNanos(this.#clock + 5_000n);
    const outcome = this.#take(decideReport(this.state, report, { now, deadline }));
    if (this.state === undefined || !isNextSliceDue(this.state)) return outcome;
    return together(outcome, this.#nextSlice(this.state, deadline));
  }

  /** What the account does where the next slice is due. */
  #nextSlice(state: OrderState, deadline: Nanos): Outcome {
    const { terms } = state;
    if (terms === undefined) throw new Error("a sliced order has terms");
    const price = terms.price_ticks === undefined ? {} : { price_ticks: terms.price_ticks };
    const orderQty_lots = shown_lots(terms, left_lots(state));
    const slice = { venue, orderQty_lots, ...price, shardIndex: 7, deadline, now: this.now };
    return this.#take(decideSlice(state, slice));
  }

  /** The state that replaying all events gives. */
  replayed(): OrderState | undefined {
    let state: OrderState | undefined;
    for (const event of this.events) state = evolve(state, event);
    return state;
  }

  /** The actor is gone and comes back from its journal. */
  restart(): void {
    this.state = this.replayed();
  }

  #tick(): Nanos {
    this.#clock += 1n;
    return this.now;
  }

  #take(decision: OrderDecision): Outcome {
    const bodies: OrderEventBody[] = [];
    for (const event of decision.events) {
      this.state = evolve(this.state, event);
      this.events.push(event);
      if (isVisible(event))
        bodies.push(orderEventBody(event, this.state, `e${this.events.length}`));
    }
    this.requests.push(...decision.requests);
    this.incidents.push(...decision.incidents);
    this.bodies.push(...bodies);
    const { events, requests, incidents, earlyCancelTimer } = decision;
    return { events, requests, incidents, bodies, timer: earlyCancelTimer };
  }
}

const together = (a: Outcome, b: Outcome): Outcome => ({
  events: [...a.events, ...b.events],
  requests: [...a.requests, ...b.requests],
  incidents: [...a.incidents, ...b.incidents],
  bodies: [...a.bodies, ...b.bodies],
  timer: a.timer,
});

const bytes = (body: object): Uint8Array => new TextEncoder().encode(JSON.stringify(body));

/** What was said, in short: `trade partially_filled`, with the code of a refusal. */
export const said = ({ bodies }: Outcome): string[] =>
  bodies.map(({ execType, ordStatus, rejectCode }) =>
    [execType, ordStatus, rejectCode].filter((word) => word !== undefined).join(" "),
  );

/** The kinds of the incidents of an outcome. */
export const alarms = ({ incidents }: Outcome): string[] => incidents.map(({ what }) => what);

/** The ids of the requests sent so far, oldest first. */
export const sentIds = (bench: OrderBench): string[] =>
  bench.requests.map(({ command }) => command.clOrdId);

/** The id of the last request sent. */
export const lastId = (bench: OrderBench): string => sentIds(bench).at(-1) ?? "";

/** An order that was submitted and acknowledged. */
export const working = (
  body: object = limit10,
  how: "native" | "cancel_replace" = "native",
): OrderBench => {
  const bench = new OrderBench(how);
  bench.submit(body);
  bench.report("new", { venueOrderId: "v1" });
  return bench;
};
