/**
 * A reduce-only order never takes its account's position through zero, nor opens one.
 *
 * Left out are those that were open when a position shrank by what nobody asked for: an execution
 * taken back or corrected, or one of an order that its venue had declared dead.
 */
import { holdingKey } from "../../../actors/account_kinds.ts";
import { isFinal } from "../../../protocols/ord_status.ts";
import { partsOfOrderId } from "../../../protocols/kernel/ids.ts";
import type { OrderEvent, OrderPhase, OrderTerms } from "../../../protocols/order.ts";
import { movedBy } from "./cum_never_falls.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "reduce_only_never_flips";

interface Known {
  readonly terms: OrderTerms;
  readonly key: string;
  /** The end that was shown of it. */
  end?: OrderPhase;
  isExcused: boolean;
}

/** Makes the checker. */
export const reduceOnlyNeverFlips: CheckerMaker = () => {
  const orders = new Map<string, Known>();
  const positions = new Map<string, number>();

  const excuseOpen = (key: string): void => {
    for (const order of orders.values()) if (order.key === key) order.isExcused = true;
  };
  const book = (event: OrderEvent, order: Known): void => {
    const { terms, key, end } = order;
    const moved = movedBy(event) * (terms.side === "buy" ? 1 : -1);
    const before = positions.get(key) ?? 0;
    positions.set(key, before + moved);
    const isLate = event.execType === "trade" && end !== undefined && end !== "filled";
    if (event.execType !== "trade" || isLate) excuseOpen(key);
    const isReduceOnly = terms.execInst.includes("reduce_only");
    if (!isReduceOnly || order.isExcused || event.execType !== "trade") return;
    const isLess = Math.abs(before + moved) < Math.abs(before);
    const isThrough = before * (before + moved) < 0;
    if (isLess && !isThrough) return;
    throw new Violation(name, `${event.orderId} takes ${key} from ${before} to ${before + moved}`);
  };
  return {
    name,
    onFrame: ({ shard, frame: { content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(({ events }) => events as readonly OrderEvent[])) {
        if (!("execType" in event)) continue;
        const { orderId, execType } = event;
        if (execType === "pending_new") {
          const { terms } = event;
          const key = holdingKey(partsOfOrderId(orderId).account, terms.instrument);
          orders.set(orderId, { terms, key, isExcused: false });
        }
        const order = orders.get(orderId);
        if (order === undefined) continue;
        if (movedBy(event) !== 0 || execType === "trade_correct") book(event, order);
        const phase = execType as OrderPhase;
        if (isFinal(phase)) order.end = phase;
      }
    },
  };
};
