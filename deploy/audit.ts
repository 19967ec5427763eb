/**
 * Audits a deployment's account shards from their journals alone: every checksum, every state
 * proof, position = Σ fills + external (invariant 4), counted apart from the positions' own
 * folding (`fill_tally.ts`), and that the strategies' positions add up to the accounts'.
 */
import { Effect } from "effect";
import { evolve } from "../actors/account_evolve.ts";
import { holdingFaults } from "../actors/account_holdings.ts";
import type { AccountEvent, AccountKinds } from "../actors/account_kinds.ts";
import { accountKinds } from "../actors/pipeline.ts";
import { accountShard, shardName } from "../protocols/kernel/shard.ts";
import { formatSteps } from "../protocols/kernel/grid.ts";
import { auditShard } from "../runtime/audit.ts";
import type { Evolver } from "../runtime/shard_state.ts";
import { connectionLayer } from "./node_layers.ts";
import { journalJetstream } from "../runtime/journal_jetstream.ts";
import { makeFillTally } from "./fill_tally.ts";
import type { FillSum } from "./fill_tally.ts";
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
      yield* auditOne(index, tally);
    }
    return tally satisfies AuditReport;
  }).pipe(
    Effect.provide(journalJetstream()),
    Effect.provide(connectionLayer(servers, "oms-audit")),
    Effect.runPromise,
  );

const auditOne = (index: number, tally: Tally) =>
  Effect.gen(function* () {
    const shard = accountShard(index);
    const fills = makeFillTally();
    const model: Evolver<AccountKinds, AccountEvent> = {
      kinds: accountKinds,
      evolve,
    };
    const audited = yield* Effect.result(auditShard(shard, model, fills.count));
    if (audited._tag === "Failure") {
      tally.ok = false;
      tally.lines.push(`${shardName(shard)}: ${describe(audited.failure)}`);
      return;
    }
    const { state, frames, turns } = audited.success;
    tally.frames += frames;
    tally.turns += turns;
    tally.trades += fills.trades();
    const uncounted = new Set(fills.sums.keys());
    for (const [key, position] of state.space.entries("position")) {
      const { lot } = position.grid;
      const { fills_lots, external_lots } = fills.sums.get(key) ?? noFills;
      uncounted.delete(key);
      const holds =
        position.netQty_lots === fills_lots + external_lots &&
        position.externalQty_lots === external_lots;
      if (!holds) tally.ok = false;
      const net = formatSteps(position.netQty_lots, lot);
      const external = external_lots === 0 ? "" : ` + external ${formatSteps(external_lots, lot)}`;
      const sum = `${formatSteps(fills_lots, lot)}${external}`;
      tally.lines.push(`${key} ${net} ${holds ? "=" : "≠"} Σ fills ${sum}`);
    }
    for (const key of uncounted) {
      tally.ok = false;
      tally.lines.push(`${key} has fills and no position`);
    }
    for (const fault of holdingFaults(state.space)) {
      tally.ok = false;
      tally.lines.push(`virtual positions: ${fault}`);
    }
  });

const noFills: FillSum = { fills_lots: 0, external_lots: 0 };

const describe = (failure: { readonly _tag: string; readonly cause: unknown }): string => {
  const { _tag, cause } = failure;
  return `${_tag}: ${cause instanceof Error ? cause.message : String(cause)}`;
};
