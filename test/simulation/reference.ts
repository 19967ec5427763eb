/**
 * The deployment that is simulated: instruments, venues and accounts with limits close enough to be
 * hit.
 */
import type {
  AccountLimits,
  Instrument,
  ReferenceData,
  VenueProfile,
} from "../../protocols/instrument.ts";
import { stepOf } from "../../protocols/kernel/grid.ts";
import type { AccountId, InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import { accountShardIndex } from "../../protocols/kernel/shard.ts";
import type { Conditions } from "./conditions.ts";
import { calendarOf } from "../../protocols/session_calendar.ts";

const instrument = (id: string, tick: string, lot: string): Instrument => {
  const grid = { tick: stepOf(tick), lot: stepOf(lot) };
  if (grid.tick === undefined || grid.lot === undefined) throw new Error("steps are decimals");
  const [base = "", quote = ""] = id.split("-");
  return {
    id: id as InstrumentId,
    base,
    quote,
    grid: { tick: grid.tick, lot: grid.lot },
    minQty_lots: 2,
  };
};

/** Sessions that close and open again 20 and 80 seconds after a world began (15:06:40 UTC). */
const shortDays = calendarOf({
  zone: "UTC",
  hours: [
    [900, 907],
    [907, 908],
    [908, 915],
  ].map(([open_min = 0, close_min = 0]) => ({
    weekdays: [1, 2, 3, 4, 5, 6, 7],
    open_min,
    close_min,
  })),
  holidays: [],
  earlyCloses: {},
});
if ("fault" in shortDays) throw new Error(shortDays.fault);

/** What is traded: one instrument without sessions, one whose days are short. */
export const instruments: readonly Instrument[] = [
  instrument("AAA-USD", "0.5", "0.1"),
  { ...instrument("BBB-USD", "0.01", "1"), sessions: shortDays },
];

/** Oldest price that counts, milliseconds. */
export const priceAge_ms_max = 1_000;

/** Largest order, in lots. */
export const orderQty_lots_max = 100;
/** Largest position, in lots. */
export const position_lots_max = 150;
/** How far from the market a price may be, in basis points. */
export const collar_bps = 500;
/** How long a cancel waits for its submit. */
export const earlyCancel_ms = 1_500;

/** Accounts so that every account shard has one at least. */
export const accountsFor = (shards: number): readonly AccountId[] => {
  const accounts: AccountId[] = [];
  const homes = new Set<number>();
  for (let i = 0; homes.size < shards || accounts.length < 4; i += 1) {
    const account = `A${i}` as AccountId;
    homes.add(accountShardIndex(account, shards));
    accounts.push(account);
  }
  return accounts;
};

/** Takes what happens at a venue and is nobody's, where persons trade by hand. */
export const externalAccount = "EXT" as AccountId;

/** How an order is changed at each venue. */
export type Replaces = ReadonlyMap<VenueId, NonNullable<VenueProfile["replace"]>>;

/** Reference data of a world with those accounts of strategies and those venues. */
export const referenceOf = (
  accounts: readonly AccountId[],
  venues: Replaces,
  { holds }: Conditions,
): ReferenceData => ({
  instruments: new Map(instruments.map((one) => [one.id, one])),
  accounts: new Map(
    [...accounts, ...(holds("manual_trades") ? [externalAccount] : [])].map((account) => [
      account,
      limitsOf(account),
    ]),
  ),
  venues: new Map(
    [...venues].map(([id, replace], at) => [
      id,
      {
        id,
        replace,
        instruments: new Set(instruments.map((one) => one.id)),
        maker_bps: at,
        taker_bps: 5 - at,
      },
    ]),
  ),
  referencePriceAge_ms_max: priceAge_ms_max,
  commandAge_ms_max: 2_000,
  intentDeadline_ms: holds("long_deadlines") ? 3_000 : 500,
  earlyCancel_ms,
  closedOrder_ms: 3_600_000,
  provisionalFill_ms: 500,
  auctions: { auctionCutoff_ms: 0, auctionWindow_ms: 10_000, closeLead_ms: 5_000 },
});

const limitsOf = (account: AccountId): AccountLimits => ({
  account,
  maxOpenOrders: 12,
  instruments: new Map(
    instruments.map((one) => [
      one.id,
      {
        maxOrderQty_lots: orderQty_lots_max,
        maxOrderNotional: 10_000_000n,
        maxPosition_lots: position_lots_max,
        collar_bps,
      },
    ]),
  ),
});
