/**
 * One event of each kind of a venue's and of an account's feed, as their shards really make it, for
 * the golden files.
 *
 * Owns: the little scenes that bring each kind about.
 */
import { amendExternal } from "../../actors/account_external.ts";
import { raise } from "../../actors/account_outcome.ts";
import { breakerOptions_default } from "../../actors/venue/breaker_options.ts";
import { reconcileOptions_default } from "../../actors/venue/reconcile_options.ts";
import type { accountEventBodies } from "../../protocols/account_event.ts";
import type { ClOrdId, StrategyId } from "../../protocols/kernel/ids.ts";
import { orderIdOf } from "../../protocols/kernel/ids.ts";
import type { venueEventBodies } from "../../protocols/venue_event.ts";
import { AccountBench, desk, legOf as accountLegOf } from "../actors/account/account_bench.ts";
import { account, limit10 } from "../actors/account/desk_reference.ts";
import { DeskShard } from "../actors/account/desk_shard.ts";
import { hear, report, soon } from "../actors/venue/venue_bench_steps.ts";
import { legOf, place } from "../actors/venue/venue_requests.ts";
import { VenueShardBench } from "../actors/venue/venue_shard_bench.ts";

const by = (requestId: string) => ({ requestId, operator: "ann", reason: "fat finger" });

const opened = (): VenueShardBench => {
  const bench = new VenueShardBench({ massCancel: true });
  bench.open();
  return bench;
};

/** A run that finds one order missing and gets no word of the executions. */
const reconciled = (): VenueShardBench => {
  const bench = new VenueShardBench({ reconcile: reconcileOptions_default });
  bench.open();
  const answer = (): void => {
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "snapshot" || effect.question.part === "executions") continue;
      const { part, askedAt } = effect.question;
      const content =
        part === "open_orders" ? ({ part, orders: [] } as const) : { part, positions: [] };
      const asOfSeq = bench.session?.inboundSeq ?? 0;
      bench.local({
        type: "snapshot",
        link: 1,
        answer: { askedAt, asOfSeq, younger: [], ...content },
      });
    }
  };
  answer();
  bench.pass(5_000);
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(legOf("a", "new:0")));
  bench.message({ kind: "reconcile", reason: "golden" });
  answer();
  bench.pass(5_000);
  return bench;
};

/** Three requests without an answer, at a venue of little credit. */
const tripped = (): VenueShardBench => {
  const breaker = { ...breakerOptions_default, timeouts_max: 2 };
  const bench = new VenueShardBench({ breaker });
  bench.open();
  for (const name of ["a", "b", "c"]) bench.message(place(name, soon(bench)));
  bench.pass(bench.options.answerTimeout_ms);
  return bench;
};

/** All but `rate`, of which there is an example by hand. */
type VenueKind = Exclude<keyof typeof venueEventBodies, "rate">;

const venueScenes: Readonly<Record<VenueKind, () => VenueShardBench>> = {
  session: opened,
  reconciled,
  breaker: tripped,
  incident: () => {
    const bench = opened();
    hear(bench, 3, report(legOf("a", "new:0")));
    return bench;
  },
  trading_state: () => {
    const bench = opened();
    bench.control("halt", by("h1"));
    return bench;
  },
  mass_cancel: () => {
    const bench = opened();
    bench.control("mass_cancel", { ...by("m1"), side: "buy" });
    return bench;
  },
};

const fill = {
  execKey: "SIMX|x9|trade|3|3@110",
  side: "buy",
  ...{ lastQty_lots: 3, lastPx_ticks: 110 },
  fee: { amount: "0.02", currency: "USDT" },
} as const;
const h1 = orderIdOf(desk, "hand" as StrategyId, "h1" as ClOrdId);

/** What an account shard with a long position and an external trade has published. */
const ofAccount = (act: (bench: AccountBench) => void): readonly Heard[] => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h0", "buy", 4), 4, 100);
  act(bench);
  return bench.published;
};

const ofOperator = (what: string, act: (shard: DeskShard) => void): readonly Heard[] => {
  const shard = new DeskShard();
  shard.submit("a", limit10);
  shard.ack("a");
  act(shard);
  return shard.accountEvents.flatMap(({ what: kind, ...body }) =>
    kind === what ? [{ what, body }] : [],
  );
};

interface Heard {
  readonly what: string;
  readonly body: object;
}

const accountScenes: Readonly<Record<keyof typeof accountEventBodies, () => readonly Heard[]>> = {
  incident: () =>
    ofAccount((bench) => raise(bench.turn(), h1, { what: "overfill", text: "by 3 lots" })),
  trading_state: () =>
    ofOperator("trading_state", (shard) => {
      shard.control("trading_state", { ...by("t1"), account, state: "halted" });
    }),
  kill: () => ofOperator("kill", (shard) => void shard.control("kill", { ...by("k1"), account })),
  mass_cancel: () =>
    ofOperator("mass_cancel", (shard) => {
      shard.control("mass_cancel", { ...by("m1"), account, side: "buy" });
    }),
  external_trade: () => ofAccount((bench) => void bench.external(fill)),
  external_attributed: () =>
    ofAccount((bench) => {
      bench.external({ ...fill, clOrdId: accountLegOf(h1) });
      bench.order("hand", "h1", "buy", 10);
    }),
  external_amended: () =>
    ofAccount((bench) => {
      bench.external(fill);
      const [, held] = [...bench.space.entries("external")][0] ?? [];
      const trade = held?.entries[0]?.trade;
      if (trade === undefined) throw new Error("it is in the bucket");
      const to = { lastQty_lots: 2, lastPx_ticks: 110 };
      amendExternal(bench.turn(), bench.world, { ...trade, amendKey: "SIMX|a1", to });
    }),
  position_adjusted: () =>
    ofAccount((bench) => void bench.adjust({ kind: "split", numerator: 3, denominator: 2 })),
  adjustment_refused: () =>
    ofAccount((bench) => void bench.adjust({ kind: "split", numerator: 4, denominator: 3 })),
  adjustment_repeated: () =>
    ofAccount((bench) => {
      const dividend = { kind: "cash", amount: "1.50", currency: "EUR" } as const;
      bench.adjust(dividend, { adjustmentId: "d1" });
      bench.adjust(dividend, { adjustmentId: "d1" });
    }),
  position_marked: () => ofAccount((bench) => void bench.mark("2026-03-30", { "BTC-USDT": 105 })),
  positions_marked: () => ofAccount((bench) => void bench.mark("2026-03-30", { "BTC-USDT": 105 })),
};

/** The last event of each kind of both feeds, by the name of its golden file. */
export const goldenFeed = (): ReadonlyMap<string, object> =>
  new Map([
    ...Object.entries(venueScenes).map(([what, scene]): [string, object] => {
      const said = scene().published.findLast(({ subject }) => subject.endsWith(`.${what}`));
      return [`venue_${what}`, said?.body ?? {}];
    }),
    ...Object.entries(accountScenes).map(([kind, scene]): [string, object] => {
      const said = scene().findLast(({ what }) => what === kind);
      return [`account_${kind}`, said?.body ?? {}];
    }),
  ]);
