/**
 * An order that waits with us for a price is triggered at most once, never without a price that met
 * its level, and where nothing goes wrong any more not kept back from a level that is met.
 *
 * What prices did is taken from the markets themselves, not from what a shard was told.
 */
import { fromNanos } from "../../../protocols/kernel/instant.ts";
import type { InstrumentId, VenueId } from "../../../protocols/kernel/ids.ts";
import type { OrderEvent, OrderTerms } from "../../../protocols/order.ts";
import type { PricePoint, TrailOffset, TriggerTerms } from "../../../protocols/trigger.ts";
import type { Side } from "../../../protocols/venue.ts";
import { priceAge_ms_max } from "../reference.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence } from "./checker.ts";

const name = "triggers_fire_once";

/** Clocks of hosts differ, and a price counts for a time. */
const slack_ns = BigInt(priceAge_ms_max + 200) * 1_000_000n;

interface Waiting {
  readonly terms: OrderTerms;
  readonly trigger: TriggerTerms;
  readonly since_ns: bigint;
}

/** Twice the price that a trigger looks at. */
const priceOf = ({ price }: TriggerTerms, side: Side, point: PricePoint): number | undefined => {
  const { bid_ticks: bid, ask_ticks: ask, last_ticks: last } = point;
  if (price === "last") return last === undefined ? undefined : last * 2;
  if (price === "mid") return bid === undefined || ask === undefined ? undefined : bid + ask;
  const touch = side === "buy" ? ask : bid;
  return touch === undefined ? undefined : touch * 2;
};

const isMet = ({ kind }: TriggerTerms, side: Side, price: number, stop_ticks: number): boolean => {
  const waitsForRise = (side === "buy") !== (kind === "touch");
  return waitsForRise ? price >= stop_ticks * 2 : price <= stop_ticks * 2;
};

/** The nearest that a trailing stop may come to a price, in half ticks. */
const nearest = (trail: TrailOffset, side: Side, price: number): number => {
  const offset = trail.unit === "ticks" ? trail.amount * 2 : (price * trail.amount) / 10_000;
  return side === "buy" ? price + offset : price - offset;
};

const pricesFor = (
  { market }: Evidence,
  { terms: { instrument, route, side }, trigger }: Waiting,
  since_ns: bigint,
): readonly number[] =>
  market.seen
    .filter((seen) => seen.instrument === instrument && seen.at_ns >= since_ns)
    .filter(({ venue }) => route.policy !== "direct" || route.venue === venue)
    .flatMap(({ point }) => priceOf(trigger, side, point) ?? []);

/** Makes the checker. */
export const triggersFireOnce: CheckerMaker = (evidence) => {
  const waiting = new Map<string, Waiting>();
  const fired = new Set<string>();

  const checkTriggered = (event: Extract<OrderEvent, { execType: "triggered" }>): void => {
    const { orderId, stopPx_ticks, tsInit } = event;
    if (fired.has(orderId)) throw new Violation(name, `${orderId} is triggered again`);
    fired.add(orderId);
    const waits = waiting.get(orderId);
    if (waits === undefined) throw new Violation(name, `${orderId} did not wait`);
    const { terms, trigger, since_ns } = waits;
    const { release } = terms.held ?? {};
    if (terms.held?.trigger === undefined) {
      if (release !== undefined && fromNanos(tsInit) >= fromNanos(release)) return;
      throw new Violation(name, `${orderId} is released at ${tsInit}, not at ${release}`);
    }
    if (stopPx_ticks === undefined) throw new Violation(name, `${orderId} fires without a level`);
    const prices = pricesFor(evidence, waits, since_ns - slack_ns);
    const { side } = terms;
    if (!prices.some((price) => isMet(trigger, side, price, stopPx_ticks))) {
      throw new Violation(name, `${orderId} fires at ${stopPx_ticks}, which no price met`);
    }
    const { trail, stopPx_ticks: first } = trigger;
    if (trail === undefined || stopPx_ticks === first) return;
    const isReached = prices.some((price) => {
      const limit = nearest(trail, side, price);
      return side === "buy" ? stopPx_ticks * 2 >= limit : stopPx_ticks * 2 <= limit;
    });
    if (!isReached) throw new Violation(name, `${orderId} trails to ${stopPx_ticks}: too near`);
  };

  const take = (event: OrderEvent): void => {
    const { orderId } = event;
    if (event.execType === "pending_new" && event.legs.length === 0) {
      const { terms, tsInit } = event;
      const trigger = terms.trigger ?? { kind: "stop", price: "last" };
      waiting.set(orderId, { terms, trigger, since_ns: fromNanos(tsInit) });
    } else if (event.execType === "replaced") {
      const waits = waiting.get(orderId);
      const { stopPx_ticks } = event.leg === undefined ? event : {};
      if (waits === undefined || stopPx_ticks === undefined) return;
      waiting.set(orderId, { ...waits, trigger: { ...waits.trigger, stopPx_ticks } });
    } else if (event.execType === "triggered") {
      checkTriggered(event);
    }
  };
  return {
    name,
    onFrame: ({ shard, frame: { content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(({ events }) => events as readonly OrderEvent[])) {
        if ("execType" in event) take(event);
      }
    },
    atRest: () => checkStillWaiting(evidence),
  };
};

/** Every market is fresh now: what a level is compared with is plain. */
const checkStillWaiting = ({ mirrors, market }: Evidence): void => {
  const now = new Map<string, { venue: VenueId; instrument: InstrumentId; point: PricePoint }>();
  for (const seen of market.seen) now.set(`${seen.venue}.${seen.instrument}`, seen);
  for (const { space } of mirrors.accounts.values()) {
    for (const [id, held] of space.entries("held")) {
      if (held.stage === "fired") throw new Violation(name, `${id} has fired and was not told`);
      const { terms, trigger, side, market: of } = held;
      const { stopPx_ticks } = trigger;
      if (held.stage !== "trigger" || terms === undefined || stopPx_ticks === undefined) continue;
      const quotes = [...now.values()].filter(
        ({ venue, instrument }) =>
          instrument === of.instrument && (of.venue === undefined || of.venue === venue),
      );
      const bids = quotes.flatMap(({ point }) => point.bid_ticks ?? []);
      const asks = quotes.flatMap(({ point }) => point.ask_ticks ?? []);
      if (terms.price === "last" || bids.length === 0 || asks.length === 0) continue;
      const point = { bid_ticks: Math.max(...bids), ask_ticks: Math.min(...asks) };
      const price = priceOf(terms, side, point);
      if (price === undefined || !isMet(terms, side, price, stopPx_ticks)) continue;
      throw new Violation(name, `${id} still waits for ${stopPx_ticks} at ${price / 2}`);
    }
  }
};
