/**
 * How long venues' gates took to open after the wire was back, as their own events tell it.
 *
 * Owns: that reading. Durations in milliseconds.
 */
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { StoredMessage } from "../integration/support/event_record.ts";

interface SessionEvent {
  readonly venue: string;
  readonly to: string;
  readonly tsEvent: string;
}

/** From logged on to open, of every session that came that far. */
export const gateTimes_ms = (
  messages: readonly StoredMessage[],
  venues: readonly string[],
): readonly number[] => {
  const subjects = new Set(venues.map((name) => venueEventSubject(name as VenueId, "session")));
  const since = new Map<string, bigint>();
  const times: number[] = [];
  for (const { subject, data } of messages) {
    if (!subjects.has(subject)) continue;
    const { venue, to, tsEvent } = JSON.parse(data) as SessionEvent;
    if (to === "logged_on") since.set(venue, BigInt(tsEvent));
    const began = since.get(venue);
    if (to === "open" && began !== undefined) {
      times.push(Number(BigInt(tsEvent) - began) / 1e6);
    }
    if (to !== "logged_on" && to !== "reconciling") since.delete(venue);
  }
  return times;
};

/** The value below which that share of them lies; 0 where there is none. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};
