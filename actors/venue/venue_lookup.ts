/**
 * Under which ids an order is looked up before an answer ends it.
 *
 * An order goes by the id of its last accepted request. While a replace of it is in doubt that may
 * be the replace's own: a venue where a replace is a new order has the old one as canceled, or has
 * forgotten it. So an answer that would end the order is held against those ids first. And one
 * absence is no proof: a venue that comes up anew may not have all of its orders yet, so its answer
 * counts when it is the same after the longest time that it needs.
 *
 * Owns: that patience. Never: concludes anything.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { VenueAnswer } from "./venue_link.ts";
import type { CheckingState, VenueOrderState } from "./venue_state.ts";
import { span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";
import { endOf } from "./venue_view.ts";

/** The replaces of an order that are in doubt: it may go by the id of each. */
const doubtedReplaces = (
  { space }: VenueTurn,
  { ids, current }: VenueOrderState,
): readonly LegClOrdId[] =>
  ids.filter((id) => {
    const kind = space.get("request", id)?.command.kind;
    return id !== current && kind === "replace" && space.get("doubt", id) !== undefined;
  });

/** The id by which a check asks next. */
export const idToLookUp = (
  turn: VenueTurn,
  order: VenueOrderState,
  { looked = 0 }: Pick<CheckingState, "looked">,
): LegClOrdId =>
  (looked === 0 ? undefined : doubtedReplaces(turn, order)[looked - 1]) ?? order.current;

/**
 * Whether an answer has to be held against another question before it counts; then that one is due.
 * `isEndByAbsence`: that the venue knows nothing of the order would end it.
 */
export const looksFurther = (
  turn: VenueTurn,
  order: VenueOrderState,
  root: LegClOrdId,
  { clOrdId, order: view }: VenueAnswer,
  isEndByAbsence: boolean,
): boolean => {
  const { space, options, now_ns, now: at } = turn;
  const { looked = 0 } = space.get("checking", root) ?? {};
  const isOfCurrent = clOrdId === order.current;
  const isEnd = view === undefined ? isEndByAbsence || !isOfCurrent : endOf(view) !== undefined;
  if (!isEnd) return false;
  const others = doubtedReplaces(turn, order).length;
  const needed = view === undefined || others > 0 ? others + 1 : 0;
  if (isOfCurrent && looked >= needed) return false;
  const isLast = looked + 1 > others && view === undefined;
  const askAgainAt = isLast ? toNanos(now_ns + span_ns(options.grace_ms)) : at;
  turn.emit({ type: "order_undecided", root, askAgainAt, looked: looked + 1, at });
  return true;
};
