/**
 * What operators' requests come to: which shards are told what, and in which order.
 */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import {
  planKill,
  planMassCancel,
  planReconcile,
  planRelease,
  planResume,
  planTradingState,
} from "../../deploy/admin_plan.ts";
import type { AdminPlan, Unplanned } from "../../deploy/admin_plan.ts";
import { readAdminKill, readAdminMassCancel } from "../../protocols/admin.ts";
import {
  readHalt,
  readKill,
  readMassCancelControl,
  readResume,
  readTradingState,
  readVenueMassCancel,
} from "../../protocols/control.ts";
import type { AccountId, StrategyId, VenueId } from "../../protocols/kernel/ids.ts";
import { shardName } from "../../protocols/kernel/shard.ts";

const deployment = { accountShards: 3, accounts: new Set(["DEMO"]), venues: ["SIMX", "SIMY"] };
const by = { requestId: "k1", operator: "ann", reason: "drill" };
const demo = { account: "DEMO" as AccountId };

/** Shard, verb and what goes beyond who asked, phase by phase. */
const told = (plan: AdminPlan | Unplanned): unknown => {
  if ("refused" in plan) return plan.refused;
  return plan.phases.map((mails) =>
    mails.map(({ shard, verb, body }) => {
      const { requestId: _, operator: __, reason: ___, ...rest } = body as typeof by;
      return [shardName(shard), verb, rest];
    }),
  );
};

const accounts = (verb: string, body: object) =>
  [0, 1, 2].map((index) => [`acct-${index}`, verb, body]);
const venues = (verb: string, body: object) =>
  ["venue-SIMX", "venue-SIMY"].map((name) => [name, verb, body]);

describe("a plan", () => {
  it("of a kill of everything halts venues before account shards cancel", () => {
    expect(told(planKill(deployment, { ...by, scope: "all" }))).toEqual([
      venues("halt", { massCancel: true }),
      accounts("kill", {}),
    ]);
  });

  it("of its resume lifts the accounts' rule first, and then opens venues", () => {
    expect(told(planResume(deployment, { ...by, scope: "all" }))).toEqual([
      accounts("trading_state", { state: "active" }),
      venues("resume", {}),
    ]);
  });

  it("of one account or strategy has every venue's fence in front of what is stopped", () => {
    const strategy = { account: "DEMO" as AccountId, strategy: "s" as StrategyId };
    const theirs = { account: "DEMO", strategy: "s" };
    expect(told(planKill(deployment, { ...by, scope: "account", ...demo }))).toEqual([
      venues("halt", { account: "DEMO" }),
      [["acct-2", "kill", { account: "DEMO" }]],
    ]);
    const rule = { ...by, scope: "strategy", ...strategy } as const;
    expect(told(planTradingState(deployment, { ...rule, state: "halted" }))).toEqual([
      venues("halt", theirs),
      [["acct-2", "trading_state", { state: "halted", ...theirs }]],
    ]);
    expect(told(planTradingState(deployment, { ...rule, state: "reducing" }))).toEqual([
      [["acct-2", "trading_state", { state: "reducing", ...theirs }]],
      venues("resume", theirs),
    ]);
    expect(told(planResume(deployment, rule))).toEqual([
      [["acct-2", "trading_state", { state: "active", ...theirs }]],
      venues("resume", theirs),
    ]);
  });

  it("of one venue concerns one shard", () => {
    const venue = { venue: "SIMX" as VenueId };
    expect(told(planKill(deployment, { ...by, scope: "venue", ...venue }))).toEqual([
      [["venue-SIMX", "halt", { massCancel: true, byId: true }]],
    ]);
    expect(told(planResume(deployment, { ...by, scope: "venue", ...venue }))).toEqual([
      [["venue-SIMX", "resume", {}]],
    ]);
    expect(
      told(planMassCancel(deployment, { ...by, scope: "venue", side: "buy", ...venue })),
    ).toEqual([[["venue-SIMX", "mass_cancel", { side: "buy" }]]]);
    expect(told(planReconcile(deployment, { ...by, ...venue }))).toEqual([
      [["venue-SIMX", "reconcile", {}]],
    ]);
  });

  it("of a reconciliation says where its end is told", () => {
    const plan = planReconcile(deployment, { ...by, venue: "SIMX" as VenueId });
    expect("events" in plan && plan.events).toEqual([
      "oms.v1.evt.venue.SIMX.reconciled",
      "oms.v1.evt.venue.SIMX.incident",
    ]);
  });

  it("for what is not configured is refused: nothing would be stopped by it", () => {
    const nobody = { account: "DEM0" as AccountId };
    const nowhere = { venue: "SIMZ" as VenueId };
    expect(told(planKill(deployment, { ...by, scope: "account", ...nobody }))).toBe(
      "ACCOUNT_UNKNOWN",
    );
    expect(told(planRelease(deployment, { ...by, ...nowhere }))).toBe("VENUE_UNKNOWN");
  });

  it("sends only what shards can read", () => {
    const all = [
      planKill(deployment, { ...by, scope: "all" }),
      planResume(deployment, { ...by, scope: "all" }),
      planKill(deployment, { ...by, scope: "account", ...demo }),
      planMassCancel(deployment, { ...by, scope: "account", side: "sell", ...demo }),
      planMassCancel(deployment, { ...by, scope: "venue", venue: "SIMX" as VenueId }),
      planTradingState(deployment, { ...by, scope: "all", state: "cancel_only" }),
      planTradingState(deployment, { ...by, scope: "account", ...demo, state: "active" }),
    ];
    const readers = {
      acct: { kill: readKill, trading_state: readTradingState, mass_cancel: readMassCancelControl },
      venue: { halt: readHalt, resume: readResume, mass_cancel: readVenueMassCancel },
    } as const;
    for (const plan of all) {
      if ("refused" in plan) throw new Error(plan.text);
      for (const { shard, verb, body } of plan.phases.flat()) {
        const read = (readers[shard.kind] as Readonly<Record<string, typeof readKill>>)[verb];
        const result = read?.(Buffer.from(JSON.stringify(body)));
        expect(result !== undefined && Result.isSuccess(result)).toBe(true);
      }
    }
  });
});

describe("a body", () => {
  const fault = (body: object): string => {
    const read = readAdminKill(
      Buffer.from(JSON.stringify({ operator: "ann", reason: "x", ...body })),
    );
    return Result.isSuccess(read) ? "read" : `${read.failure.path}: ${read.failure.message}`;
  };

  it.each([
    [{ scope: "all" }, "read"],
    [{ scope: "strategy", account: "DEMO", strategy: "s" }, "read"],
    [{ scope: "strategy", account: "DEMO" }, "strategy: scope strategy needs it"],
    [{ scope: "strategy", strategy: "s" }, "account: scope strategy needs it"],
    [{ scope: "venue", venue: "SIMX", account: "DEMO" }, "account: does not go with scope venue"],
    [{ scope: "all", venue: "SIMX" }, "venue: does not go with scope all"],
  ])("%j is %s", (body, outcome) => expect(fault(body)).toBe(outcome));

  it("of a mass cancel has no scope of everything", () => {
    const body = JSON.stringify({ operator: "ann", reason: "x", scope: "all" });
    expect(Result.isFailure(readAdminMassCancel(Buffer.from(body)))).toBe(true);
  });
});
