/**
 * Audit of a shard: its journal from the first frame to the last, every checksum, every proof.
 *
 * Replays without any snapshot, compares the state hash at each frame for which the live owner left
 * one (invariant 8 of the design), and hands every committed event to the caller, who may count.
 */
import { Effect } from "effect";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import { decodeFrame } from "./frame.ts";
import { Journal } from "./journal.ts";
import { JournalBroken } from "./recovery.ts";
import { applyFrame, emptyState, freeze, stateHash } from "./shard_state.ts";
import type { Evolver, ShardState } from "./shard_state.ts";

/** What an audit found. */
export interface Audit<Kinds> {
  /** The state after the last frame. */
  readonly state: ShardState<Kinds>;
  readonly frames: number;
  readonly turns: number;
  /** Frames at which the live owner's state hash was compared, and held. */
  readonly proofs: number;
}

/** Replays a journal. Fails with `JournalBroken` at the first thing that does not hold. */
export const auditShard = <Kinds, Event>(
  shard: Shard,
  model: Evolver<Kinds, Event>,
  each: (event: Event) => void,
) =>
  Effect.gen(function* () {
    const journal = yield* Journal;
    const name = shardName(shard);
    const last = yield* journal.last(shard);
    const state = emptyState<Kinds>(model.kinds);
    const to = last?.seq ?? 0;
    const proofs = new Map<number, string>();
    let turns = 0;
    const broken = (cause: unknown) => new JournalBroken({ shard: name, cause });
    const guarded = (body: (data: Uint8Array) => void) => {
      let fault: unknown;
      const read = journal.read(shard, 1, to, ({ data }) => {
        if (fault !== undefined) return;
        try {
          body(data);
        } catch (cause) {
          fault = cause;
        }
      });
      return Effect.flatMap(read, () =>
        fault === undefined ? Effect.void : Effect.fail(broken(fault)),
      );
    };
    if (to > 0) {
      yield* guarded((data) => {
        const { content } = decodeFrame(data);
        if (content.kind !== "turns" || content.hashed === undefined) return;
        proofs.set(content.hashed.seq, content.hashed.hash);
      });
      yield* guarded((data) => {
        const frame = decodeFrame(data);
        applyFrame(state, model, frame);
        if (frame.content.kind === "turns") {
          turns += frame.content.turns.length;
          for (const turn of frame.content.turns) {
            for (const event of turn.events) each(event as Event);
          }
        }
        const proof = proofs.get(frame.seq);
        if (proof !== undefined && proof !== stateHash(freeze(state))) {
          throw new Error(`replay of frame ${frame.seq} does not give the state that lived`);
        }
      });
    }
    return { state, frames: to, turns, proofs: proofs.size } satisfies Audit<Kinds>;
  });
