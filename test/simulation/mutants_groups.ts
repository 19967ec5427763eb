/**
 * Planted bugs in what orders that are bound to each other come to.
 */
import { holdingKey } from "../../actors/account_kinds.ts";
import { isFinal } from "../../protocols/ord_status.ts";
import type { OrderPhase } from "../../protocols/order.ts";
import type { OrderBond } from "../../protocols/order_bond.ts";
import { account } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";

/** The planted bugs by name. */
export const groupMutants = {
  group_forgotten: {
    conditions: { bound_orders: 1 },
    bug: "what orders are bound to is forgotten once one of them has ended",
    mutation: account(({ evolve }) => ({
      evolve: (space, event) => {
        evolve(space, event);
        if (!("execType" in event) || !isFinal(event.execType as OrderPhase)) return;
        const group = space.get("order", event.orderId)?.terms?.bond?.group;
        if (group !== undefined) space.remove("contingency", group);
      },
    })),
  },
  siblings_unknown: {
    conditions: { bound_orders: 1 },
    bug: "a fill does nothing to the others of its group but its parent's children",
    mutation: account(({ evolve }) => ({
      evolve: (space, event) => {
        if (!("execType" in event) || event.execType !== "pending_new") {
          evolve(space, event);
          return;
        }
        const { onFill: _, ...bond } = event.terms.bond ?? {};
        const isBound = event.terms.bond !== undefined;
        const terms = { ...event.terms, ...(isBound ? { bond: bond as OrderBond } : {}) };
        evolve(space, { ...event, terms });
      },
    })),
  },
  child_reserves_early: {
    conditions: { bound_orders: 1 },
    bug: "a child reserves what it was asked for before its parent trades",
    mutation: account(({ evolve }) => ({
      evolve: (space, event) => {
        evolve(space, event);
        if (!("execType" in event) || event.execType !== "pending_new") return;
        const { orderId, terms } = event;
        const { askedQty_lots } = terms.bond ?? {};
        const account = space.get("order", orderId)?.account;
        if (askedQty_lots === undefined || account === undefined) return;
        const key = holdingKey(account, terms.instrument);
        const exposure = space.get("exposure", key);
        if (exposure === undefined || terms.orderQty_lots > 0) return;
        const side = terms.side === "buy" ? "openBuy_lots" : "openSell_lots";
        space.set("exposure", key, { ...exposure, [side]: exposure[side] + askedQty_lots });
      },
    })),
  },
} as const satisfies Readonly<Record<string, Mutant>>;
