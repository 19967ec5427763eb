/**
 * The account, the instrument and the two venues of the tests with a whole account shard: ticks and
 * lots of 1, the smallest order 2, limits that only large numbers meet.
 */
import type { ReferenceData, VenueProfile } from "../../../protocols/instrument.ts";
import type { AccountId, InstrumentId, VenueId } from "../../../protocols/kernel/ids.ts";
import { accountShardIndex } from "../../../protocols/kernel/shard.ts";
import { gridOf, venueId } from "../market_data/market_fixture.ts";

export const account = "DESK" as AccountId;
export const btc = "BTC-USDT" as InstrumentId;
export const simx = venueId("SIMX");
export const simy = venueId("SIMY");
export const accountShards = 16;
export const shardIndex = accountShardIndex(account, accountShards);

const venueProfile = (id: VenueId): VenueProfile => ({
  id,
  instruments: new Set([btc]),
  maker_bps: 0,
  taker_bps: 0,
});

export const reference: ReferenceData = {
  instruments: new Map([
    [btc, { id: btc, base: "BTC", quote: "USDT", grid: gridOf("1", "1"), minQty_lots: 2 }],
  ]),
  accounts: new Map([
    [
      account,
      {
        account,
        maxOpenOrders: 1_000,
        instruments: new Map([
          [
            btc,
            {
              maxOrderQty_lots: 1_000,
              maxOrderNotional: 10_000_000n,
              maxPosition_lots: 10_000,
              collar_bps: 2_000,
            },
          ],
        ]),
      },
    ],
  ]),
  venues: new Map([simx, simy].map((id) => [id, venueProfile(id)])),
  referencePriceAge_ms_max: 10_000,
  commandAge_ms_max: 10_000,
  intentDeadline_ms: 1_000,
  earlyCancel_ms: 1_000,
  closedOrder_ms: 3_600_000,
};

/** A limit order to buy 10 at 90, good till cancelled. */
export const limit10 = {
  instrument: btc,
  side: "buy",
  ordType: "limit",
  orderQty: "10",
  price: "90",
  timeInForce: "gtc",
} as const;
