/**
 * Invariant 4: position = Σ fills over orders (less what was taken back, and as it was corrected)
 * and the external bucket with its adjustments, per account and instrument, at every frame; its
 * cost and profit are the cash that these moved; and at rest each order has the fills that its
 * venue's own record has.
 */
import type { AccountEvent } from "../../../actors/account_kinds.ts";
import { holdingKey } from "../../../actors/account_kinds.ts";
import type { OrderEvent, OrderTerms } from "../../../protocols/order.ts";
import { partsOfOrderId } from "../../../protocols/kernel/ids.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence } from "./checker.ts";
import { notTold } from "./not_told.ts";

const name = "position_equals_fills";

interface Sum {
  net_lots: number;
  /** What came in, in ticks × lots. */
  cash: bigint;
}

const nothing: Sum = { net_lots: 0, cash: 0n };

const add = (sums: Map<string, Sum>, key: string, signed_lots: number, price: number): void => {
  const { net_lots, cash } = sums.get(key) ?? { net_lots: 0, cash: 0n };
  const moved = BigInt(signed_lots) * BigInt(price);
  sums.set(key, { net_lots: net_lots + signed_lots, cash: cash - moved });
};

const signOf = (side: string): number => (side === "buy" ? 1 : -1);

/** The executions that an event adds and takes away: lots, price. */
const executionsOf = (event: OrderEvent): readonly (readonly [number, number])[] => {
  if (event.execType === "trade") return [[event.lastQty_lots, event.lastPx_ticks]];
  if (event.execType === "trade_cancel") return [[-event.lastQty_lots, event.lastPx_ticks]];
  if (event.execType !== "trade_correct") return [];
  return [
    [-event.from.qty_lots, event.from.px_ticks],
    [event.lastQty_lots, event.lastPx_ticks],
  ];
};

/** Makes the checker. */
export const positionEqualsFills: CheckerMaker = (evidence) => {
  const { mirrors } = evidence;
  const terms = new Map<string, OrderTerms>();
  const byHolding = new Map<string, Sum>();
  const byOrder = new Map<string, Sum>();

  const take = (event: AccountEvent): void => {
    if ("execType" in event) {
      takeOrder(event);
      return;
    }
    if (event.what === "position_adjusted") {
      const { account, instrument, entry } = event;
      if (entry.kind !== "quantity") throw new Violation(name, `who asked for a ${entry.kind}?`);
      add(byHolding, holdingKey(account, instrument), entry.qty_lots, entry.price_ticks);
      return;
    }
    if (event.what !== "external_trade" && event.what !== "external_attributed") return;
    const { account, instrument, side, lastQty_lots, lastPx_ticks } = event;
    const sign = event.what === "external_trade" ? signOf(side) : -signOf(side);
    add(byHolding, holdingKey(account, instrument), sign * lastQty_lots, lastPx_ticks);
  };
  const takeOrder = (event: OrderEvent): void => {
    const { orderId } = event;
    if (event.execType === "pending_new") terms.set(orderId, event.terms);
    for (const [lots, price] of executionsOf(event)) {
      const of = terms.get(orderId);
      if (of === undefined) throw new Violation(name, `${orderId} trades without terms`);
      const key = holdingKey(partsOfOrderId(orderId).account, of.instrument);
      add(byHolding, key, signOf(of.side) * lots, price);
      add(byOrder, orderId, signOf(of.side) * lots, price);
    }
  };
  return {
    name,
    onFrame: ({ shard, name: of, frame: { seq, content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(
        ({ events }) => events as readonly AccountEvent[],
      )) {
        take(event);
      }
      for (const [key, position] of mirrors.accounts.get(of)?.space.entries("position") ?? []) {
        const { net_lots, cash } = byHolding.get(key) ?? { net_lots: 0, cash: 0n };
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
    atRest: () => compareWithVenues(evidence, byOrder),
  };
};

/** Each order has the executions that its venue's record has. */
const compareWithVenues = (evidence: Evidence, byOrder: ReadonlyMap<string, Sum>): void => {
  const truth = new Map<string, Sum>();
  for (const venue of evidence.venues.values()) {
    for (const { orderId, side, fills } of venue.orders()) {
      for (const { qty_lots, price_ticks } of fills) {
        add(truth, orderId, signOf(side) * qty_lots, price_ticks);
      }
    }
  }
  const excused = notTold(evidence);
  for (const key of new Set([...truth.keys(), ...byOrder.keys()])) {
    if (excused.has(key)) continue;
    // Taken back before it was heard of, an execution never was one.
    const there = truth.get(key) ?? nothing;
    const here = byOrder.get(key) ?? nothing;
    if (there.net_lots !== here.net_lots || there.cash !== here.cash) {
      throw new Violation(name, `${key}: venues ${there.net_lots}, here ${here.net_lots}`);
    }
  }
};
