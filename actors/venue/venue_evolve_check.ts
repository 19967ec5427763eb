/**
 * How facts about checked orders and unreadable reports change the venue shard's states.
 *
 * Owns: the part of `venue_evolve.ts` about what the venue itself is asked. Total and pure as that.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { isUnprovable } from "./venue_moot.ts";
import type { VenueEvent } from "./venue_event.ts";
import type { CheckingState, CheckState } from "./venue_state.ts";
import {
  addCheck,
  advance,
  changeSession,
  count,
  endCheck,
  endOrder,
  laterOf,
  removeRequest,
  sessionIn,
} from "./venue_space.ts";
import { takeTold } from "./venue_evolve_reconcile.ts";
import type { Kept, VenueSpace } from "./venue_space.ts";

/**
 * Instruments with unreadable reports that are told apart; of more than these nothing is counted.
 * A constant, not configuration: replay must give the same states for ever.
 */
export const gates_max = 1_000;

/** Events about the check of an order. */
export type CheckEvent = Extract<
  VenueEvent,
  {
    readonly type:
      | "order_to_check"
      | "order_asked"
      | "order_undecided"
      | "order_found"
      | "order_checked"
      | "order_absent";
  }
>;

/** Takes a fact about the check of an order. */
export const evolveCheck = (space: VenueSpace, event: CheckEvent): void => {
  const { root } = event;
  switch (event.type) {
    case "order_to_check": {
      const { type: _, root: __, at: since, ...check } = event;
      if (space.get("order", root) !== undefined) addCheck(space, root, { since, ...check });
      return;
    }
    case "order_asked": {
      const under = space.get("checking", root);
      const wish = under ?? space.get("check", root);
      if (under === undefined) space.remove("check", root);
      if (wish === undefined) return;
      space.set("checking", root, { ...askedNow(wish, event.at), ...laterOf(event, under) });
      return;
    }
    case "order_undecided": {
      const under = space.get("checking", root);
      const { askAgainAt, known_lots, looked, amendsWanted } = event;
      if (under === undefined) return;
      const further = looked === undefined ? {} : { looked };
      const more = amendsWanted === undefined ? { askAgainAt } : { askAgainAt, amendsWanted };
      if (known_lots === undefined)
        space.set("checking", root, { ...under, askAgainAt, ...further });
      else space.set("checking", root, { ...askedAnew(under), ...more, known_lots });
      return;
    }
    case "order_found": {
      const under = space.get("checking", root);
      if (under === undefined) return;
      const { view, viewSeq, askAgainAt } = event;
      const later = askAgainAt === undefined ? {} : { askAgainAt };
      const asOf = viewSeq === undefined ? {} : { viewSeq };
      space.set("checking", root, { ...askedNow(under, event.at), view, ...asOf, ...later });
      return;
    }
    case "order_checked":
      endCheck(space, root);
      dropMoot(space, root, event.ended);
      if (event.told !== undefined) takeTold(space, root, event.told);
      advance(space, root, event);
      noteListing(space, root, event.listing);
      if (event.ended) endOrder(space, root, event.at, false);
      return;
    case "order_absent":
      endCheck(space, root);
      if (event.noted === true) noteAbsent(space, root, event.lookAgainAt);
      if (!event.lost) return;
      dropMoot(space, root, true);
      endOrder(space, root, event.at, false);
      return;
    default:
      return event satisfies never;
  }
};

const noteListing = (space: VenueSpace, root: LegClOrdId, listingTaken?: string): void => {
  const order = space.get("order", root);
  if (order === undefined || listingTaken === undefined) return;
  space.set("order", root, { ...order, listingTaken });
};

const noteAbsent = (space: VenueSpace, root: LegClOrdId, lookAgainAt: Nanos | undefined): void => {
  const order = space.get("order", root);
  const again = lookAgainAt === undefined ? {} : { lookAgainAt };
  if (order !== undefined) space.set("order", root, { ...order, absent: true, ...again });
};

/** Its executions are here: of the question only the record is left. */
const askedAnew = ({
  view: _,
  viewSeq: __,
  executionsWanted: ___,
  booked_lots: ____,
  ...rest
}: CheckingState): CheckingState => rest;

const askedNow = (wish: CheckState & Partial<CheckingState>, askedAt: Nanos): CheckingState => {
  const { askAgainAt: _, ...rest } = wish;
  return { ...rest, askedAt };
};

/**
 * The venue's record answers what nothing else can: with the order's end every request of it that
 * cannot be proven either way, before that the one that placed it.
 */
const dropMoot = (space: VenueSpace, root: LegClOrdId, ended: boolean): void => {
  const ids = ended ? (space.get("order", root)?.ids ?? []) : [root];
  for (const id of ids) {
    const request = space.get("request", id);
    if (request !== undefined && isUnprovable(request)) removeRequest(space, id);
  }
};

/** Events about reports that cannot be read. */
export type UnreadableEvent = Extract<
  VenueEvent,
  { readonly type: "report_unreadable" | "instrument_closed" | "instruments_reopened" }
>;

/** Takes a fact about a report that cannot be read. */
export const evolveUnreadable = (kept: Kept, space: VenueSpace, event: UnreadableEvent): void => {
  switch (event.type) {
    case "report_unreadable": {
      const inboundSeq = Math.max(sessionIn(kept, space).inboundSeq, event.seq);
      changeSession(kept, space, { inboundSeq });
      count(kept, space, "unreadable");
      const { instrument } = event;
      if (instrument === undefined) return;
      const gate = space.get("gate", instrument) ?? { unreadable: 0 };
      if (gate.unreadable === 0 && space.size("gate") >= gates_max) return;
      space.set("gate", instrument, { ...gate, unreadable: gate.unreadable + 1 });
      return;
    }
    case "instrument_closed": {
      const gate = space.get("gate", event.instrument);
      if (gate !== undefined) space.set("gate", event.instrument, { ...gate, closed: true });
      return;
    }
    case "instruments_reopened":
      for (const instrument of [...space.keys("gate")]) space.remove("gate", instrument);
      return;
    default:
      return event satisfies never;
  }
};
