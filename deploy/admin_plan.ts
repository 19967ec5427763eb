/**
 * What a request of an operator comes to: which shards are told what, and in which order.
 *
 * A kill tells venue shards first: from the commit of their halt nothing of its scope leaves,
 * whatever account shards have still under way. Then account shards are told, which stop what they
 * would send and cancel what is open. What lifts it goes the other way round.
 *
 * Owns: those plans. Pure: what is sent and answered is `admin_service.ts`.
 */
import type { AccountEventName } from "../protocols/account_event.ts";
import type {
  AdminKill,
  AdminMassCancel,
  AdminReconcile,
  AdminRelease,
  AdminResume,
  AdminScope,
  AdminTradingState,
} from "../protocols/admin.ts";
import type { AskedBy } from "../protocols/control.ts";
import { askedByOf } from "../protocols/control.ts";
import type { AccountId, VenueId } from "../protocols/kernel/ids.ts";
import { accountShard, accountShardIndex, venueShard } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import type { ControlVerb } from "../protocols/kernel/subjects.ts";
import { accountEventSubject, venueEventSubject } from "../protocols/kernel/subjects.ts";
import type { TradingState } from "../protocols/trading_state.ts";
import type { VenueEventName } from "../protocols/venue_event.ts";

/** One message to one shard. */
export interface ControlMail {
  readonly shard: Shard;
  readonly verb: ControlVerb;
  readonly body: object;
}

/** What is sent: phase after phase, each to all of its shards at once. */
export interface AdminPlan {
  readonly phases: readonly (readonly ControlMail[])[];
  /** Where what comes of it is published. */
  readonly events: readonly string[];
}

/** A request that names what the deployment does not have. */
export interface Unplanned {
  readonly refused: "ACCOUNT_UNKNOWN" | "VENUE_UNKNOWN";
  readonly text: string;
}

/** What the deployment has. */
export interface Deployment {
  readonly accountShards: number;
  readonly accounts: ReadonlySet<string>;
  readonly venues: readonly string[];
}

type Asked<Body> = Omit<Body, "requestId"> & { readonly requestId: string };

/** The plan of a `kill`. */
export const planKill = (
  deployment: Deployment,
  asked: Asked<typeof AdminKill.Type>,
): AdminPlan | Unplanned => {
  const by = askedByOf(asked);
  const massCancel = true;
  switch (asked.scope) {
    case "all":
      return {
        phases: [
          toVenues(deployment, "halt", { ...by, massCancel }),
          toAccounts(deployment, "kill", by),
        ],
        events: [venueEvents("*", "trading_state"), accountEvents("*", "kill")],
      };
    case "venue":
      return atVenue(deployment, asked, "halt", { ...by, massCancel, byId: true }, [
        venueEvents(asked.venue, "trading_state"),
        accountEvents("*", "kill"),
      ]);
    case "account":
    case "strategy":
      return fenced(deployment, asked, inAccount(deployment, asked, "kill", by, "kill"), "halted");
  }
};

/** The plan of a `resume`: lifts what holds for exactly that scope, and nothing else. */
export const planResume = (
  deployment: Deployment,
  asked: Asked<typeof AdminResume.Type>,
): AdminPlan | Unplanned => {
  const by = askedByOf(asked);
  const active = { ...by, state: "active" };
  switch (asked.scope) {
    case "all":
      return {
        phases: [
          toAccounts(deployment, "trading_state", active),
          toVenues(deployment, "resume", by),
        ],
        events: [venueEvents("*", "trading_state"), accountEvents("*", "trading_state")],
      };
    case "venue":
      return atVenue(deployment, asked, "resume", by, [venueEvents(asked.venue, "trading_state")]);
    case "account":
    case "strategy":
      return fenced(
        deployment,
        asked,
        inAccount(deployment, asked, "trading_state", active, "trading_state"),
        "active",
      );
  }
};

/** The plan of a `release`: the venue's shard alone knows whether there is something to release. */
export const planRelease = (
  deployment: Deployment,
  asked: Asked<typeof AdminRelease.Type>,
): AdminPlan | Unplanned => {
  const { venue } = asked;
  const events = [venueEvents(venue, "session"), venueEvents(venue, "incident")];
  return atVenue(deployment, asked, "release", askedByOf(asked), events);
};

/** The plan of a `trading_state`. */
export const planTradingState = (
  deployment: Deployment,
  asked: Asked<typeof AdminTradingState.Type>,
): AdminPlan | Unplanned => {
  const body = { ...askedByOf(asked), state: asked.state };
  return asked.scope === "all"
    ? {
        phases: [toAccounts(deployment, "trading_state", body)],
        events: [accountEvents("*", "trading_state")],
      }
    : fenced(
        deployment,
        asked,
        inAccount(deployment, asked, "trading_state", body, "trading_state"),
        asked.state,
      );
};

/** The plan of a `mass_cancel`. */
export const planMassCancel = (
  deployment: Deployment,
  asked: Asked<typeof AdminMassCancel.Type>,
): AdminPlan | Unplanned => {
  const { instrument, side } = asked;
  const body = {
    ...askedByOf(asked),
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
  };
  return asked.scope === "venue"
    ? atVenue(deployment, asked, "mass_cancel", body, [
        venueEvents(asked.venue, "mass_cancel"),
        accountEvents("*", "mass_cancel"),
      ])
    : inAccount(deployment, asked, "mass_cancel", body, "mass_cancel");
};

/** The plan of a `reconcile`. */
export const planReconcile = (
  deployment: Deployment,
  asked: Asked<typeof AdminReconcile.Type>,
): AdminPlan | Unplanned => {
  const events = [venueEvents(asked.venue, "reconciled"), venueEvents(asked.venue, "incident")];
  return atVenue(deployment, asked, "reconcile", askedByOf(asked), events);
};

/**
 * With the fence at every venue: in front of the account's own where it is halted, lifted behind it
 * else.
 */
const fenced = (
  deployment: Deployment,
  asked: AskedBy & Pick<AdminScope, "account" | "strategy">,
  plan: AdminPlan | Unplanned,
  state: TradingState,
): AdminPlan | Unplanned => {
  if ("refused" in plan) return plan;
  const { account, strategy } = asked;
  const scope = { account, ...(strategy === undefined ? {} : { strategy }) };
  const verb = state === "halted" ? "halt" : "resume";
  const fences = toVenues(deployment, verb, { ...askedByOf(asked), ...scope });
  const phases = verb === "halt" ? [fences, ...plan.phases] : [...plan.phases, fences];
  return { phases, events: [venueEvents("*", "trading_state"), ...plan.events] };
};

const accountEvents = (account: string | undefined, what: AccountEventName): string =>
  accountEventSubject((account ?? "*") as AccountId, what);

const venueEvents = (venue: string | undefined, what: VenueEventName): string =>
  venueEventSubject((venue ?? "*") as VenueId, what);

const toVenues = ({ venues }: Deployment, verb: ControlVerb, body: object): ControlMail[] =>
  venues.map((venue) => ({ shard: venueShard(venue as VenueId), verb, body }));

const toAccounts = (
  { accountShards }: Deployment,
  verb: ControlVerb,
  body: AskedBy,
): ControlMail[] =>
  Array.from({ length: accountShards }, (_, index) => ({ shard: accountShard(index), verb, body }));

const atVenue = (
  { venues }: Deployment,
  { venue = "" }: Pick<AdminScope, "venue">,
  verb: ControlVerb,
  body: object,
  events: readonly string[],
): AdminPlan | Unplanned =>
  venues.includes(venue)
    ? { phases: [[{ shard: venueShard(venue as VenueId), verb, body }]], events }
    : { refused: "VENUE_UNKNOWN", text: `venue=${venue}` };

/** An account that is not configured is a slip of the pen: nothing would be stopped by it. */
const inAccount = (
  { accounts, accountShards }: Deployment,
  { account = "", strategy }: Pick<AdminScope, "account" | "strategy">,
  verb: ControlVerb,
  asked: object,
  what: AccountEventName,
): AdminPlan | Unplanned => {
  if (!accounts.has(account)) return { refused: "ACCOUNT_UNKNOWN", text: `account=${account}` };
  const shard = accountShard(accountShardIndex(account as AccountId, accountShards));
  const body = { ...asked, account, ...(strategy === undefined ? {} : { strategy }) };
  return { phases: [[{ shard, verb, body }]], events: [accountEvents(account, what)] };
};
