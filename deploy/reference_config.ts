/**
 * A deployment's configuration file: instruments, venues, accounts with their limits, ages.
 *
 * Read once at start, checked as a whole, and refused with the path of the first fault: a node
 * never trades on half a configuration.
 */
import { readFileSync } from "node:fs";
import { Result, Schema } from "effect";
import { Weights } from "../protocols/algo.ts";
import { AccountId, InstrumentId, VenueId } from "../protocols/kernel/ids.ts";
import { decimalToSteps, moneyScale, stepOf, toSteps } from "../protocols/kernel/grid.ts";
import type { Grid, Step } from "../protocols/kernel/grid.ts";
import { parseDecimal } from "../protocols/kernel/decimal.ts";
import { accountShards_max } from "../protocols/kernel/shard.ts";
import { replaceModes } from "../protocols/instrument.ts";
import type {
  AccountLimits,
  Instrument,
  InstrumentLimits,
  ReferenceData,
  VenueProfile,
} from "../protocols/instrument.ts";
import type { SessionCalendar } from "../protocols/session_calendar.ts";
import { triggerPrices } from "../protocols/trigger.ts";
import type { RateOptions } from "../actors/venue/rate_limits.ts";
import { BreakerFile } from "./breaker_config.ts";
import { duplicateKey } from "./duplicate_keys.ts";
import { RateLimitsFile, rateOfFile } from "./rate_config.ts";
import { calendarOfFile, SessionsFile } from "./session_config.ts";
import { offerOfFile, OffersFile, ReconcileFile, sessionOfFile } from "./venue_config.ts";
import type { VenueSessionConfig } from "./venue_config.ts";

const DecimalText = Schema.String;
const Milliseconds = Schema.Int.check(Schema.isGreaterThan(0));

const ConfigFile = Schema.Struct({
  accountShards: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: accountShards_max })),
  referencePriceAge_ms_max: Milliseconds,
  commandAge_ms_max: Milliseconds,
  intentDeadline_ms: Milliseconds,
  earlyCancel_ms: Milliseconds,
  closedOrder_ms: Milliseconds,
  provisionalFill_ms: Schema.optionalKey(Milliseconds),
  auctions: Schema.optionalKey(
    Schema.Struct({
      auctionCutoff_ms: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
      auctionWindow_ms: Milliseconds,
      closeLead_ms: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
    }),
  ),
  instruments: Schema.Record(
    InstrumentId,
    Schema.Struct({
      base: Schema.String,
      quote: Schema.String,
      tick: DecimalText,
      lot: DecimalText,
      min: DecimalText,
      sessions: Schema.optionalKey(SessionsFile),
      triggerPrice: Schema.optionalKey(Schema.Literals(triggerPrices)),
      volumeProfile: Schema.optionalKey(Weights),
    }),
  ),
  venues: Schema.Record(
    VenueId,
    Schema.Struct({
      maker_bps: Schema.Finite,
      taker_bps: Schema.Finite,
      instruments: Schema.Array(InstrumentId),
      replace: Schema.optionalKey(Schema.Literals(replaceModes)),
      offers: Schema.optionalKey(OffersFile),
      rateLimits: Schema.optionalKey(RateLimitsFile),
      cancelOnDisconnect: Schema.optionalKey(Schema.Boolean),
      reconcile: Schema.optionalKey(ReconcileFile),
      breaker: Schema.optionalKey(BreakerFile),
    }),
  ),
  accounts: Schema.Record(
    AccountId,
    Schema.Struct({
      maxOpenOrders: Schema.Int,
      instruments: Schema.Record(
        InstrumentId,
        Schema.Struct({
          maxOrderQty: DecimalText,
          maxOrderNotional: DecimalText,
          maxPosition: DecimalText,
          collar_bps: Schema.Finite,
        }),
      ),
    }),
  ),
});

/** A deployment's configuration in the form that a node works with. */
export interface DeploymentConfig {
  readonly accountShards: number;
  readonly reference: ReferenceData;
  /** What venues let us send, where they have limits. */
  readonly rates: ReadonlyMap<VenueId, RateOptions>;
  /** How our session with each venue is kept. */
  readonly sessions: ReadonlyMap<string, VenueSessionConfig>;
}

/** The configuration cannot be used; the message says where and why. */
export class ConfigRefused extends Error {
  override readonly name = "ConfigRefused";
}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(ConfigFile), {
  onExcessProperty: "error",
});

/** Reads a configuration file. Throws `ConfigRefused`. */
export const readConfig = (path: string): DeploymentConfig => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ConfigRefused(`${path} cannot be read`, { cause });
  }
  return parseConfig(text);
};

/** Reads a configuration's text. Throws `ConfigRefused`. */
export const parseConfig = (text: string): DeploymentConfig => {
  const read = decode(text);
  if (Result.isFailure(read)) throw new ConfigRefused(String(read.failure.message));
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new ConfigRefused(`${twice} stands twice`);
  const file = read.success;
  const instruments = new Map(
    Object.entries(file.instruments).map(([id, one]) => [
      id as InstrumentId,
      instrumentOf(id, one),
    ]),
  );
  const venues = new Map(
    Object.entries(file.venues).map(([id, one]) => {
      const { maker_bps, taker_bps, instruments: offered, replace, offers } = one;
      for (const name of offered) needInstrument(instruments, name, id);
      const venue: VenueProfile = {
        id: id as VenueId,
        instruments: new Set(offered),
        maker_bps,
        taker_bps,
        ...(replace === undefined ? {} : { replace }),
        ...(offers === undefined ? {} : { offer: offerOfFile(offers) }),
      };
      return [venue.id, venue];
    }),
  );
  const accounts = new Map(
    Object.entries(file.accounts).map(([id, { maxOpenOrders, instruments: traded }]) => {
      const limits = new Map(
        Object.entries(traded).map(([name, one]) => {
          const instrument = needInstrument(instruments, name as InstrumentId, id);
          return [instrument.id, limitsOf(instrument, one, `${id}.${name}`)];
        }),
      );
      const account: AccountLimits = {
        account: id as AccountId,
        maxOpenOrders,
        instruments: limits,
      };
      return [account.account, account];
    }),
  );
  const { referencePriceAge_ms_max, commandAge_ms_max } = file;
  const { intentDeadline_ms, earlyCancel_ms, closedOrder_ms } = file;
  const ages = { referencePriceAge_ms_max, commandAge_ms_max, intentDeadline_ms, earlyCancel_ms };
  const { auctions, provisionalFill_ms } = file;
  const grace = provisionalFill_ms === undefined ? {} : { provisionalFill_ms };
  const times = auctions === undefined ? grace : { ...grace, auctions };
  return {
    accountShards: file.accountShards,
    sessions: sessionsOf(file),
    rates: ratesOf(file.venues),
    reference: { instruments, venues, accounts, ...ages, closedOrder_ms, ...times },
  };
};

const instrumentOf = (
  id: string,
  one: (typeof ConfigFile.Type)["instruments"][InstrumentId],
): Instrument => {
  const grid: Grid = {
    tick: needStep(one.tick, `${id}.tick`),
    lot: needStep(one.lot, `${id}.lot`),
  };
  const minQty_lots = needSteps(one.min, grid.lot, `${id}.min`);
  const { base, quote, triggerPrice, sessions, volumeProfile } = one;
  return {
    id: id as InstrumentId,
    base,
    quote,
    grid,
    minQty_lots,
    ...(sessions === undefined ? {} : { sessions: needCalendar(sessions, `${id}.sessions`) }),
    ...(triggerPrice === undefined ? {} : { triggerPrice }),
    ...(volumeProfile === undefined ? {} : { volumeProfile }),
  };
};

const sessionsOf = ({
  venues,
  accounts,
}: typeof ConfigFile.Type): ReadonlyMap<string, VenueSessionConfig> => {
  const sessions = Object.entries(venues).map(([id, one]) => {
    const account = one.reconcile?.externalAccount;
    if (account !== undefined && !Object.hasOwn(accounts, account)) {
      throw new ConfigRefused(`${id}.reconcile.externalAccount: no account ${account}`);
    }
    return [id, sessionOfFile(one)] as const;
  });
  return new Map(sessions);
};

const limitsOf = (
  { grid }: Instrument,
  text: {
    readonly maxOrderQty: string;
    readonly maxOrderNotional: string;
    readonly maxPosition: string;
    readonly collar_bps: number;
  },
  where: string,
): InstrumentLimits => ({
  maxOrderQty_lots: needSteps(text.maxOrderQty, grid.lot, `${where}.maxOrderQty`),
  maxOrderNotional: needMoney(text.maxOrderNotional, grid, `${where}.maxOrderNotional`),
  maxPosition_lots: needSteps(text.maxPosition, grid.lot, `${where}.maxPosition`),
  collar_bps: text.collar_bps,
});

const needCalendar = (file: typeof SessionsFile.Type, where: string): SessionCalendar => {
  const calendar = calendarOfFile(file);
  if ("fault" in calendar) throw new ConfigRefused(`${where}: ${calendar.fault}`);
  return calendar;
};

const ratesOf = (venues: (typeof ConfigFile.Type)["venues"]): DeploymentConfig["rates"] => {
  const rates = new Map<VenueId, RateOptions>();
  for (const [id, { rateLimits }] of Object.entries(venues)) {
    if (rateLimits === undefined) continue;
    const limits = rateOfFile(rateLimits);
    if ("fault" in limits) throw new ConfigRefused(`${id}.rateLimits: ${limits.fault}`);
    rates.set(id as VenueId, limits);
  }
  return rates;
};

const needStep = (text: string, where: string): Step => {
  const step = stepOf(text);
  if (step === undefined) throw new ConfigRefused(`${where}: ${text} is no step size`);
  return step;
};

const needSteps = (text: string, step: Step, where: string): number => {
  const steps = toSteps(text, step);
  if (steps === undefined || steps < 0) {
    throw new ConfigRefused(`${where}: ${text} is no multiple of ${step.text}`);
  }
  return steps;
};

const needMoney = (text: string, grid: Grid, where: string): bigint => {
  const scale = moneyScale(grid);
  const decimal = parseDecimal(text);
  const unit: Step = { text: "", scale, units: 1 };
  const units = decimal === undefined ? undefined : decimalToSteps(decimal, unit);
  if (units === undefined) throw new ConfigRefused(`${where}: ${text} is no amount`);
  return BigInt(units);
};

const needInstrument = (
  instruments: ReadonlyMap<InstrumentId, Instrument>,
  id: InstrumentId,
  where: string,
): Instrument => {
  const instrument = instruments.get(id);
  if (instrument === undefined) throw new ConfigRefused(`${where}: no instrument ${id}`);
  return instrument;
};
