/**
 * Ownership without leases, for the proof that the journal alone fences: a node that is forced runs
 * every shard, whoever else does.
 *
 * Owns: the answers of a lease store that grants everything and knows of nobody else.
 */
import { Effect } from "effect";
import type { ShardName } from "../protocols/kernel/shard.ts";
import { Leases } from "./leases.ts";

/** In place of leases where ownership is forced: everything is granted, nobody else is there. */
export const noLeases = (node: string): Leases["Service"] =>
  Leases.of({
    acquire: (shard) => Effect.succeed({ shard, node, revision: 0 }),
    renew: (lease) => Effect.succeed(lease),
    release: () => Effect.void,
    holders: () => Effect.succeed(new Map<ShardName, string>()),
    announce: () => Effect.void,
    present: () => Effect.succeed([]),
  });
