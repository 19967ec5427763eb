/**
 * The only spelling of NATS subjects, streams and buckets.
 *
 * Owns: every name that a server, an operator or another language sees, and their parsing.
 * Never: spelled anywhere else (`test/architecture` checks it); a routing bug has one address.
 */
import type { AccountId, ClOrdId, InstrumentId, StrategyId, VenueId } from "./ids.ts";
import { isToken } from "./ids.ts";
import type { Shard } from "./shard.ts";
import { accountShardIndex, shardName } from "./shard.ts";

/**
 * The two lanes of a mailbox. `n`: new work (submit, replace). `h`: what must not wait behind new
 * work (cancels, venue reports, control, messages between shards).
 */
export type Lane = "h" | "n";

/** Both lanes, the urgent one first. */
export const lanes: readonly Lane[] = ["h", "n"];

/** Streams by what they keep. */
export const streams = {
  mailbox: { n: "OMS_MBX_N", h: "OMS_MBX_H" },
  events: "OMS_EVT",
  snapshots: "OMS_SNAP",
  deadLetters: "OMS_DLQ",
} as const;

/** Key-value buckets: node presence and shard leases. */
export const buckets = { nodes: "OMS_NODES", leases: "OMS_LEASES" } as const;

/** The journal stream of a shard. */
export const journalStream = (shard: Shard): string => `OMS_JRN_${shardName(shard)}`;

/** What the streams capture, and the transforms that turn a command into a mailbox message. */
export const patterns = {
  newWork: ["oms.v1.order.*.*.*.submit", "oms.v1.order.*.*.*.replace"],
  urgent: ["oms.v1.order.*.*.*.cancel", "oms.v1.mbx.h.>"],
  command: "oms.v1.order.*.*.*.*",
  events: ["oms.v1.evt.>"],
  snapshots: ["oms.v1.snap.>"],
  deadLetters: ["oms.v1.dlq.>"],
  marketData: "oms.v1.md.*.*.*",
  queries: "oms.v1.query.*.*.*",
} as const;

/** Where a stream's subject transform puts a command: its account's mailbox, all tokens kept. */
export const commandTransform = (lane: Lane, accountShards: number): string =>
  `oms.v1.mbx.${lane}.acct.{{partition(${accountShards},1)}}.` +
  "{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}.{{wildcard(4)}}";

/** All mailbox subjects of one shard on one lane, as a consumer filter. */
export const mailboxFilter = (shard: Shard, lane: Lane): string =>
  `oms.v1.mbx.${lane}.${shard.kind}.${shard.key}.>`;

/** Where one shard writes to another: parcels always travel on the urgent lane. */
export const parcelSubject = (to: Shard, from: Shard): string =>
  `oms.v1.mbx.h.${to.kind}.${to.key}.parcel.${shardName(from)}`;

/**
 * Where operators' requests reach a shard, on the urgent lane: durable and in order like all that
 * it is told.
 */
export const controlSubject = (to: Shard, what: ControlVerb): string =>
  `oms.v1.mbx.h.${to.kind}.${to.key}.control.${what}`;

/** A shard's journal subject. */
export const journalSubject = (shard: Shard): string => `oms.v1.jrn.${shardName(shard)}`;

/** A shard's snapshot manifest; chunks add `.<frame>.<index>`. */
export const snapshotSubject = (shard: Shard): string => `oms.v1.snap.${shardName(shard)}`;

/** Where a shard parks what it could not process. */
export const deadLetterSubject = (shard: Shard): string => `oms.v1.dlq.${shardName(shard)}`;

/** What a strategy may ask of an order. */
export type CommandVerb = "submit" | "replace" | "cancel";

/** What an operator may ask of a shard. */
export const controlVerbs = [
  "trading_state",
  "kill",
  "halt",
  "resume",
  "mass_cancel",
  "reconcile",
  "release",
] as const;
/** What an operator may ask of a shard. */
export type ControlVerb = (typeof controlVerbs)[number];

/** The order token of a mass cancel. */
export const allOrders = "_all";

/** The strategy of what was found at a venue and is nobody's; its orders can be canceled. */
export const externalStrategy = "_external";

/** The subject of a command; `clOrdId` is `_all` for a mass cancel. */
export const commandSubject = (
  account: string,
  strategy: string,
  clOrdId: string,
  verb: CommandVerb,
): string => `oms.v1.order.${account}.${strategy}.${clOrdId}.${verb}`;

/** Who a mailbox command is for. */
export interface CommandTarget {
  readonly account: AccountId;
  readonly strategy: StrategyId;
  /** Undefined for a mass cancel. */
  readonly clOrdId: ClOrdId | undefined;
  readonly verb: CommandVerb;
}

/** What a mailbox subject says the message is. */
export type MailboxSubject =
  | { readonly type: "command"; readonly target: CommandTarget }
  | { readonly type: "parcel"; readonly from: string }
  | { readonly type: "control"; readonly what: ControlVerb }
  | { readonly type: "unreadable" };

const verbs: ReadonlySet<string> = new Set(["submit", "replace", "cancel"]);
const unreadable: MailboxSubject = { type: "unreadable" };

/** Reads a mailbox subject; `unreadable` where its tokens are not what the contract allows. */
export const parseMailboxSubject = (subject: string): MailboxSubject => {
  const parts = subject.split(".");
  if (parts.length === 8 && parts[6] === "parcel") return { type: "parcel", from: parts[7] ?? "" };
  if (parts.length === 8 && parts[6] === "control") return controlOf(parts[7] ?? "");
  const [, , , , , , account = "", strategy = "", clOrdId = "", verb = ""] = parts;
  if (parts.length !== 10 || !verbs.has(verb)) return unreadable;
  const isExternal = strategy === externalStrategy && verb === "cancel";
  if (!isToken(account) || !(isToken(strategy) || isExternal)) return unreadable;
  const mass = clOrdId === allOrders && verb === "cancel";
  if (!mass && !isToken(clOrdId)) return unreadable;
  return {
    type: "command",
    target: {
      account: account as AccountId,
      strategy: strategy as StrategyId,
      clOrdId: mass ? undefined : (clOrdId as ClOrdId),
      verb: verb as CommandVerb,
    },
  };
};

const controlOf = (token: string): MailboxSubject => {
  const what = controlVerbs.find((verb) => verb === token);
  return what === undefined ? unreadable : { type: "control", what };
};

/** Where an order's events are published. */
export const orderEventSubject = (
  account: AccountId,
  strategy: StrategyId,
  clOrdId: ClOrdId,
  execType: string,
): string => `oms.v1.evt.order.${account}.${strategy}.${clOrdId}.${execType}`;

/** All order events of one strategy. */
export const orderEventFilter = (account: string, strategy: string): string =>
  `oms.v1.evt.order.${account}.${strategy}.>`;

/** Where a position's changes are published. */
export const positionEventSubject = (account: AccountId, instrument: InstrumentId): string =>
  `oms.v1.evt.position.${account}.${instrument}`;

/** Where an account's own events (trading state, incidents) are published. */
export const accountEventSubject = (account: AccountId, what: string): string =>
  `oms.v1.evt.account.${account}.${what}`;

/** Where a venue's session and reconciliation events are published. */
export const venueEventSubject = (venue: VenueId, what: string): string =>
  `oms.v1.evt.venue.${venue}.${what}`;

/** What a market-data message is about. */
export type MarketDataKind = "bbo" | "depth" | "trade";

/** Where market data is published; not stored. */
export const marketDataSubject = (
  venue: VenueId,
  instrument: InstrumentId,
  kind: MarketDataKind,
): string => `oms.v1.md.${venue}.${instrument}.${kind}`;

/** Where a strategy asks about its own orders and positions. */
export const querySubject = (account: string, strategy: string, what: string): string =>
  `oms.v1.query.${account}.${strategy}.${what}`;

/** Where operators ask; one node of the deployment answers. */
export const adminSubject = (endpoint: string): string => `oms.v1.admin.${endpoint}`;

/** Where operators, and nodes for them, ask one node. */
export const nodeAdminSubject = (node: string, endpoint: string): string =>
  `oms.v1.admin.node.${node}.${endpoint}`;

/**
 * The mailbox subject that the streams' transform gives a command, for mailboxes without a server;
 * undefined where the subject is not a command's.
 */
export const placedCommandSubject = (
  subject: string,
  accountShards: number,
): string | undefined => {
  const [oms, version, order, account = "", strategy, clOrdId, verb = "", ...rest] =
    subject.split(".");
  const isCommand = oms === "oms" && version === "v1" && order === "order" && rest.length === 0;
  if (!isCommand || !verbs.has(verb)) return undefined;
  const lane: Lane = verb === "cancel" ? "h" : "n";
  const index = accountShardIndex(account as AccountId, accountShards);
  return `oms.v1.mbx.${lane}.acct.${index}.${account}.${strategy}.${clOrdId}.${verb}`;
};
