/**
 * Orders that are bound to each other, as strategies of a simulated world submit them: one kind a
 * line (FIX ContingencyType 1385), biased to what is hard: entries that trade in parts, exits at
 * the touch, children larger than their parents, stops that are met at once, groups that do not go
 * together.
 *
 * Owns: the bodies. Never: an id of its own, or what becomes of them.
 */
import { formatSteps } from "../../protocols/kernel/grid.ts";
import type { Side } from "../../protocols/venue.ts";
import { anyQty_lots, pricedAt, triggered } from "./workload_orders.ts";
import type { Body, OrderIdea } from "./workload_orders.ts";

/** An order of a group besides the submitted one. */
export interface BoundBody {
  readonly clOrdId: string;
  readonly side: Side;
  readonly body: Body;
}

/** A group: what is submitted, and the orders that this brings along. */
export interface GroupBody {
  readonly submit: Body;
  readonly bound: readonly BoundBody[];
}

interface GroupKind {
  readonly weight: number;
  readonly group: (idea: OrderIdea, nextId: () => string) => GroupBody;
}

const otherSide = (side: Side): Side => (side === "buy" ? "sell" : "buy");

const lots = ({ instrument }: OrderIdea, qty_lots: number): Body => ({
  orderQty: formatSteps(Math.max(1, qty_lots), instrument.grid.lot),
});

/** Ticks from the touch: mostly far enough to rest for a while. */
const limit = (idea: OrderIdea, ticks: readonly number[]): Body => ({
  ordType: "limit",
  price: pricedAt(idea, idea.prng.pick(ticks)),
});

const lasting = ({ prng }: OrderIdea): Body =>
  prng.chance(0.7) ? { timeInForce: "gtc" } : prng.chance(0.5) ? { timeInForce: "day" } : {};

/** What comes first and trades: at the touch, through it, or at any price. */
const entry = (idea: OrderIdea): Body => ({
  ...lots(idea, idea.prng.chance(0.8) ? idea.prng.between(2, 20) : anyQty_lots(idea.prng)),
  ...(idea.prng.chance(0.75) ? limit(idea, [0, 0, 1, 2, 4, -3]) : { ordType: "market" }),
  ...lasting(idea),
});

/** A size of its own, or (absent) the submitted order's. */
const ownSize = (idea: OrderIdea): Body =>
  idea.prng.chance(0.3) ? lots(idea, anyQty_lots(idea.prng)) : {};

const resting = (idea: OrderIdea): Body => ({
  ...(idea.prng.chance(0.6) ? limit(idea, [0, 2, 4, 4, 6, 10]) : triggered(idea)),
  ...lasting(idea),
});

const reduceOnly = (is: boolean): Body => (is ? { execInst: ["reduce_only"] } : {});

const groupKinds: readonly GroupKind[] = [
  {
    weight: 30,
    group: (idea, nextId) => {
      const { prng, side } = idea;
      const onFill = prng.pick([{}, { onFill: "cancel" }, { onFill: "reduce" }]);
      const bound = Array.from({ length: prng.pick([1, 1, 2]) }, () => {
        const own = { ...idea, side: prng.chance(0.85) ? side : otherSide(side) };
        return boundOf(nextId(), own, { ...ownSize(own), ...resting(own) });
      });
      const size = lots(idea, prng.between(2, 24));
      const submit = {
        ...size,
        ...resting(idea),
        contingency: { type: "oco", ...onFill, ...of(bound) },
      };
      return { submit, bound };
    },
  },
  {
    weight: 30,
    group: (idea, nextId) => {
      const { prng, side } = idea;
      const bound = Array.from({ length: prng.pick([1, 1, 2, 3]) }, () => {
        const own = { ...idea, side: prng.chance(0.7) ? otherSide(side) : side };
        const body = prng.chance(0.15) ? { ordType: "market" } : resting(own);
        return boundOf(nextId(), own, { ...ownSize(own), ...body });
      });
      return { submit: { ...entry(idea), contingency: { type: "oto", ...of(bound) } }, bound };
    },
  },
  {
    weight: 40,
    group: (idea, nextId) => {
      const { prng, side } = idea;
      const isReducing = prng.chance(0.4);
      // Seldom an exit that would open more.
      const exit = { ...idea, side: prng.chance(0.97) ? otherSide(side) : side };
      const profit = { ...limit(exit, [0, 1, 2, 4, 6]), ...lasting(exit), ...ownSize(exit) };
      const stop = { ...triggered(exit), ...lasting(exit) };
      const both = reduceOnly(isReducing);
      const takeProfit = boundOf(nextId(), exit, { ...profit, ...both });
      const stopLoss = boundOf(nextId(), exit, { ...stop, ...both });
      const contingency = {
        type: "bracket",
        takeProfit: told(takeProfit),
        stopLoss: told(stopLoss),
      };
      return { submit: { ...entry(idea), contingency }, bound: [takeProfit, stopLoss] };
    },
  },
];

const boundOf = (clOrdId: string, { side }: OrderIdea, body: Body): BoundBody => ({
  clOrdId,
  side,
  body: { side, ...body },
});

const told = ({ clOrdId, body }: BoundBody): Body => ({ clOrdId, ...body });

const of = (bound: readonly BoundBody[]): Body => ({ orders: bound.map(told) });

const all = groupKinds.reduce((sum, { weight }) => sum + weight, 0);

/** A group of orders in one instrument; `nextId` gives the ids of those that come along. */
export const groupBody = (idea: OrderIdea, nextId: () => string): GroupBody => {
  const { prng, instrument, side } = idea;
  let roll = prng.below(all);
  const kind = groupKinds.find(({ weight }) => (roll -= weight) < 0);
  if (kind === undefined) throw new Error("the weights add up");
  const { submit, bound } = kind.group(idea, nextId);
  return { submit: { instrument: instrument.id, side, ...submit }, bound };
};
