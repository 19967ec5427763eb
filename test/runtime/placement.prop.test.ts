/**
 * Placement over generated clusters: agreement, minimal movement, and weights.
 */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Schema } from "effect";
import { accountShard, shardName } from "../../protocols/kernel/shard.ts";
import type { NodePresence } from "../../runtime/leases.ts";
import { ownerOf, wanted } from "../../runtime/placement.ts";

const shards = Array.from({ length: 64 }, (_, index) => accountShard(index));

const clusterOf = (weights: readonly number[]): readonly NodePresence[] =>
  weights.map((weight, index) => ({ node: `node-${index}`, weight, draining: false }));

const ownersIn = (nodes: readonly NodePresence[]) =>
  shards.map((shard) => ownerOf(shardName(shard), nodes));

const Weights = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8 }))).check(
  Schema.isBetweenLength(2, 8),
);
const Pick = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 }));
const arbitrary = { arbitrary: { runs: 100, seed: "placement" } };

describe("placement", () => {
  it.effect.prop(
    "gives every shard to exactly one node, whatever the order of the list",
    [Weights, Pick],
    ([weights, turn]) =>
      Effect.sync(() => {
        const nodes = clusterOf(weights);
        const cut = turn % nodes.length;
        const turned = [...nodes.slice(cut), ...nodes.slice(0, cut)].reverse();
        assert.deepStrictEqual(ownersIn(turned), ownersIn(nodes));
        const shares = nodes.map((each) => wanted(each.node, shards, nodes));
        const names = shares.flat().map(shardName);
        assert.strictEqual(names.length, shards.length);
        assert.strictEqual(new Set(names).size, shards.length);
      }),
    arbitrary,
  );

  it.effect.prop(
    "a node that leaves moves its own share only, and the same when it comes back",
    [Weights, Pick],
    ([weights, pick]) =>
      Effect.sync(() => {
        const nodes = clusterOf(weights);
        const gone = nodes[pick % nodes.length]?.node;
        const before = ownersIn(nodes);
        const after = ownersIn(nodes.filter((each) => each.node !== gone));
        before.forEach((owner, index) => {
          if (owner === gone) assert.notStrictEqual(after[index], gone);
          else assert.strictEqual(after[index], owner);
        });
      }),
    arbitrary,
  );

  it.effect.prop(
    "a node that drains moves its share only, as if it had left",
    [Weights, Pick],
    ([weights, pick]) =>
      Effect.sync(() => {
        const nodes = clusterOf(weights);
        const leaving = pick % nodes.length;
        const drained = nodes.map((each, index) => ({ ...each, draining: index === leaving }));
        const without = nodes.filter((_, index) => index !== leaving);
        assert.deepStrictEqual(ownersIn(drained), ownersIn(without));
        assert.deepStrictEqual(wanted(`node-${leaving}`, shards, drained), []);
      }),
    arbitrary,
  );

  it.effect.prop(
    "a node whose weight grows only gains shards",
    [Weights, Pick],
    ([weights, pick]) =>
      Effect.sync(() => {
        const nodes = clusterOf(weights);
        const grown = pick % nodes.length;
        const heavier = nodes.map((each, index) =>
          index === grown ? { ...each, weight: each.weight * 2 } : each,
        );
        const before = ownersIn(nodes);
        ownersIn(heavier).forEach((owner, index) => {
          if (owner !== before[index]) assert.strictEqual(owner, `node-${grown}`);
        });
      }),
    arbitrary,
  );
});
