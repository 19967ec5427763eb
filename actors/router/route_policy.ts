/**
 * Which venue an order goes to: a pure function of the order, the books and the venues.
 *
 * `direct` goes where it says. `smart` is the best price now: an order whose price reaches the far
 * side of some book, and that may take, goes where taking is best (`take_venue.ts`); any other
 * limit order where resting is best (`rest_venue.ts`). A closed venue and a stale or missing book
 * do not count, nor does a venue whose circuit breaker is open; one that is on trial counts for
 * some orders, and for all where there is no other, as one does whose rate limits are used up.
 *
 * Owns: the choice and the record of why. Never: splits an order, reads a clock, keeps state.
 */
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import type { VenueProfile } from "../../protocols/instrument.ts";
import type { MarketView, VenueStatus } from "../../protocols/market.ts";
import { milliseconds } from "../../protocols/kernel/instant.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { restVenue } from "./rest_venue.ts";
import type { Route, RouteOrder } from "./route.ts";
import { takeVenue } from "./take_venue.ts";
import { isProbe } from "./usable_venue.ts";
import type { UsableVenue } from "./usable_venue.ts";

/** What the router may know of the venues. */
export interface RouteWorld {
  readonly venues: ReadonlyMap<VenueId, VenueProfile>;
  /** Undefined where the venue has not been heard of yet: it counts as closed. */
  readonly statusOf: (venue: VenueId) => VenueStatus | undefined;
  readonly market: MarketView;
  /** Oldest book that counts, by when we heard it, milliseconds. */
  readonly bookAge_ms_max: number;
}

/** Where an order goes now, or why it can go nowhere. */
export const chooseVenue = (
  order: RouteOrder,
  world: RouteWorld,
  now_ns: Instant_ns,
): Route | Refusal =>
  order.route.policy === "direct"
    ? direct(order.route.venue, order.instrument, world)
    : smart(order, world, now_ns);

const direct = (venue: VenueId, instrument: InstrumentId, world: RouteWorld): Route | Refusal => {
  const profile = world.venues.get(venue);
  if (profile === undefined || !profile.instruments.has(instrument)) {
    return refuse("ROUTE_VENUE_UNKNOWN", { venue, instrument });
  }
  const status = world.statusOf(venue);
  if (status?.open !== true) {
    return refuse("ROUTE_VENUE_DOWN", { venue, reason: status?.reason ?? "not_heard_of" });
  }
  if (status.breaker === "open") {
    return refuse("ROUTE_VENUE_BREAKER", { venue, breaker: status.breaker });
  }
  return { venue, why: `direct ${venue}` };
};

const smart = (order: RouteOrder, world: RouteWorld, now_ns: Instant_ns): Route | Refusal => {
  const oldest_ns = now_ns - milliseconds(world.bookAge_ms_max);
  const usable: UsableVenue[] = [];
  const onTrial: UsableVenue[] = [];
  const congested: UsableVenue[] = [];
  const out: string[] = [];
  for (const profile of world.venues.values()) {
    if (!profile.instruments.has(order.instrument)) continue;
    const book = world.market.book(profile.id, order.instrument);
    const status = world.statusOf(profile.id);
    if (status?.open !== true) out.push(`${profile.id}:closed`);
    else if (status.breaker === "open") out.push(`${profile.id}:breaker`);
    else if (book === undefined) out.push(`${profile.id}:no_book`);
    else if (book.received_ns < oldest_ns) out.push(`${profile.id}:stale`);
    else if (status.breaker !== undefined) onTrial.push({ profile, book });
    else (status.congested === undefined ? usable : congested).push({ profile, book });
  }
  // Its orders would wait, perhaps past their time; still better than no venue.
  if (usable.length === 0) usable.push(...congested);
  else out.push(...congested.map(({ profile }) => `${profile.id}:congested`));
  if (onTrial.length > 0) {
    if (usable.length === 0 || isProbe(now_ns)) usable.push(...onTrial);
    else out.push(...onTrial.map(({ profile }) => `${profile.id}:on_trial`));
  }
  const mayTake = !order.execInst.includes("post_only");
  const route = (mayTake ? takeVenue(order, usable) : undefined) ?? restVenue(order, usable);
  if (route === undefined) {
    return refuse("ROUTE_NO_VENUE", {
      instrument: order.instrument,
      usable: usable.length,
      out: out.length === 0 ? "none" : out.join(","),
    });
  }
  return out.length === 0
    ? route
    : { venue: route.venue, why: `${route.why} out ${out.join(",")}` };
};
