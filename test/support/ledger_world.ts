/**
 * A world of ledger shards on given services: start, crash and ask them, and count what they said.
 */
import { Effect, Fiber } from "effect";
import type { Exit, Layer, Scope } from "effect";
import { accountShard, shardName } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import type { Lane } from "../../protocols/kernel/subjects.ts";
import { auditShard } from "../../runtime/audit.ts";
import type { EventFeed } from "../../runtime/event_feed.ts";
import type { Journal } from "../../runtime/journal.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import { runShard } from "../../runtime/shard_loop.ts";
import { silentObserver } from "../../runtime/shard_options.ts";
import type { ShardObserver, ShardView } from "../../runtime/shard_options.ts";
import type { SnapshotStore } from "../../runtime/snapshot_store.ts";
import { ledgerModel } from "./ledger_model.ts";
import type { Balance, LedgerCommand, LedgerKinds } from "./ledger_model.ts";

/** What a shard needs. */
export type ShardServices = Journal | Mailbox | EventFeed | SnapshotStore;

/** One running owner of a ledger shard. */
export interface LedgerOwner {
  readonly view: ShardView<LedgerKinds>;
  /** Effects that were performed. */
  readonly performed: readonly number[];
  /** Posts a driver input. */
  readonly post: (input: number) => boolean;
  /** Ends the owner as a crash would: nothing is finished or flushed. */
  readonly crash: Effect.Effect<void>;
  /** How it ended, once it has. */
  readonly ended: Effect.Effect<Exit.Exit<void, unknown>>;
}

/** Starts an owner of a ledger shard; completes when it is live. */
export const startLedger = (
  index: number,
  options: {
    readonly node?: string;
    readonly observer?: Partial<ShardObserver>;
    readonly snapshotEvery_frames?: number;
  } = {},
): Effect.Effect<LedgerOwner, never, ShardServices> =>
  Effect.gen(function* () {
    const shard = accountShard(index);
    const performed: number[] = [];
    let post: (input: number) => boolean = () => false;
    const services = yield* Effect.context<ShardServices>();
    const owner = yield* Effect.callback<LedgerOwner>((resume) => {
      const fiber: Fiber.Fiber<void, unknown> = Effect.runForkWith(services)(
        runShard({
          shard,
          node: options.node ?? "node-1",
          model: ledgerModel(shard),
          mayAct: () => true,
          observer: { ...silentObserver, ...options.observer },
          driver: (context) =>
            Effect.sync(() => {
              post = context.post;
              return { perform: (n: number) => void performed.push(n) };
            }),
          onLive: (view) =>
            Effect.sync(() =>
              resume(
                Effect.succeed({
                  view,
                  performed,
                  post: (input) => post(input),
                  crash: Effect.suspend(() => Effect.asVoid(Fiber.interrupt(fiber))),
                  ended: Effect.suspend(() => Fiber.await(fiber)),
                }),
              ),
            ),
          ...(options.snapshotEvery_frames === undefined
            ? {}
            : { snapshotEvery_frames: options.snapshotEvery_frames }),
        }),
      );
    });
    return owner;
  });

let sent = 0;

/** Puts a command into a shard's mailbox; the same `msgId` is one command. */
export const command = (index: number, body: LedgerCommand, lane: Lane = "n", msgId?: string) =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox;
    sent += 1;
    const subject = `oms.v1.mbx.${lane}.acct.${index}.${body.key}.s.c${sent}.submit`;
    yield* mailbox.publish(subject, Buffer.from(JSON.stringify(body)), msgId ?? `cmd-${sent}`);
  });

/** The balances of a live owner, once committed. */
export const balances = (owner: LedgerOwner): Effect.Effect<ReadonlyMap<string, Balance>> =>
  Effect.callback((resume) => {
    owner.view.read((space) => resume(Effect.succeed(new Map(space.entries("balance")))));
  });

/** Waits until a shard's changes add up to a number. */
export const untilChanges = (owner: LedgerOwner, changes: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 2000; tries += 1) {
      const seen = [...(yield* balances(owner)).values()].reduce((n, b) => n + b.changes, 0);
      if (seen >= changes) return;
      yield* Effect.sleep("2 millis");
    }
    return yield* Effect.die(new Error(`never saw ${changes} changes`));
  });

/** Replays a shard's journal from its first frame and gives its balances. */
export const auditLedger = (index: number) =>
  Effect.map(
    auditShard(accountShard(index), ledgerModel(accountShard(index)), () => undefined),
    (audit) => ({
      ...audit,
      balances: new Map(audit.state.space.entries("balance")),
    }),
  );

/** Runs a test's body on services of its own. */
export const inWorld = <A, E>(
  services: Layer.Layer<ShardServices, unknown>,
  body: Effect.Effect<A, E, ShardServices | Scope.Scope>,
): Promise<A> =>
  Effect.runPromise(Effect.scoped(Effect.provide(body, services)) as Effect.Effect<A, E>);

/** A shard's name, for messages. */
export const nameOf = (index: number): string => shardName(accountShard(index));
export type { Shard };
