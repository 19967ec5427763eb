/**
 * Shows a position on the event feed, valued at the market as it is now.
 *
 * Owns: the mark of a shown position. Never: changes one.
 */
import type { AccountId, InstrumentId } from "../protocols/kernel/ids.ts";
import type { Price_ticks } from "../protocols/kernel/grid.ts";
import type { Nanos } from "../protocols/kernel/instant.ts";
import { positionEventSubject } from "../protocols/kernel/subjects.ts";
import { holdingKey } from "./account_kinds.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { positionEventBody } from "./position/position_event_body.ts";
import { markOf, referencePrice } from "./risk/reference_price.ts";
import type { ReferencePrice } from "./risk/reference_price.ts";

/**
 * Publishes what a position is now.
 *
 * @param causeEventId gives the id of the event that changed it, once that has been published
 */
export const showPosition = (
  turn: AccountTurn,
  world: AccountWorld,
  account: AccountId,
  instrument: InstrumentId,
  causeEventId: () => string,
  tsEvent: Nanos,
): void => {
  const position = turn.space.get("position", holdingKey(account, instrument));
  if (position === undefined) return;
  const mark = markOf(priceOf(turn, world, instrument));
  turn.publish(positionEventSubject(account, instrument), (eventId) =>
    positionEventBody(position, mark, eventId, causeEventId(), tsEvent, turn.now),
  );
};

/** What an open position may be marked at for the books: a fresh mid, never an old one. */
export const freshMark = (
  turn: AccountTurn,
  world: AccountWorld,
  instrument: InstrumentId,
): Price_ticks | undefined => {
  const price = priceOf(turn, world, instrument);
  return price.status === "fresh" ? markOf(price) : undefined;
};

const priceOf = (
  turn: AccountTurn,
  { market, reference }: AccountWorld,
  instrument: InstrumentId,
): ReferencePrice =>
  referencePrice(
    market,
    reference.venues,
    instrument,
    { policy: "smart" },
    turn.now_ns,
    reference.referencePriceAge_ms_max,
  );
