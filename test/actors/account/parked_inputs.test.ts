/** What becomes of an input of an account shard that failed every time. */
import { expect, it } from "vitest";
import { timerAgain_ms } from "../../../actors/account_park.ts";
import type { AccountInput, AccountMessage } from "../../../actors/account_kinds.ts";
import { dayTimer } from "../../../actors/account_expiry.ts";
import { accountShardModel } from "../../../actors/pipeline.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { AccountBench, btc, desk } from "./account_bench.ts";

const parked = (input: AccountInput) => {
  const bench = new AccountBench();
  const timers: (readonly [string, bigint | undefined])[] = [];
  const turn = {
    ...bench.turn(),
    timer: (id: string, at_ns: bigint | undefined) => timers.push([id, at_ns]),
  };
  accountShardModel(bench.world).park(input, "boom", turn);
  return { bench, timers, now_ns: turn.now_ns };
};

it("a timer comes again: what it does is not left undone for ever", () => {
  const { timers, now_ns } = parked({ type: "timer", id: dayTimer });
  expect(timers).toEqual([[dayTimer, now_ns + BigInt(timerAgain_ms) * 1_000_000n]]);
});

const at = "5" as Nanos;
const requests: readonly (readonly [string, AccountMessage])[] = [
  [
    "adjustment_refused",
    {
      kind: "adjust_position",
      account: desk,
      instrument: btc,
      adjustmentId: "j1",
      reason: "test",
      request: { kind: "cash", amount: "1", currency: "USDT" },
      at,
    },
  ],
  [
    "positions_marked",
    { kind: "mark_positions", account: desk, date: "2026-01-05", marks: {}, done: 0, at },
  ],
  [
    "mass_cancel",
    {
      kind: "mass_cancel",
      account: desk,
      strategy: "s",
      cancelId: "c1",
      digest: "d",
      asked: 100,
      at,
    },
  ],
];

it.each(requests)("a request that failed is answered: %s", (what, message) => {
  const { bench } = parked({ type: "message", from: "acct-0", message });
  expect(bench.published).toMatchObject([
    { what, body: { rejectCode: "INTERNAL_ERROR", text: "parked: boom", tsEvent: at } },
  ]);
});
