/**
 * What an acceptance run needs of a venue: its adapter, another participant, and trouble at will.
 *
 * Every adapter comes with one of these beside its venue (a simulator, a counterparty, a sandbox);
 * the matrix itself knows no venue's words.
 *
 * Owns: that contract.
 */
import type { Grid } from "../../protocols/kernel/grid.ts";
import type { InstrumentId } from "../../protocols/kernel/ids.ts";
import type { Side } from "../../protocols/venue.ts";
import type { VenueConnector } from "../../actors/venue/venue_link.ts";

/** What can be made to go wrong, each from now on until it is set off again. */
export type Trouble =
  /** Requests are read and never reach the book. */
  | "swallows_requests"
  /** They reach it, and what comes of them at once is not told live. */
  | "keeps_reports_back"
  /** Numbered reports are lost on their way. */
  | "loses_reports"
  /** Numbered reports come twice. */
  | "repeats_reports"
  /** Good orders are refused, for a reason of business. */
  | "rejects_orders"
  /** Requests are refused: too many. */
  | "limits_rate"
  /** Requests are answered «internal error», and were carried out. */
  | "is_ambiguous_executed"
  /** Requests are answered «internal error», and were not carried out. */
  | "is_ambiguous_lost"
  /** Ended orders and old executions are not known any more. */
  | "forgets_history";

/** A venue, its adapter, and everybody else there. */
export interface VenueUnderTest {
  readonly name: string;
  readonly instrument: { readonly id: InstrumentId; readonly grid: Grid };
  /** The adapter, logging on as that session; the same name is the same session. */
  readonly connector: (session: string) => VenueConnector;
  /** Best prices; the market stands still but for what is traded here. */
  readonly top: () => Promise<{ readonly bid_ticks: number; readonly ask_ticks: number }>;
  /** Another participant trades against that side at that price, at once or not at all. */
  readonly hit: (side: Side, price_ticks: number, qty_lots: number) => Promise<void>;
  /** How many orders of a session reached the venue, by its own record. */
  readonly ordersOf: (session: string) => Promise<number>;
  /** Sets trouble on or off; false: this venue cannot be made to. */
  readonly trouble: (kind: Trouble, isOn: boolean) => Promise<boolean>;
  /** Ends a session's connections from the venue's side. */
  readonly disconnect: (session: string, how: "reset" | "finish" | "half_open") => Promise<void>;
  /** Kills the venue's process; it comes back with its record. */
  readonly restart: (numbering: "same" | "new") => Promise<void>;
  readonly stop: () => Promise<void>;
}
