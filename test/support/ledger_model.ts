/**
 * The smallest shard worth testing the runtime with: named balances, transfers between shards,
 * timers, a driver effect, and commands that misbehave.
 *
 * Commands are JSON texts in mailbox messages: `{op, key, n, …}`. Every accepted command publishes
 * one event, so a test can count answers.
 */
import { accountShard, shardName } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import type { ShardInput, ShardModel, Turn } from "../../runtime/shard_model.ts";

/** What a command may ask. */
export type LedgerCommand =
  | { readonly op: "add"; readonly key: string; readonly n: number }
  | { readonly op: "transfer"; readonly key: string; readonly n: number; readonly toShard: number }
  | { readonly op: "later"; readonly key: string; readonly n: number; readonly after_ms: number }
  | { readonly op: "effect"; readonly key: string; readonly n: number }
  | { readonly op: "boom"; readonly key: string; readonly n: number };

/** A balance and how many changes it has seen. */
export interface Balance {
  readonly total: bigint;
  readonly changes: number;
}

/** Kinds of actor state. */
export interface LedgerKinds {
  readonly balance: Balance;
  readonly waiting: { readonly key: string; readonly n: number };
}

/** Facts. */
export type LedgerEvent =
  | { readonly type: "changed"; readonly key: string; readonly n: number }
  | { readonly type: "waits"; readonly id: string; readonly key: string; readonly n: number }
  | { readonly type: "waited"; readonly id: string };

/** What shards tell each other. */
export interface LedgerMessage {
  readonly key: string;
  readonly n: number;
}

type LedgerTurn = Turn<LedgerKinds, LedgerEvent, LedgerMessage, number>;
type LedgerInput = ShardInput<LedgerMessage, number>;

/** Subject that the ledger publishes a change on. */
export const changeSubject = (shard: Shard, key: string): string =>
  `oms.v1.evt.account.${key}.${shardName(shard)}`;

const change = (shard: Shard, turn: LedgerTurn, key: string, n: number): void => {
  turn.emit({ type: "changed", key, n });
  turn.publish(changeSubject(shard, key), (eventId) => ({ eventId, key, n }));
};

const runCommand = (shard: Shard, command: LedgerCommand, seq: number, turn: LedgerTurn): void => {
  switch (command.op) {
    case "add":
      change(shard, turn, command.key, command.n);
      return;
    case "transfer":
      change(shard, turn, command.key, -command.n);
      turn.send(accountShard(command.toShard), { key: command.key, n: command.n });
      return;
    case "later": {
      const id = `later-${seq}`;
      turn.emit({ type: "waits", id, key: command.key, n: command.n });
      turn.timer(id, turn.now_ns + BigInt(command.after_ms) * 1_000_000n);
      return;
    }
    case "effect":
      change(shard, turn, command.key, command.n);
      turn.perform(command.n);
      return;
    case "boom":
      change(shard, turn, command.key, command.n);
      throw new Error("boom");
    default:
      command satisfies never;
      throw new Error("no such command");
  }
};

/** The ledger of one shard. */
export const ledgerModel = (
  shard: Shard,
): ShardModel<LedgerKinds, LedgerEvent, LedgerMessage, number, number> => ({
  kinds: ["balance", "waiting"],
  decide: (input: LedgerInput, turn) => {
    switch (input.type) {
      case "command": {
        const command = JSON.parse(Buffer.from(input.data).toString()) as LedgerCommand;
        runCommand(shard, command, input.seq, turn);
        return;
      }
      case "message":
        change(shard, turn, input.message.key, input.message.n);
        return;
      case "timer": {
        const waiting = turn.space.get("waiting", input.id);
        if (waiting === undefined) return;
        turn.emit({ type: "waited", id: input.id });
        change(shard, turn, waiting.key, waiting.n);
        return;
      }
      case "local":
        if (input.input < 0) throw new Error("an input that cannot be processed");
        change(shard, turn, "local", input.input);
        return;
      case "started":
        return;
      default:
        input satisfies never;
    }
  },
  evolve: (space, event) => {
    switch (event.type) {
      case "changed": {
        const before = space.get("balance", event.key) ?? { total: 0n, changes: 0 };
        space.set("balance", event.key, {
          total: before.total + BigInt(event.n),
          changes: before.changes + 1,
        });
        return;
      }
      case "waits":
        space.set("waiting", event.id, { key: event.key, n: event.n });
        return;
      case "waited":
        space.remove("waiting", event.id);
        return;
      default:
        event satisfies never;
    }
  },
  isVital: (input) => input.type === "started" || input.type === "local",
  park: (_input, cause, turn) => {
    turn.publish(changeSubject(shard, "parked"), (eventId) => ({ eventId, cause }));
  },
});
