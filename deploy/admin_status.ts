/**
 * What one node can say of itself to operators: the shards it runs, its venues' sessions, halts and
 * trading states, and the cancels of operators that are under way; from committed states.
 *
 * Owns: the form of that answer. A shard that is storing a frame answers a moment later; one that
 * does not answer in time is named as silent.
 */
import type { AccountKinds } from "../actors/account_kinds.ts";
import type { VenueKinds } from "../actors/venue/venue_state.ts";
import type { ShardName } from "../protocols/kernel/shard.ts";
import type { ReadonlySpace } from "../runtime/shard_model.ts";
import type { ShardView } from "../runtime/shard_options.ts";
import { liveShards } from "./shard_registry.ts";
import type { ShardRegistry } from "./shard_registry.ts";

/** Longest wait for a shard of this node. */
const shard_ms_max = 500;
/** Accounts with a rule of their own, and runs of cancels, that are named per shard. */
const named_max = 200;

/** What a node says of itself. */
export interface NodeStatus {
  readonly node: string;
  readonly notReady: readonly string[];
  readonly shards: readonly ShardName[];
  readonly venues: readonly object[];
  readonly accounts: readonly object[];
  readonly silent: readonly ShardName[];
}

/** Gathers a node's own status. */
export const nodeStatus = async (
  node: string,
  registry: ShardRegistry,
  notReady: () => readonly string[],
): Promise<NodeStatus> => {
  const silent: ShardName[] = [];
  const ask = async <Kinds>(
    name: ShardName,
    view: ShardView<Kinds>,
    read: (space: ReadonlySpace<Kinds>) => object,
  ): Promise<readonly object[]> => {
    const said = await readOf(view, read);
    if (said === undefined) silent.push(name);
    return said === undefined ? [] : [{ shard: name, ...said }];
  };
  const venues = [...registry.venues].map(([name, view]) => ask(name, view, venueStatus));
  const accounts = [...registry.accounts].map(([name, view]) => ask(name, view, accountStatus));
  const [venueAnswers, accountAnswers] = [await Promise.all(venues), await Promise.all(accounts)];
  return {
    node,
    notReady: notReady(),
    shards: liveShards(registry),
    venues: venueAnswers.flat(),
    accounts: accountAnswers.flat(),
    silent,
  };
};

const readOf = <Kinds>(
  view: ShardView<Kinds>,
  read: (space: ReadonlySpace<Kinds>) => object,
): Promise<object | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), shard_ms_max);
    const taken = view.read((space) => {
      clearTimeout(timer);
      resolve(read(space));
    });
    if (taken) return;
    clearTimeout(timer);
    resolve(undefined);
  });

const venueStatus = (space: ReadonlySpace<VenueKinds>): object => {
  const [entry] = space.entries("session");
  if (entry === undefined) return {};
  const [venue, { status, reason, since, inboundSeq, counters }] = entry;
  const halt = space.get("halt", venue);
  const scopes = [...space.entries("halt")].filter(([key]) => key !== venue).slice(0, named_max);
  const breaker = space.get("breaker", venue);
  const rate = space.get("rate", venue);
  const reconcile = space.get("reconcile", venue);
  return {
    venue,
    session: { status, reason, since, inboundSeq, ...counters },
    tradingState: halt === undefined ? "active" : "halted",
    ...(halt === undefined ? {} : { halted: halt.by }),
    ...(scopes.length === 0
      ? {}
      : { haltedScopes: scopes.map(([scope, { by }]) => ({ scope, ...by })) }),
    ...(breaker === undefined ? {} : { breaker: breaker.phase }),
    // What the venue has closed to us, with the ends in milliseconds since the epoch.
    ...(rate === undefined ? {} : { rateClosed: rate.closed }),
    ordersQueued: space.size("queuedPlace") + space.size("queuedReplace"),
    ...(reconcile === undefined
      ? {}
      : {
          reconciling: reconcile.run !== undefined,
          failures: reconcile.failures,
          unknown: reconcile.unknown ?? [],
          ...(reconcile.broken === undefined ? {} : { broken: reconcile.broken }),
        }),
    unanswered: space.size("request"),
    inDoubt: space.size("doubt"),
    leftToAPerson: space.size("unresolved"),
    cancelsWaiting: space.size("waiting"),
    massCancels: space.size("massCancel"),
  };
};

const accountStatus = (space: ReadonlySpace<AccountKinds>): object => {
  const rules: object[] = [];
  for (const [scope, { state, by }] of space.entries("tradingRule")) {
    if (rules.length < named_max) rules.push({ scope, tradingState: state, ...by });
  }
  for (const [account, { tradingState, ruledBy }] of space.entries("account")) {
    if (tradingState === "active" || rules.length >= named_max) continue;
    rules.push({ scope: account, tradingState, ...ruledBy });
  }
  const cancels: object[] = [];
  for (const [id, { cause, scope, by, round, asked }] of space.entries("operatorCancel")) {
    if (cancels.length < named_max) cancels.push({ id, cause, ...scope, ...by, round, asked });
  }
  return { openOrders: space.size("open"), tradingRules: rules, operatorCancels: cancels };
};
