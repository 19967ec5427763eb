/**
 * A real account shard that comes to hold many open orders, as fast as its own loop allows.
 *
 * The shard loop, the actors, journal frames and snapshots are the product's; only the mailbox is
 * inside the process, and the event feed is a hole. The journal and the snapshots are the caller's.
 */
import { Deferred, Effect, Fiber, Layer } from "effect";
import { accountShardModel } from "../../actors/pipeline.ts";
import type { AccountKinds } from "../../actors/account_kinds.ts";
import { createMarketView } from "../../actors/market_data/market_view.ts";
import { parseConfig } from "../../deploy/reference_config.ts";
import { orderIdOf } from "../../protocols/kernel/ids.ts";
import type { ClOrdId, InstrumentId, StrategyId, VenueId } from "../../protocols/kernel/ids.ts";
import { accountShard } from "../../protocols/kernel/shard.ts";
import { EventFeed } from "../../runtime/event_feed.ts";
import { runShard } from "../../runtime/shard_loop.ts";
import { silentObserver } from "../../runtime/shard_options.ts";
import type { ReadonlySpace } from "../../runtime/shard_model.ts";
import type { ShardView } from "../../runtime/shard_options.ts";
import { configText, instrumentName, venueName } from "./bench_config.ts";
import { heldOrder, openOrderMailbox } from "./open_order_mailbox.ts";

/** The shard: the only account shard of its deployment. */
export const heldShard = accountShard(0);

/** The model of the shard, with a market that its orders are judged by. */
export const heldShardModel = () => {
  const { reference } = parseConfig(configText(1));
  const market = createMarketView(reference);
  const at_ns = BigInt(Date.now()) * 1_000_000n;
  const level = (price_ticks: number) => [{ price_ticks, qty_lots: 10_000_000 }];
  market.apply(
    venueName as VenueId,
    instrumentName as InstrumentId,
    { kind: "depth", bids: level(6_199_900), asks: level(6_200_100), tsEvent_ns: at_ns },
    at_ns,
  );
  return accountShardModel({ shardIndex: 0, accountShards: 1, reference, market });
};

/** Open orders of all accounts in a shard. */
export const openOrdersIn = (space: ReadonlySpace<AccountKinds>): number => {
  let open = 0;
  for (const [, account] of space.entries("account")) open += account.openOrders;
  return open;
};

const noFeed = Layer.succeed(EventFeed, EventFeed.of({ publish: () => Effect.void }));
const poll = "20 millis";

const ask = <A>(
  view: ShardView<AccountKinds>,
  question: (space: ReadonlySpace<AccountKinds>) => A,
): Effect.Effect<A> =>
  Effect.callback((resume) => {
    view.read((space) => resume(Effect.succeed(question(space))));
  });

/** Runs the shard until all of its orders rest at the venue; it lives on in the caller's scope. */
export const holdOpenOrders = (orders: number) =>
  Effect.gen(function* () {
    const { account, strategy, clOrdId } = heldOrder(orders - 1);
    const lastId = orderIdOf(account, strategy as StrategyId, clOrdId as ClOrdId);
    const live = yield* Deferred.make<ShardView<AccountKinds>>();
    const running = yield* Effect.forkScoped(
      runShard({
        shard: heldShard,
        node: "bench",
        model: heldShardModel(),
        mayAct: () => true,
        observer: silentObserver,
        onLive: (view: ShardView<AccountKinds>) => Effect.asVoid(Deferred.succeed(live, view)),
      }).pipe(Effect.provide(Layer.merge(openOrderMailbox(orders), noFeed))),
    );
    const ended = Effect.andThen(Fiber.join(running), Effect.die("the shard ended by itself"));
    const filled = Effect.gen(function* () {
      const view = yield* Deferred.await(live);
      const isResting = ask(view, (space) => {
        const last = space.get("order", lastId);
        return last !== undefined && last.phase !== "pending_new";
      });
      while (!(yield* isResting)) yield* Effect.sleep(poll);
      const open = yield* ask(view, openOrdersIn);
      if (open !== orders) return yield* Effect.die(`${open} of ${orders} orders are open`);
      return view;
    });
    return yield* Effect.raceFirst(filled, ended);
  });
