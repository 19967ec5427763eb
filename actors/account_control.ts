/**
 * What operators ask of an account shard: trading states, the kill switch, mass cancels.
 *
 * Each request is a mailbox message of its own and carried out once; its facts say who asked and
 * why, and the account's events show it. A kill is two steps in one turn: the scope is halted, and
 * then its open orders are canceled, slice by slice, until none is left.
 *
 * A release sends nothing by itself: a stop that was met in a halted scope has ended, with that
 * as its reason.
 *
 * Owns: reading the requests and carrying them out once.
 * Never: answers the operator: `durably received` is all that was said, events tell the rest.
 */
import { Result } from "effect";
import {
  askedByOf,
  readKill,
  readMassCancelControl,
  readTradingState,
} from "../protocols/control.ts";
import type { AskedBy, CancelAtVenue, RuledBy } from "../protocols/control.ts";
import { controlMemoryKey, idToCarryOut } from "../protocols/control_memory.ts";
import type { CommandReader, Digested } from "../protocols/command.ts";
import type { AccountId } from "../protocols/kernel/ids.ts";
import { accountShard, accountShardIndex, shardName } from "../protocols/kernel/shard.ts";
import { accountEventSubject } from "../protocols/kernel/subjects.ts";
import type { ControlVerb } from "../protocols/kernel/subjects.ts";
import type { TradingState } from "../protocols/trading_state.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { beginOperatorCancel, releaseKills } from "./account_kill.ts";
import { allAccounts } from "./control/control_fact.ts";
import type { CancelScope } from "./control/operator_cancel.ts";

/** Accounts that a shard-wide change is published for by name: a turn is bounded. */
const named_max = 500;

/** Takes a request of an operator. Throws where it cannot be read or is not for this shard. */
export const takeControl = (
  turn: AccountTurn,
  world: AccountWorld,
  what: ControlVerb,
  data: Uint8Array,
): void => {
  switch (what) {
    case "trading_state": {
      const asked = takeOnce(turn, world, what, read(readTradingState, data));
      if (asked === undefined) return;
      setState(turn, world, scopeOf(asked), asked.state, ruledBy(turn, asked));
      return;
    }
    case "kill": {
      const asked = takeOnce(turn, world, what, read(readKill, data));
      if (asked === undefined) return;
      const [scope, by] = [scopeOf(asked), ruledBy(turn, asked)];
      setState(turn, world, scope, "halted", by);
      beginOperatorCancel(turn, world, { cause: "kill", scope, by });
      return;
    }
    case "mass_cancel": {
      const asked = takeOnce(turn, world, what, read(readMassCancelControl, data));
      if (asked === undefined) return;
      const { instrument, side } = asked;
      const scope: CancelScope = {
        ...scopeOf(asked),
        ...(instrument === undefined ? {} : { instrument }),
        ...(side === undefined ? {} : { side }),
      };
      beginOperatorCancel(turn, world, { cause: "mass_cancel", scope, by: ruledBy(turn, asked) });
      return;
    }
    case "halt":
    case "resume":
    case "reconcile":
    case "release":
      throw new Error(`${what} is not for an account shard`);
    default:
      what satisfies never;
  }
};

/** A venue's shard says that what is open at its venue is to be canceled, each order by its id. */
export const cancelAtVenue = (
  turn: AccountTurn,
  world: AccountWorld,
  { venue, cause, by, instrument, side }: CancelAtVenue,
): void => {
  const scope: CancelScope = {
    venue,
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
  };
  beginOperatorCancel(turn, world, { cause, scope, by: ruledBy(turn, by) });
};

const read = <Asked>(reader: CommandReader<Asked>, data: Uint8Array): Asked => {
  const asked = reader(data);
  if (Result.isSuccess(asked)) return asked.success;
  throw new Error(`MALFORMED at ${asked.failure.path}: ${asked.failure.message}`);
};

/** The request, noted, under the id to carry it out by; undefined where it was before. */
const takeOnce = <Asked extends AskedBy & Digested & { readonly account?: AccountId }>(
  turn: AccountTurn,
  { accountShards, shardIndex }: AccountWorld,
  verb: ControlVerb,
  asked: Asked,
): Asked | undefined => {
  const { account, requestId: cameAs, digest } = asked;
  if (account !== undefined && accountShardIndex(account, accountShards) !== shardIndex) {
    throw new Error("the account lives in another shard");
  }
  const memory = turn.space.get("control", controlMemoryKey);
  const requestId = idToCarryOut(memory, { requestId: cameAs, verb, digest });
  if (requestId === undefined) return undefined;
  const taken = { ...asked, requestId };
  const renamed = requestId === cameAs ? {} : { cameAs };
  const by = askedByOf(taken);
  turn.emit({ what: "control_taken", verb, by, ...renamed, digest, at: turn.now });
  return taken;
};

const ruledBy = (turn: AccountTurn, asked: AskedBy): RuledBy => ({
  ...askedByOf(asked),
  since: turn.now,
});

type Scope = Pick<CancelScope, "account" | "strategy">;

const scopeOf = ({ account, strategy }: Scope): Scope => ({
  ...(account === undefined ? {} : { account }),
  ...(strategy === undefined ? {} : { strategy }),
});

const setState = (
  turn: AccountTurn,
  world: AccountWorld,
  scope: Scope,
  state: TradingState,
  by: RuledBy,
): void => {
  turn.emit({ what: "trading_state_set", ...scope, state, by });
  const shard = shardName(accountShard(world.shardIndex));
  const { requestId, operator, reason } = by;
  for (const account of shownTo(world, scope)) {
    turn.publish(accountEventSubject(account, "trading_state"), (eventId) => ({
      eventId,
      account,
      ...(scope.strategy === undefined ? {} : { strategy: scope.strategy }),
      scope: scopeName(scope),
      shard,
      tradingState: state,
      requestId,
      operator,
      reason,
      tsEvent: by.since,
      tsInit: turn.now,
    }));
  }
  if (state !== "halted") releaseKills(turn, world, scope);
};

const scopeName = ({ account, strategy }: Scope): "all" | "account" | "strategy" => {
  if (account === undefined) return "all";
  return strategy === undefined ? "account" : "strategy";
};

/** Whose events show a change: for a shard-wide one every account that is configured here. */
const shownTo = (
  { reference, accountShards, shardIndex }: AccountWorld,
  { account }: Scope,
): readonly AccountId[] => {
  if (account !== undefined) return [account as AccountId];
  const here = [...reference.accounts.keys()].filter(
    (one) => accountShardIndex(one, accountShards) === shardIndex,
  );
  return [allAccounts as AccountId, ...here.slice(0, named_max)];
};
