/**
 * Of an iceberg that we show in slices never more works at its venue than the part that it may
 * show, unless the whole rest is too small to be split.
 *
 * Left out are orders of which a venue took an execution back: an old slice may work again then.
 */
import { shardIndexOfLeg } from "../../../protocols/kernel/ids.ts";
import { accountShard, shardName } from "../../../protocols/kernel/shard.ts";
import { leavesOf } from "../paper_order.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";
import { legsThere } from "./reserved_covers_worst_case.ts";

const name = "iceberg_shows_its_part";

/** Makes the checker. */
export const icebergShowsItsPart: CheckerMaker = ({ mirrors, venues }) => ({
  name,
  onVenue: (venue, { root, orderId }) => {
    const index = shardIndexOfLeg(root);
    if (index === undefined) return;
    const space = mirrors.accounts.get(shardName(accountShard(index)))?.space;
    const slice = space?.get("order", orderId)?.terms?.held?.slice;
    const legs = legsThere(venues, orderId);
    if (slice === undefined || legs.some(({ amended }) => amended)) return;
    const shown = legs.reduce((sum, leg) => sum + leavesOf(leg), 0);
    const { maxFloor_lots, minQty_lots } = slice;
    if (shown <= maxFloor_lots) return;
    // The rest of a slice would be below the smallest order: it is shown along.
    if (shown < maxFloor_lots + minQty_lots && legs.filter(leavesOf).length === 1) return;
    throw new Violation(name, `${orderId} shows ${shown} of ${maxFloor_lots} at ${venue}`);
  },
});
