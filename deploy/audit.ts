/**
 * Audits a deployment's account shards from their journals alone: every checksum, every state
 * proof, and position = Σ fills (invariant 4), counted apart from the positions' own folding.
 */
import { Effect } from "effect";
import { evolve } from "../actors/account_evolve.ts";
import { holdingKey } from "../actors/account_kinds.ts";
import type { AccountEvent, AccountKinds } from "../actors/account_kinds.ts";
import { accountKinds, quoteOf } from "../actors/pipeline.ts";
import { partsOfOrderId } from "../protocols/kernel/ids.ts";
import { accountShard, shardName } from "../protocols/kernel/shard.ts";
import { formatSteps } from "../protocols/kernel/grid.ts";
import { auditShard } from "../runtime/audit.ts";
import type { Evolver } from "../runtime/shard_state.ts";
import { connectionLayer } from "./node_layers.ts";
import { journalJetstream } from "../runtime/journal_jetstream.ts";
import type { DeploymentConfig } from "./reference_config.ts";

/** What an audit says: whether all of it holds, and a line for each position or fault. */
export interface AuditReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
  readonly frames: number;
  readonly turns: number;
  readonly trades: number;
}

interface Tally {
  frames: number;
  turns: number;
  trades: number;
  readonly lines: string[];
  ok: boolean;
}

/** Replays the journals of all account shards and compares positions with the fills in them. */
export const auditPositions = (
  servers: readonly string[],
  config: DeploymentConfig,
): Promise<AuditReport> =>
  Effect.gen(function* () {
    const tally: Tally = { frames: 0, turns: 0, trades: 0, lines: [], ok: true };
    for (let index = 0; index < config.accountShards; index += 1) {
      yield* auditOne(index, config, tally);
    }
    return tally satisfies AuditReport;
  }).pipe(
    Effect.provide(journalJetstream()),
    Effect.provide(connectionLayer(servers, "oms-audit")),
    Effect.runPromise,
  );

const auditOne = (index: number, config: DeploymentConfig, tally: Tally) =>
  Effect.gen(function* () {
    const shard = accountShard(index);
    const sideOf = new Map<string, { readonly instrument: string; readonly sign: number }>();
    const fills = new Map<string, number>();
    const count = (event: AccountEvent): void => {
      if (!("execType" in event)) return;
      if (event.execType === "pending_new") {
        const { instrument, side } = event.terms;
        sideOf.set(event.orderId, { instrument, sign: side === "buy" ? 1 : -1 });
      }
      if (event.execType !== "trade") return;
      const order = sideOf.get(event.orderId);
      if (order === undefined) throw new Error(`a fill of ${event.orderId} precedes its order`);
      const key = holdingKey(partsOfOrderId(event.orderId).account, order.instrument);
      fills.set(key, (fills.get(key) ?? 0) + order.sign * event.lastQty_lots);
      tally.trades += 1;
    };
    const model: Evolver<AccountKinds, AccountEvent> = {
      kinds: accountKinds,
      evolve: (space, event) => evolve(space, event, quoteOf(config.reference)),
    };
    const audited = yield* Effect.result(auditShard(shard, model, count));
    if (audited._tag === "Failure") {
      tally.ok = false;
      tally.lines.push(`${shardName(shard)}: ${describe(audited.failure)}`);
      return;
    }
    const { state, frames, turns } = audited.success;
    tally.frames += frames;
    tally.turns += turns;
    for (const [key, position] of state.space.entries("position")) {
      const { lot } = position.grid;
      const sum = fills.get(key) ?? 0;
      fills.delete(key);
      const holds = sum === position.netQty_lots - position.externalQty_lots;
      if (!holds) tally.ok = false;
      const net = formatSteps(position.netQty_lots, lot);
      tally.lines.push(`${key} ${net} ${holds ? "=" : "≠"} Σ fills ${formatSteps(sum, lot)}`);
    }
    for (const [key, sum] of fills) {
      tally.ok = false;
      tally.lines.push(`${key} has fills of ${sum} lots and no position`);
    }
  });

const describe = (failure: { readonly _tag: string; readonly cause: unknown }): string => {
  const { _tag, cause } = failure;
  return `${_tag}: ${cause instanceof Error ? cause.message : String(cause)}`;
};
