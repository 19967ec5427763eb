/**
 * The subjects a strategy listens to, with wildcards.
 *
 * Owns: nothing of its own: the spelling is that of `kernel/subjects.ts`.
 */
import type { AccountId, InstrumentId, VenueId } from "../kernel/ids.ts";
import { marketDataSubject, positionEventSubject } from "../kernel/subjects.ts";

// A wildcard is no id; it stands where one would, and only here.
const any = "*";

/** All positions of an account. */
export const positionEventFilter = (account: string): string =>
  positionEventSubject(account as AccountId, any as InstrumentId);

/** Best bids and offers; `*` stands for every venue or every instrument. */
export const bboFilter = (venue: string, instrument: string): string =>
  marketDataSubject(venue as VenueId, instrument as InstrumentId, "bbo");

/** Whether a subject is one that the filter with a trailing `*` matches. */
export const matchesFilter = (subject: string, filter: string): boolean =>
  subject.startsWith(filter.slice(0, -1));
