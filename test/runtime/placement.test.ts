/**
 * Placement: its edges, its shares by weight, and fixed answers that must not change.
 */
import { assert, describe, it } from "@effect/vitest";
import type { NodePresence } from "../../runtime/leases.ts";
import { ownerOf } from "../../runtime/placement.ts";

const node = (name: string, weight = 1, draining = false): NodePresence => ({
  node: name,
  weight,
  draining,
});

describe("placement", () => {
  it("has no owner where nobody is there, or all are draining or without weight", () => {
    assert.isUndefined(ownerOf("acct-0", []));
    const unwilling = [node("a", 1, true), node("b", 0), node("c", -1), node("d", Number.NaN)];
    assert.isUndefined(ownerOf("acct-0", unwilling));
    assert.strictEqual(ownerOf("acct-0", [...unwilling, node("e")]), "e");
  });

  it("shares 20,000 shards by weight, within 1.5 points of each share", () => {
    const nodes = [node("n1", 1), node("n2", 1), node("n3", 2), node("n4", 4)];
    const counts = new Map<string, number>();
    for (let index = 0; index < 20_000; index += 1) {
      const owner = ownerOf(`acct-${index}`, nodes) ?? "nobody";
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    for (const { node: name, weight } of nodes) {
      assert.approximately((counts.get(name) ?? 0) / 20_000, weight / 8, 0.015);
    }
  });

  it("spreads the sixteen default shards over three equal nodes without an idle one", () => {
    const nodes = [node("node-1"), node("node-2"), node("node-3")];
    const owners = Array.from({ length: 16 }, (_, index) => ownerOf(`acct-${index}`, nodes));
    assert.strictEqual(new Set(owners).size, 3);
  });

  it("keeps its answers from release to release: nodes of two versions must agree", () => {
    const nodes = [node("node-1"), node("node-2", 2), node("node-3")];
    const names = ["acct-0", "acct-1", "acct-2", "acct-3", "acct-4", "venue-SIMX", "venue-SIMY"];
    const owners = names.map((name) => ownerOf(name, nodes));
    // Computed with an independent implementation of the formula.
    assert.deepStrictEqual(owners, [
      "node-3",
      "node-3",
      "node-2",
      "node-3",
      "node-2",
      "node-2",
      "node-1",
    ]);
  });
});
