/**
 * Scenario 43: what was traded by hand at the venues is in the external account once all is at
 * rest, whether its reports were heard, lost or never made: no lot more, no lot less. A difference
 * is booked only when it was seen before, unchanged, a grace ago.
 *
 * What a venue forgot before anybody heard of it is a difference too, and booked as one.
 */
import { fromNanos, milliseconds } from "../../../protocols/kernel/instant.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import { paperPositions } from "../paper_snapshot.ts";
import { externalAccount, instruments } from "../reference.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence } from "./checker.ts";
import { holdingKey } from "../../../actors/account_kinds.ts";
import { unhearable_lots } from "./unhearable.ts";

const name = "nobodys_trades_are_booked";

const grace_ns = milliseconds(reconcileOptions_default.positionGrace_ms);

/** Makes the checker. */
export const nobodysTradesAreBooked: CheckerMaker = (evidence) => {
  const seen = new Map<string, { readonly lots: number; readonly since: Nanos }>();
  return {
    name,
    onFrame: ({ shard, frame: { content } }) => {
      if (shard.kind !== "venue" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(({ events }) => events as readonly VenueEvent[])) {
        if (event.type !== "position_differs" && event.type !== "position_settled") continue;
        const { instrument, lots, at } = event;
        const key = `${shard.key}.${instrument}`;
        const before = seen.get(key);
        if (event.type === "position_differs") {
          if (before?.lots !== lots) seen.set(key, { lots, since: at });
          continue;
        }
        seen.delete(key);
        const isPatient =
          before?.lots === lots && fromNanos(at) >= fromNanos(before.since) + grace_ns;
        if (!isPatient) throw new Violation(name, `${key}: ${lots} lots were booked at once`);
      }
    },
    unrest: () => stillDiffering(evidence),
    atRest: () => {
      for (const { id } of instruments) {
        let held_lots = 0;
        for (const { space } of evidence.mirrors.accounts.values()) {
          const position = space.get("position", holdingKey(externalAccount, id));
          held_lots += position?.netQty_lots ?? 0;
        }
        const traded_lots = nobodys_lots(evidence, id);
        if (held_lots !== traded_lots) {
          throw new Violation(name, `${id}: ${traded_lots} lots are nobody's, booked ${held_lots}`);
        }
      }
    },
  };
};

/** A venue whose own positions are not the ones that its shard counts: it has to look again. */
const stillDiffering = ({ venues, mirrors }: Evidence): string | undefined => {
  for (const [id, venue] of venues) {
    if (venue.options.hands === undefined) continue;
    for (const { instrument, net_lots } of paperPositions(venue)) {
      const counted_lots = mirrors.venues.get(id)?.space.get("tally", instrument)?.net_lots ?? 0;
      if (counted_lots === net_lots) continue;
      return `${id} has ${net_lots} lots of ${instrument}, its shard counts ${counted_lots}`;
    }
  }
  return undefined;
};

const nobodys_lots = (evidence: Evidence, instrument: (typeof instruments)[number]["id"]): number =>
  [...evidence.venues.values()]
    .filter(({ options }) => options.hands !== undefined)
    .reduce((sum_lots, { options: { id, hands } }) => {
      const by_hand_lots = hands?.net_lots(instrument) ?? 0;
      return sum_lots + by_hand_lots + unhearable_lots(evidence, id, instrument);
    }, 0);
