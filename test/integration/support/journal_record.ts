/**
 * The state of every order as the journals give it: replayed from the first frame, no snapshot.
 */
import { Effect } from "effect";
import { evolve } from "../../../actors/account_evolve.ts";
import type { AccountEvent, AccountKinds } from "../../../actors/account_kinds.ts";
import { accountKinds } from "../../../actors/pipeline.ts";
import { connectionLayer } from "../../../deploy/node_layers.ts";
import type { DeploymentConfig } from "../../../deploy/reference_config.ts";
import { accountShard } from "../../../protocols/kernel/shard.ts";
import type { OrderState } from "../../../protocols/order.ts";
import { auditShard } from "../../../runtime/audit.ts";
import { journalJetstream } from "../../../runtime/journal_jetstream.ts";
import type { Evolver } from "../../../runtime/shard_state.ts";

/** What the account shards' journals say. */
export interface JournalRecord {
  readonly orders: ReadonlyMap<string, OrderState>;
  /** Every id of ours at a venue that an order has ever used: its orders', replaces', cancels'. */
  readonly orderOfRequest: ReadonlyMap<string, string>;
  readonly frames: number;
  readonly proofs: number;
}

/** Reads all account shards' journals. */
export const readJournals = (url: string, config: DeploymentConfig): Promise<JournalRecord> =>
  Effect.gen(function* () {
    const orders = new Map<string, OrderState>();
    const orderOfRequest = new Map<string, string>();
    let frames = 0;
    let proofs = 0;
    const model: Evolver<AccountKinds, AccountEvent> = {
      kinds: accountKinds,
      evolve,
    };
    const note = (event: AccountEvent): void => {
      if (!("execType" in event)) return;
      const { orderId } = event;
      if (event.execType === "pending_new") {
        for (const leg of event.legs) orderOfRequest.set(leg.clOrdId, orderId);
      }
      if (event.execType === "leg_added") orderOfRequest.set(event.leg.clOrdId, orderId);
      if (event.execType === "pending_cancel") orderOfRequest.set(event.cancel.clOrdId, orderId);
      if (event.execType === "pending_replace") orderOfRequest.set(event.replace.clOrdId, orderId);
    };
    for (let index = 0; index < config.accountShards; index += 1) {
      const audit = yield* auditShard(accountShard(index), model, note);
      for (const [orderId, order] of audit.state.space.entries("order")) {
        orders.set(orderId, order);
      }
      frames += audit.frames;
      proofs += audit.proofs;
    }
    return { orders, orderOfRequest, frames, proofs };
  }).pipe(
    Effect.provide(journalJetstream()),
    Effect.provide(connectionLayer([url], "journal-record")),
    Effect.runPromise,
  );
