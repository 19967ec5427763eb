/**
 * Writes snapshots of a shard while its turns go on.
 *
 * The state is frozen at a frame boundary (a copy of the maps; the actor states are immutable) and
 * written out in slices, so that the event loop is never held for more than a few milliseconds. The
 * hash of what was written goes into a later frame, where an audit by full replay compares it.
 */
import { Effect } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import { limits } from "./limits.ts";
import { linesOf, makeStateHasher } from "./shard_state.ts";
import type { FrozenState } from "./shard_state.ts";
import { SnapshotStore, snapshotChunk_bytes_max } from "./snapshot_store.ts";

/** What the journal keeps of a snapshot: the frame and the hash of the state after it. */
export interface SnapshotProof {
  readonly seq: number;
  readonly hash: string;
}

/** Serialises a frozen state and saves it. */
export const writeSnapshot = (shard: Shard, frozen: FrozenState) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore;
    const hasher = makeStateHasher();
    const chunks: string[] = [];
    let chunk = "";
    let bytes = 0;
    let count = 0;
    for (const line of linesOf(frozen)) {
      if (count > 0) hasher.add(line);
      for (const piece of piecesOf(`${line}\n`)) {
        const size = Buffer.byteLength(piece);
        if (bytes + size > snapshotChunk_bytes_max) {
          chunks.push(chunk);
          chunk = "";
          bytes = 0;
        }
        chunk += piece;
        bytes += size;
      }
      count += 1;
      if (count % limits.snapshotSlice_entries === 0) yield* Effect.yieldNow;
    }
    chunks.push(chunk);
    yield* store.save(shard, { seq: frozen.end.seq, chunks });
    return { seq: frozen.end.seq, hash: hasher.digest() } satisfies SnapshotProof;
  });

/** Characters of a piece: however they are encoded, a piece fits into a chunk. */
const piece_chars = Math.floor(snapshotChunk_bytes_max / 4);

/** An actor's line may be longer than a chunk; a chunk may end anywhere. */
function* piecesOf(line: string): Generator<string> {
  let from = 0;
  while (from < line.length) {
    let to = Math.min(line.length, from + piece_chars);
    if (isHighSurrogate(line.charCodeAt(to - 1)) && to < line.length) to -= 1;
    yield line.slice(from, to);
    from = to;
  }
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xdc00;

/** The lines that chunks hold, put together where a chunk ended within one. */
export function* linesOfChunks(chunks: readonly string[]): Generator<string> {
  let rest = "";
  for (const chunk of chunks) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest.length > 0) yield rest;
}
