/**
 * The replay corpus: journals that simulated worlds have written, kept for every later build.
 *
 * One folder per version that wrote it; in it one file per seed, the raw frames of all journals, a
 * line each, compressed; and a manifest with the state hash after each journal. A build that cannot
 * replay them, or gets other states, cannot take over a running deployment of that version.
 */
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { Effect } from "effect";
import { accountShardModel } from "../../actors/pipeline.ts";
import { venueOptions_default } from "../../actors/venue/venue_options.ts";
import { venueShardModel } from "../../actors/venue/venue_model.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { shardName, shardOfName } from "../../protocols/kernel/shard.ts";
import { auditShard } from "../../runtime/audit.ts";
import { Journal } from "../../runtime/journal.ts";
import { makeJournalMemory } from "../../runtime/journal_memory.ts";
import type { JournalMemory } from "../../runtime/journal_memory.ts";
import { freeze, stateHash } from "../../runtime/shard_state.ts";
import type { Evolver } from "../../runtime/shard_state.ts";
import { makeConditions } from "../simulation/conditions.ts";
import { referenceOf } from "../simulation/reference.ts";

/** Where the corpus is. */
export const corpusFolder = fileURLToPath(new URL("corpus", import.meta.url));

/** What a replay of one journal gives. */
export interface ReplayedJournal {
  readonly frames: number;
  readonly turns: number;
  /** Frames at which a state hash of the live owner was compared. */
  readonly proofs: number;
  readonly hash: string;
}

/** What each journal of a version gives, by file and shard. */
export type Manifest = Readonly<Record<string, Readonly<Record<string, ReplayedJournal>>>>;

/** The versions whose journals are kept. */
export const versionsKept = (): readonly string[] => readdirSync(corpusFolder).sort();

/** What the journals of a version must give. */
export const manifestOf = (version: string): Manifest =>
  JSON.parse(readFileSync(`${corpusFolder}/${version}/manifest.json`, "utf8")) as Manifest;

/** Writes journals down. */
export const packJournals = (shards: readonly Shard[], journals: JournalMemory): Buffer => {
  const lines = shards.flatMap((shard) =>
    journals
      .entries(shard)
      .map(({ data }) => JSON.stringify([shardName(shard), Buffer.from(data).toString()])),
  );
  return gzipSync(`${lines.join("\n")}\n`, { level: 9 });
};

/** Reads journals back: the raw frames by shard. */
export const unpackJournals = (packed: Buffer): ReadonlyMap<string, readonly string[]> => {
  const frames = new Map<string, string[]>();
  for (const line of gunzipSync(packed).toString("utf8").split("\n")) {
    if (line === "") continue;
    const [shard, frame] = JSON.parse(line) as [string, string];
    frames.set(shard, [...(frames.get(shard) ?? []), frame]);
  }
  return frames;
};

/** The journals of one file of a version. */
export const journalsKept = (
  version: string,
  file: string,
): ReadonlyMap<string, readonly string[]> =>
  unpackJournals(readFileSync(`${corpusFolder}/${version}/${file}`));

/** Replays one journal from its first frame with this build's code. */
export const replay = (shard: string, frames: readonly string[]): Promise<ReplayedJournal> => {
  const { kind, key } = shardOfName(shard);
  const audit = Effect.gen(function* () {
    const journal = yield* Journal;
    for (const [at, frame] of frames.entries()) {
      yield* journal.append({ kind, key }, at, Buffer.from(frame));
    }
    const audited = yield* auditShard({ kind, key }, evolverOf(kind, key), () => undefined);
    const { turns, proofs } = audited;
    return { frames: audited.frames, turns, proofs, hash: stateHash(freeze(audited.state)) };
  });
  return Effect.runPromise(Effect.provide(audit, makeJournalMemory().layer));
};

type AnyEvolver = Evolver<Readonly<Record<string, unknown>>, unknown>;

const evolverOf = (kind: Shard["kind"], key: string): AnyEvolver => {
  const model =
    kind === "venue"
      ? venueShardModel({ ...venueOptions_default, venue: key as VenueId, accountShards: 3 })
      : accountShardModel({
          shardIndex: Number(key),
          accountShards: 3,
          reference: referenceOf([], new Map(), makeConditions(0, {})),
          market: { book: () => undefined },
        });
  return model as unknown as AnyEvolver;
};
