/**
 * What goes wrong in a chaos run, and when: the same seed gives the same plan.
 *
 * Kinds of trouble are drawn from a deck that holds each of them, and shuffled anew when it is
 * empty, so that also a short run meets most kinds and a long one meets all of them often.
 *
 * Owns: the plan. Never: carries it out; what comes of it depends on time, and that is meant.
 */
import { createPrng } from "../../deploy/simulator/prng.ts";
import type { Prng } from "../../deploy/simulator/prng.ts";
import type { SimFaultSettings } from "../../protocols/sim_wire.ts";
import { families, faultOf } from "./chaos_faults.ts";
import type { FaultFamily } from "./chaos_faults.ts";

/** How a venue comes back: as it was, with reports numbered anew, or with ids used again too. */
export type VenueReturn = "same" | "new" | "reuse_ids";

/** One piece of trouble. Venues and nodes are named by their place. */
export type ChaosAction =
  /** These faults, and no other ones, for that long. */
  | {
      readonly kind: "faults";
      readonly venue: number;
      readonly families: readonly FaultFamily[];
      readonly faults: SimFaultSettings;
      readonly seed: number;
      readonly for_ms: number;
    }
  | {
      readonly kind: "disconnect";
      readonly venue: number;
      readonly how: "reset" | "finish" | "half_open";
    }
  | {
      readonly kind: "kill_venue";
      readonly venue: number;
      readonly down_ms: number;
      readonly returns: VenueReturn;
    }
  | { readonly kind: "suspend_venue"; readonly venue: number; readonly for_ms: number }
  | { readonly kind: "kill_node"; readonly node: number; readonly down_ms: number }
  | { readonly kind: "drain_node"; readonly node: number; readonly down_ms: number }
  | { readonly kind: "suspend_node"; readonly node: number; readonly for_ms: number }
  | { readonly kind: "kill_nats"; readonly down_ms: number }
  | { readonly kind: "suspend_nats"; readonly for_ms: number };

/** Kinds of trouble. */
export type ChaosKind = ChaosAction["kind"];

/** A piece of trouble and its time, milliseconds since the start. */
export interface ChaosStep {
  readonly at_ms: number;
  readonly action: ChaosAction;
}

/** What is there to be hurt, and for how long. */
export interface ChaosSetting {
  readonly seed: number;
  readonly for_ms: number;
  readonly venues: number;
  readonly nodes: number;
}

/** How often each kind is in the deck. */
const deckOf: Readonly<Record<ChaosKind, number>> = {
  faults: 8,
  disconnect: 2,
  kill_venue: 3,
  suspend_venue: 1,
  kill_node: 3,
  drain_node: 1,
  suspend_node: 1,
  kill_nats: 2,
  suspend_nats: 1,
};

const gapMean_ms = 1_200;
const gap_ms_max = 5_000;

/** The plan of a run. */
export const planChaos = ({ seed, for_ms, venues, nodes }: ChaosSetting): readonly ChaosStep[] => {
  const prng = createPrng(seed, 0xc4a05);
  const kinds = deck(
    prng,
    Object.entries(deckOf).flatMap(([kind, count]) =>
      Array.from({ length: count }, () => kind as ChaosKind),
    ),
  );
  const faultDeck = deck(prng, families);
  const steps: ChaosStep[] = [];
  let at_ms = 500;
  while (at_ms < for_ms) {
    steps.push({ at_ms, action: actionOf(kinds(), { prng, faultDeck, venues, nodes }) });
    at_ms += Math.round(Math.min(gap_ms_max, -Math.log(1 - prng.nextUnit()) * gapMean_ms));
  }
  return steps;
};

interface Draw {
  readonly prng: Prng;
  readonly faultDeck: () => FaultFamily;
  readonly venues: number;
  readonly nodes: number;
}

const actionOf = (kind: ChaosKind, { prng, faultDeck, venues, nodes }: Draw): ChaosAction => {
  const below = (count: number): number => Math.floor(prng.nextUnit() * count);
  const between = (least: number, most: number): number => least + below(most - least);
  const venue = below(venues);
  const node = below(nodes);
  switch (kind) {
    case "faults": {
      const chosen = Array.from({ length: 1 + below(3) }, faultDeck);
      const faults = chosen.reduce((all, family) => ({ ...all, ...faultOf(family, prng) }), {});
      const for_ms = between(1_500, 6_000);
      return { kind, venue, families: chosen, faults, seed: below(2 ** 31), for_ms };
    }
    case "disconnect":
      return { kind, venue, how: (["reset", "finish", "half_open"] as const)[below(3)] ?? "reset" };
    case "kill_venue": {
      const returns = (["same", "new", "reuse_ids"] as const)[below(3)] ?? "same";
      return { kind, venue, down_ms: between(0, 1_500), returns };
    }
    case "suspend_venue":
      return { kind, venue, for_ms: between(500, 8_000) };
    case "kill_node":
    case "drain_node":
      return { kind, node, down_ms: between(0, 3_000) };
    case "suspend_node":
      // From a pause of the garbage collector to longer than a lease lives.
      return { kind, node, for_ms: between(500, 9_000) };
    case "kill_nats":
      return { kind, down_ms: between(0, 2_000) };
    case "suspend_nats":
      return { kind, for_ms: between(300, 3_000) };
    default:
      return kind satisfies never;
  }
};

/** Draws without putting back; shuffled anew when it is empty. */
const deck = <A>(prng: Prng, cards: readonly A[]): (() => A) => {
  let left: A[] = [];
  return () => {
    if (left.length === 0) left = [...cards];
    const [card] = left.splice(Math.floor(prng.nextUnit() * left.length), 1);
    if (card === undefined) throw new Error("a deck holds cards");
    return card;
  };
};

/** A piece of trouble in a line. */
export const describe = (action: ChaosAction): string => {
  const { kind } = action;
  switch (kind) {
    case "faults":
      return `venue ${action.venue}: ${action.families.join(" + ")} for ${action.for_ms} ms`;
    case "disconnect":
      return `venue ${action.venue}: connection ${action.how}`;
    case "kill_venue":
      return `kill -9 venue ${action.venue}, back after ${action.down_ms} ms (${action.returns})`;
    case "suspend_venue":
      return `freeze venue ${action.venue} for ${action.for_ms} ms`;
    case "kill_node":
      return `kill -9 node ${action.node}, back after ${action.down_ms} ms`;
    case "drain_node":
      return `drain node ${action.node}, back after ${action.down_ms} ms`;
    case "suspend_node":
      return `freeze node ${action.node} for ${action.for_ms} ms`;
    case "kill_nats":
      return `kill -9 nats-server, back after ${action.down_ms} ms`;
    case "suspend_nats":
      return `freeze nats-server for ${action.for_ms} ms`;
    default:
      return kind satisfies never;
  }
};
