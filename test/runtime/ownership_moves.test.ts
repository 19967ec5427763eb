/**
 * The pure decisions of a node about its shards.
 */
import { assert, describe, it } from "@effect/vitest";
import { accountShard, shardName } from "../../protocols/kernel/shard.ts";
import type { NodePresence } from "../../runtime/leases.ts";
import { decideMoves, moves_max, starts_max } from "../../runtime/ownership_moves.ts";
import type { HoldState, Situation } from "../../runtime/ownership_moves.ts";
import { ownerOf } from "../../runtime/placement.ts";

const shards = Array.from({ length: 32 }, (_, index) => accountShard(index));
const names = shards.map(shardName);

const presence = (node: string, draining = false): NodePresence => ({ node, weight: 1, draining });

const situation = (given: Partial<Situation> = {}): Situation => ({
  self: presence("a"),
  shards,
  present: [],
  holders: new Map(),
  held: new Map(),
  paused: new Set(),
  lost: new Set(),
  ...given,
});

const heldAll = (state: HoldState) => new Map(names.map((name) => [name, state]));

describe("moves", () => {
  it("counts itself as present, whatever the store says", () => {
    assert.strictEqual(decideMoves(situation()).wanted.length, 32);
    const stale = decideMoves(situation({ present: [presence("a", true)] }));
    assert.strictEqual(stale.wanted.length, 32);
  });

  it("acquires only what is free or in its own name, `starts_max` at a time", () => {
    const first = decideMoves(situation());
    assert.strictEqual(first.acquire.length, starts_max);
    assert.isTrue(first.waiting);
    const held = new Map(names.slice(0, 5).map((name) => [name, "starting"] as const));
    assert.strictEqual(decideMoves(situation({ held })).acquire.length, starts_max - 5);
    const holders = new Map(names.map((name, index) => [name, index === 3 ? "a" : "b"]));
    assert.deepStrictEqual(decideMoves(situation({ holders })).acquire.map(shardName), ["acct-3"]);
  });

  it("leaves a lease to the newer process of its own name that took it", () => {
    const holders = new Map(names.map((name) => [name, "a"]));
    const lost = new Set(["acct-0"]);
    const { acquire } = decideMoves(situation({ holders, lost }));
    assert.notInclude(acquire.map(shardName), "acct-0");
    const freed = decideMoves(situation({ lost }));
    assert.include(freed.acquire.map(shardName), "acct-0");
  });

  it("leaves paused shards alone", () => {
    assert.deepStrictEqual(decideMoves(situation({ paused: new Set(names) })).acquire, []);
  });

  it("gives up what placement moved, `moves_max` at a time, and nothing else", () => {
    const present = [presence("a"), presence("b")];
    const held = heldAll("running");
    const moves = decideMoves(situation({ present, held }));
    assert.strictEqual(moves.giveUp.length, moves_max);
    for (const name of moves.giveUp) assert.strictEqual(ownerOf(name, present), "b");
    const [first = ""] = moves.giveUp;
    const one = decideMoves(situation({ present, held: held.set(first, "moving") }));
    assert.strictEqual(one.giveUp.length, moves_max - 1);
    assert.notInclude(one.giveUp, first);
  });

  it("gives up nothing while it is alone, and is at rest when all is as placed", () => {
    const moves = decideMoves(situation({ held: heldAll("running") }));
    assert.deepStrictEqual(moves.giveUp, []);
    assert.isFalse(moves.waiting);
  });

  it("a draining node wants nothing", () => {
    const moves = decideMoves(situation({ self: presence("a", true) }));
    assert.deepStrictEqual(moves.wanted, []);
    assert.deepStrictEqual(moves.acquire, []);
  });
});
