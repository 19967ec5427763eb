/**
 * A replace where the venue has none keeps one order: it is never shown as ended because its old
 * leg made room, nothing of it works again after its end was shown, and at no time may more of it
 * trade at the venue than the largest total that was asked for.
 *
 * Left out is what only a venue can bring about: executions that it takes back, or adds after it
 * had said that a leg is over.
 */
import { shardIndexOfLeg } from "../../../protocols/kernel/ids.ts";
import { accountShard, shardName } from "../../../protocols/kernel/shard.ts";
import type { OrderEvent, OrderState } from "../../../protocols/order.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";
import { legsThere, worstThere } from "./reserved_covers_worst_case.ts";

const name = "replace_keeps_one_order";

const ends: ReadonlySet<string> = new Set(["canceled", "expired", "rejected"]);

/** The largest total that may be in force. */
const totalOf = ({ terms, pendingReplaces = [], cumQty_lots }: OrderState): number =>
  Math.max(
    terms?.orderQty_lots ?? 0,
    cumQty_lots,
    ...pendingReplaces.map(({ orderQty_lots }) => orderQty_lots),
  );

/** Makes the checker. */
export const replaceKeepsOneOrder: CheckerMaker = ({ mirrors, venues }) => {
  /** Orders whose end was shown. */
  const ended = new Map<string, string>();
  /** Orders that somebody wants to end: a strategy, or the clock. */
  const unwanted = new Set<string>();
  const take = (event: OrderEvent, order: OrderState | undefined): void => {
    const { orderId, execType } = event;
    if (execType === "pending_cancel") unwanted.add(orderId);
    // With a digest it refuses another one on arrival.
    if (execType === "cancel_rejected" && event.digest === undefined) unwanted.delete(orderId);
    if (execType === "leg_added" && ended.has(orderId)) {
      throw new Violation(name, `${orderId} goes on after it was shown ${ended.get(orderId)}`);
    }
    if (!ends.has(execType)) return;
    ended.set(orderId, execType);
    if (execType !== "canceled" || event.leg === undefined || unwanted.has(orderId)) return;
    const legs = legsThere(venues, event.orderId);
    const isExcused = legs.some(({ amended, lost, contradicted }) => {
      return amended || contradicted || lost === true;
    });
    // Ended by a request of ours, and nobody had asked for that.
    const last = legs.find(({ root }) => root === firstIdOf(order));
    if (isExcused || last?.endedBy === undefined || last.status !== "canceled") return;
    throw new Violation(name, `${orderId} is shown canceled because its leg made room`);
  };
  const firstIdOf = (order: OrderState | undefined): string | undefined => {
    const leg = order?.legs.at(-1);
    return leg?.clOrdId;
  };
  return {
    name,
    onFrame: ({ shard, name: of, frame: { content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      const space = mirrors.accounts.get(of)?.space;
      for (const event of content.turns.flatMap(({ events }) => events as readonly OrderEvent[])) {
        if ("execType" in event) take(event, space?.get("order", event.orderId));
      }
    },
    onVenue: (venue, { root, orderId }) => {
      const index = shardIndexOfLeg(root);
      const legs = legsThere(venues, orderId);
      if (legs.length < 2 || index === undefined) return;
      if (
        legs.some(({ contradicted, amended, lost }) => contradicted || amended || lost === true)
      ) {
        return;
      }
      const space = mirrors.accounts.get(shardName(accountShard(index)))?.space;
      const order = space?.get("order", orderId);
      const worst = worstThere(legs);
      if (order === undefined || worst <= totalOf(order)) return;
      throw new Violation(
        name,
        `${orderId} may come to ${worst} at ${venue}, ${totalOf(order)} here`,
      );
    },
  };
};
