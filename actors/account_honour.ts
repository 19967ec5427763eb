/**
 * How an order is honoured: what its venues do of it, what we do, and which venues come into
 * question. Decided once, at entry, and kept in the order's terms.
 *
 * Owns: the way from good terms to honoured ones, and what a venue is told of them.
 */
import { fromNanos, toNanos } from "../protocols/kernel/instant.ts";
import type { Instant_ns } from "../protocols/kernel/instant.ts";
import type { VenueId } from "../protocols/kernel/ids.ts";
import type { Refusal } from "../protocols/kernel/reject_code.ts";
import { refuse } from "../protocols/kernel/reject_code.ts";
import type { Instrument, ReferenceData, VenueProfile } from "../protocols/instrument.ts";
import type { HeldTerms } from "../protocols/held_terms.ts";
import type { OrderTerms } from "../protocols/order.ts";
import type { TimeInForce } from "../protocols/ord_words.ts";
import { always, calendarOf } from "../protocols/session_calendar.ts";
import type { SessionCalendar } from "../protocols/session_calendar.ts";
import { plainOffer } from "../protocols/venue_offer.ts";
import type { VenueOffer } from "../protocols/venue_offer.ts";
import { honour, isHonoured, venueTimeInForce } from "./held/honour_table.ts";
import type { Asked, Honoured } from "./held/honour_table.ts";
import { auctionTimes_default, isValid, validityOf } from "./held/validity.ts";

const everOpen = calendarOf(always);
if ("fault" in everOpen) throw new Error("broken invariant: 24x7 in UTC is a calendar");

/** An instrument's calendar; open for ever where none is configured. */
export const calendarOfInstrument = ({ sessions }: Instrument): SessionCalendar =>
  sessions ?? everOpen;

/** An order that can be honoured. */
export interface HonouredOrder {
  readonly terms: OrderTerms;
  /** The venues that come into question. */
  readonly venues: ReadonlyMap<VenueId, VenueProfile>;
}

/** What of a bound order is ours, whatever its venues take. */
export interface OwnPart {
  /** We wait until its parent has executed something. */
  readonly parent: boolean;
  /** We wait for its trigger, where it has one. */
  readonly trigger: boolean;
}

const nothingOwn: OwnPart = { parent: false, trigger: false };

/** What an order's venues and we do of it, or why nobody can. */
export const honourOrder = (
  terms: OrderTerms,
  instrument: Instrument,
  reference: ReferenceData,
  now_ns: Instant_ns,
  own: OwnPart = nothingOwn,
): HonouredOrder | Refusal => {
  const profiles = candidates(terms, reference);
  const calendar = calendarOfInstrument(instrument);
  // Without a venue it cannot be routed, and the router says so in its own words.
  const offers = profiles.length === 0 ? [plainOffer] : profiles.map(offerOf);
  const offered = honour(askedOf(terms), offers, calendar.hasSessions);
  if (!isHonoured(offered)) return offered;
  const isOurs = own.trigger && offered.trigger !== undefined;
  const honoured: Honoured = isOurs ? { ...offered, trigger: "us" } : offered;
  const done = heldOf(terms, instrument, honoured, reference, now_ns);
  if ("code" in done) return done;
  const held: HeldTerms = own.parent ? { parent: true, ...done } : done;
  const able = honoured.venues.flatMap((place) => profiles[place] ?? []);
  const venues =
    able.length === profiles.length
      ? reference.venues
      : new Map(able.map((profile) => [profile.id, profile]));
  return { terms: Object.keys(held).length === 0 ? terms : { ...terms, held }, venues };
};

/** The venues that can take an order that was honoured before. */
export const venuesFor = (
  terms: OrderTerms,
  reference: ReferenceData,
  hasSessions: boolean,
): ReadonlyMap<VenueId, VenueProfile> => {
  const profiles = candidates(terms, reference);
  if (profiles.length === 0) return reference.venues;
  const honoured = honour(askedOf(terms), profiles.map(offerOf), hasSessions);
  if (!isHonoured(honoured)) return new Map();
  return new Map(
    honoured.venues.flatMap((place) => {
      const profile = profiles[place];
      return profile === undefined ? [] : [[profile.id, profile] as const];
    }),
  );
};

/** What a venue is told as time in force where that is not the order's own. */
export const toldTimeInForce = (
  terms: OrderTerms,
  venue: VenueId,
  reference: ReferenceData,
): TimeInForce | undefined => {
  const told = venueTimeInForce(askedOf(terms), offerOf(reference.venues.get(venue)));
  return told === terms.timeInForce ? undefined : told;
};

/** What venues are asked for: of an order that we work, what its slices are. */
const askedOf = (terms: OrderTerms): Asked => {
  const { ordType, timeInForce, execInst, maxFloor_lots, algo } = terms;
  if (algo === undefined) {
    return { ordType, timeInForce, execInst, hasMaxFloor: maxFloor_lots !== undefined };
  }
  const isTaker = algo.childStyle === "taker";
  const whole = { ordType: "limit", execInst, hasMaxFloor: false } as const;
  return { ...whole, timeInForce: isTaker ? "ioc" : timeInForce };
};

const offerOf = (profile: VenueProfile | undefined): VenueOffer => profile?.offer ?? plainOffer;

const candidates = (
  { instrument, route }: OrderTerms,
  { venues }: ReferenceData,
): readonly VenueProfile[] => {
  const found: VenueProfile[] = [];
  for (const profile of venues.values()) {
    if (!profile.instruments.has(instrument)) continue;
    if (route.policy === "direct" && profile.id !== route.venue) continue;
    found.push(profile);
  }
  return found;
};

const heldOf = (
  terms: OrderTerms,
  instrument: Instrument,
  honoured: Honoured,
  reference: ReferenceData,
  now_ns: Instant_ns,
): HeldTerms | Refusal => {
  const { timeInForce, expireTime, maxFloor_lots, algo } = terms;
  const waits = honoured.trigger === "us";
  const validity = validityOf(
    {
      timeInForce,
      ...(expireTime === undefined ? {} : { expire_ns: fromNanos(expireTime) }),
      waits,
      auction: honoured.auction === "us",
    },
    calendarOfInstrument(instrument),
    reference.auctions ?? auctionTimes_default,
    now_ns,
  );
  if (!isValid(validity)) return validity;
  const { release_ns } = validity;
  const expire_ns = endOf(algo, validity.expire_ns);
  if (typeof expire_ns === "object") return expire_ns;
  const { minQty_lots } = instrument;
  const isIceberg = honoured.iceberg === "us" || algo?.type === "iceberg";
  return {
    ...(waits ? { trigger: true } : {}),
    ...(release_ns === undefined ? {} : { release: toNanos(release_ns) }),
    ...(isIceberg && maxFloor_lots !== undefined ? { slice: { maxFloor_lots, minQty_lots } } : {}),
    ...(expire_ns === undefined ? {} : { expire: toNanos(expire_ns) }),
  };
};

/** When a worked order ends: with its algorithm, which must not outlive it. */
const endOf = (
  algo: OrderTerms["algo"],
  expire_ns: Instant_ns | undefined,
): Instant_ns | undefined | Refusal => {
  if (algo === undefined) return expire_ns;
  if (expire_ns !== undefined && fromNanos(algo.start) >= expire_ns) {
    return refuse("ALGO_TIME_INVALID", { startTime: algo.start, end: toNanos(expire_ns) });
  }
  const end = "end" in algo ? algo.end : undefined;
  if (end === undefined) return expire_ns;
  return expire_ns !== undefined && fromNanos(end) > expire_ns
    ? refuse("ALGO_TIME_INVALID", { endTime: end, end: toNanos(expire_ns) })
    : fromNanos(end);
};
