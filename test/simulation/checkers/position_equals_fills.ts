/**
 * Invariant 4: position = Σ fills, per account and instrument, at every frame; its cost and profit
 * are the cash that the fills moved; and at rest it is what the venues' own records add up to.
 */
import { holdingKey } from "../../../actors/account_kinds.ts";
import type { OrderEvent, OrderTerms } from "../../../protocols/order.ts";
import { partsOfOrderId } from "../../../protocols/kernel/ids.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "position_equals_fills";

interface Sum {
  net_lots: number;
  /** What came in, in ticks × lots. */
  cash: bigint;
}

const add = (sums: Map<string, Sum>, key: string, signed_lots: number, price: number): void => {
  const { net_lots, cash } = sums.get(key) ?? { net_lots: 0, cash: 0n };
  const moved = BigInt(signed_lots) * BigInt(price);
  sums.set(key, { net_lots: net_lots + signed_lots, cash: cash - moved });
};

const signOf = (side: string): number => (side === "buy" ? 1 : -1);

/** Makes the checker. */
export const positionEqualsFills: CheckerMaker = ({ mirrors, venues }) => {
  const terms = new Map<string, OrderTerms>();
  const sums = new Map<string, Sum>();

  const take = (event: OrderEvent): void => {
    const { orderId } = event;
    if (event.execType === "pending_new") terms.set(orderId, event.terms);
    if (event.execType !== "trade") return;
    const of = terms.get(orderId);
    if (of === undefined) throw new Violation(name, `${orderId} trades without terms`);
    const key = holdingKey(partsOfOrderId(orderId).account, of.instrument);
    add(sums, key, signOf(of.side) * event.lastQty_lots, event.lastPx_ticks);
  };
  return {
    name,
    onFrame: ({ shard, name: of, frame: { seq, content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(({ events }) => events as readonly OrderEvent[])) {
        if ("execType" in event) take(event);
      }
      for (const [key, position] of mirrors.accounts.get(of)?.space.entries("position") ?? []) {
        const { net_lots, cash } = sums.get(key) ?? { net_lots: 0, cash: 0n };
        const { netQty_lots, cost, realized, grid } = position;
        if (netQty_lots !== net_lots) {
          throw new Violation(name, `${key} ${netQty_lots}, fills ${net_lots}, frame ${seq}`);
        }
        const unit = BigInt(grid.tick.units) * BigInt(grid.lot.units);
        if (realized - cost * unit !== cash * unit) {
          throw new Violation(name, `${key} realized=${realized} cost=${cost}, cash ${cash}`);
        }
      }
    },
    atRest: () => {
      const truth = new Map<string, Sum>();
      for (const venue of venues.values()) {
        for (const { orderId, instrument, side, fills } of venue.orders()) {
          const key = holdingKey(partsOfOrderId(orderId).account, instrument);
          for (const { qty_lots, price_ticks } of fills) {
            add(truth, key, signOf(side) * qty_lots, price_ticks);
          }
        }
      }
      for (const key of new Set([...truth.keys(), ...sums.keys()])) {
        const there = truth.get(key);
        const here = sums.get(key);
        if (there?.net_lots !== here?.net_lots || there?.cash !== here?.cash) {
          const text = `${key}: venues ${there?.net_lots ?? 0}, here ${here?.net_lots ?? 0}`;
          throw new Violation(name, text);
        }
      }
    },
  };
};
