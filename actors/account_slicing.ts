/**
 * What an account shard remembers of orders in slices, as it follows from orders' events and facts.
 *
 * Owns: the states of kinds `slicing` and `volume`. Never: decides.
 */
import { hasEnded } from "../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import type { Space } from "../runtime/shard_model.ts";
import type { AccountKinds, SliceFact } from "./account_kinds.ts";
import type { SlicingState } from "./algo/slicing_state.ts";
import { slicingAfter } from "./algo/slicing_state.ts";
import { volumeKey } from "./algo/traded_volume.ts";
import { isWorked } from "./order/order_slice.ts";

/** Applies a fact about slices, or about the volume that they follow. */
export const evolveSlicing = (space: Space<AccountKinds>, fact: SliceFact): void => {
  if (fact.what === "volume_observed") {
    const { what: _what, venue, instrument, ...state } = fact;
    space.set("volume", volumeKey(venue, instrument), state);
    return;
  }
  const { orderId } = fact;
  space.set("slicing", orderId, slicingAfter(space.get("slicing", orderId), fact));
};

/** Applies an order's event: a slice that is sent is not barred, and the end is the end. */
export const followSlicing = (
  space: Space<AccountKinds>,
  event: OrderEvent,
  after: OrderState,
): void => {
  if (event.execType === "trade") countOwn(space, after, event.lastQty_lots);
  const { orderId } = after;
  const known = space.get("slicing", orderId);
  if (known !== undefined && hasEnded(after)) space.remove("slicing", orderId);
  else if (event.execType === "leg_added") followSent(space, known, event, after);
};

const followSent = (
  space: Space<AccountKinds>,
  known: SlicingState | undefined,
  { tsInit }: OrderEvent,
  after: OrderState,
): void => {
  const { orderId } = after;
  if (isWorked(after)) {
    const { barred: _sent, ...rest } = known ?? { orderId };
    space.set("slicing", orderId, { ...rest, sentAt: tsInit });
  } else if (known !== undefined) {
    space.remove("slicing", orderId);
  }
};

/** What an account trades is no volume of others, for any of its orders. */
const countOwn = (
  space: Space<AccountKinds>,
  { account, terms }: OrderState,
  lastQty_lots: number,
): void => {
  if (space.size("slicing") === 0) return;
  for (const [orderId, state] of space.entries("slicing")) {
    const { volume } = state;
    if (volume?.account !== account || volume.instrument !== terms?.instrument) continue;
    const own_lots = volume.own_lots + lastQty_lots;
    space.set("slicing", orderId, { ...state, volume: { ...volume, own_lots } });
  }
};
