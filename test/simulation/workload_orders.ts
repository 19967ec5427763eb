/**
 * The kinds of orders that strategies submit in a simulated world, one a line: how often, and what
 * the body says. A kind that is new is another line.
 *
 * Numbers sit on the limits and one beside them: quantities around the largest order and around the
 * position that is to be reduced, stops around the touch, times that are nearly over.
 *
 * Owns: the bodies of submits. Never: an id, or what becomes of them.
 */
import { formatSteps } from "../../protocols/kernel/grid.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Side } from "../../protocols/venue.ts";
import type { Market } from "./market.ts";
import type { Prng } from "./prng.ts";
import { orderQty_lots_max, position_lots_max } from "./reference.ts";

/** What an order is thought up from. */
export interface OrderIdea {
  readonly prng: Prng;
  readonly market: Market;
  readonly venues: readonly VenueId[];
  readonly instrument: Instrument;
  readonly side: Side;
  /** What the account holds, as far as its strategies have heard. */
  readonly netQty_lots: number;
  readonly now_ns: bigint;
}

/** The body of an order, or a part of one. */
export type Body = Readonly<Record<string, unknown>>;

interface OrderKind {
  readonly weight: number;
  readonly body: (idea: OrderIdea) => Body;
}

/** An edge-biased quantity. */
export const anyQty_lots = (prng: Prng): number => {
  if (prng.chance(0.6)) return prng.between(2, 20);
  return prng.pick([
    1,
    2,
    3,
    prng.between(2, 60),
    prng.between(2, 60),
    position_lots_max / 2,
    orderQty_lots_max - 1,
    orderQty_lots_max,
    orderQty_lots_max + 1,
  ]);
};

/** A price so many ticks from a touch, seldom off the tick. */
export const pricedAt = (idea: OrderIdea, away_ticks: number, side = idea.side): string => {
  const { prng, market, venues, instrument } = idea;
  const isBuy = side === "buy";
  const touch = market.touch(prng.pick(venues), instrument.id, isBuy ? "buy" : "sell");
  const text = formatSteps(touch + away_ticks * (isBuy ? -1 : 1), instrument.grid.tick);
  return prng.chance(0.98) ? text : `${text}1`;
};

/** A limit at the touch, through it, behind it, at the collar. */
export const anyPrice = (idea: OrderIdea): string =>
  pricedAt(idea, idea.prng.pick([0, 0, 1, 2, 4, 4, 6, 6, 10, 10, 20, 48, 52, -3, -48]));

const qty = ({ instrument }: OrderIdea, lots: number): Body => ({
  orderQty: formatSteps(Math.max(1, lots), instrument.grid.lot),
});

const someQty = (idea: OrderIdea): Body => qty(idea, anyQty_lots(idea.prng));

const limitOrMarket = (idea: OrderIdea): Body =>
  idea.prng.chance(0.8) ? { ordType: "limit", price: anyPrice(idea) } : { ordType: "market" };

/** A stop beyond the touch, an if-touched level on the near side; some are met at once. */
const stopPx = (idea: OrderIdea, kind: "stop" | "touch"): Body => {
  const { prng } = idea;
  const ticks = prng.pick([0, 1, 1, 2, 2, 3, 5, -1]);
  const triggerPrice = prng.pick(["none", "last", "bid_ask", "mid"]);
  return {
    stopPx: pricedAt(idea, kind === "stop" ? -ticks : ticks),
    ...(triggerPrice === "none" ? {} : { triggerPrice }),
  };
};

const trail = ({ prng, instrument }: OrderIdea): Body =>
  prng.chance(0.6)
    ? { trailOffset: formatSteps(prng.between(1, 3), instrument.grid.tick) }
    : { trailOffset_bps: prng.pick([1, 10, 25]) };

/** An order that waits for a price. */
export const triggered = (idea: OrderIdea): Body => {
  const { prng } = idea;
  const ordType = prng.pick([
    "stop",
    "stop",
    "stop_limit",
    "market_if_touched",
    "limit_if_touched",
    "trailing_stop",
    "trailing_stop",
  ]);
  const kind = ordType.includes("touched") ? "touch" : "stop";
  const level = ordType === "trailing_stop" ? trail(idea) : stopPx(idea, kind);
  return { ordType, ...level, ...(ordType.includes("limit") ? { price: anyPrice(idea) } : {}) };
};

/** Worked by an algorithm, for a moment or for longer than the run. */
const worked = (idea: OrderIdea): Body => {
  const { prng, instrument, now_ns } = idea;
  const in_ms = prng.pick([300, 1_500, 4_000, 10_000, 3_600_000]);
  const endTime = String(now_ns + BigInt(in_ms) * 1_000_000n);
  const childStyle = prng.pick(["taker", "passive"]);
  const cap = prng.chance(0.2) ? { participationMax_bps: prng.pick([500, 9_000]) } : {};
  const limit = { ordType: "limit", price: anyPrice(idea) };
  const maxFloor = formatSteps(prng.between(2, 5), instrument.grid.lot);
  const iceberg = { refreshDelay_ms: prng.pick([0, 0, 200]), variance_bps: prng.pick([0, 4_000]) };
  return {
    ...qty(idea, prng.between(2, 24)),
    ...prng.pick<Body>([
      {
        ...limitOrMarket(idea),
        algo: { type: "twap", endTime, slices: prng.between(1, 6), childStyle, ...cap },
      },
      { ...limitOrMarket(idea), algo: { type: "vwap", endTime, profile: [1, 0, 3], childStyle } },
      { ...limit, algo: { type: "pov", participation_bps: prng.pick([500, 9_000]), childStyle } },
      { ...limit, maxFloor, algo: { type: "iceberg", ...iceberg, ...cap } },
    ]),
    ...(prng.chance(0.1) ? { execInst: ["reduce_only"] } : {}),
  };
};

/** The kinds. A later line's fields count where it repeats an earlier one's. */
const orderKinds: readonly OrderKind[] = [
  {
    weight: 55,
    body: (idea) => {
      const { prng } = idea;
      return {
        ...someQty(idea),
        ...limitOrMarket(idea),
        ...(prng.chance(0.4) ? { timeInForce: prng.pick(["day", "gtc", "ioc", "fok"]) } : {}),
        ...(prng.chance(0.1) ? { execInst: ["post_only"] } : {}),
      };
    },
  },
  { weight: 14, body: (idea) => ({ ...someQty(idea), ...triggered(idea), ...time(idea) }) },
  {
    // An iceberg.
    weight: 8,
    body: (idea) => {
      const { prng, instrument } = idea;
      const maxFloor = formatSteps(prng.between(2, 5), instrument.grid.lot);
      const ordType = { ordType: "limit", price: anyPrice(idea) };
      return { ...qty(idea, prng.between(4, 24)), ...ordType, maxFloor, ...time(idea) };
    },
  },
  { weight: 12, body: (idea) => ({ ...worked(idea), ...time(idea) }) },
  {
    weight: 12,
    body: (idea) => {
      const { prng, netQty_lots } = idea;
      const around = Math.abs(netQty_lots) + prng.pick([-1, 0, 0, 1, 5]);
      const lots = prng.chance(0.6) ? around : prng.between(1, Math.max(1, around));
      const side = netQty_lots > 0 ? "sell" : "buy";
      const mostly = netQty_lots !== 0 && prng.chance(0.9) ? ({ ...idea, side } as const) : idea;
      return {
        side: mostly.side,
        ...qty(idea, lots),
        ...(prng.chance(0.7) ? limitOrMarket(mostly) : triggered(mostly)),
        execInst: ["reduce_only"],
      };
    },
  },
  {
    weight: 5,
    body: (idea) => {
      const { prng, now_ns } = idea;
      const in_ms = prng.pick([1, 300, 1_000, 3_000, 10_000, 3_600_000]);
      return {
        ...someQty(idea),
        ordType: "limit",
        price: pricedAt(idea, prng.pick([2, 6, 10])),
        timeInForce: "gtd",
        expireTime: String(now_ns + BigInt(in_ms) * 1_000_000n),
      };
    },
  },
  {
    weight: 4,
    body: (idea) => ({
      ...someQty(idea),
      ...limitOrMarket(idea),
      timeInForce: idea.prng.pick(["at_the_open", "at_the_close"]),
    }),
  },
  {
    // What nobody can honour, or what says too much.
    weight: 2,
    body: (idea) => ({
      ...someQty(idea),
      ...idea.prng.pick<Body>([
        { ordType: "stop" },
        { ordType: "limit", price: anyPrice(idea), execInst: ["all_or_none"] },
        { ordType: "limit", price: anyPrice(idea), stopPx: anyPrice(idea) },
        { ordType: "market", maxFloor: "2" },
      ]),
    }),
  },
];

const time = ({ prng }: OrderIdea): Body =>
  prng.chance(0.5) ? { timeInForce: prng.pick(["day", "gtc"]) } : {};

const all = orderKinds.reduce((sum, { weight }) => sum + weight, 0);

/** The body of a submit. */
export const orderBody = (idea: OrderIdea): Body => {
  const { prng, instrument, side, venues } = idea;
  let roll = prng.below(all);
  const kind = orderKinds.find(({ weight }) => (roll -= weight) < 0);
  if (kind === undefined) throw new Error("the weights add up");
  return {
    instrument: prng.chance(0.98) ? instrument.id : "NO-SUCH",
    side,
    ...kind.body(idea),
    ...(prng.chance(0.3) ? { route: route(prng, venues) } : {}),
  };
};

const route = (prng: Prng, venues: readonly VenueId[]): Body => {
  if (prng.chance(0.2)) return { policy: "smart" };
  return { policy: "direct", venue: prng.chance(0.95) ? prng.pick(venues) : "NOWHERE" };
};
