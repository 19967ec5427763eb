/**
 * Writes this version's journals into the replay corpus: `node test/replay/write_corpus.ts`.
 *
 * The seeds are fixed, so the same code writes the same files. A version that is there is never
 * overwritten, because what it holds is what a deployment of it may have on its disks; `--replace`
 * does it all the same, for a version that was never released. `--stage <word>` writes a further
 * set beside it, when a version that is not released yet has got new kinds of events.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { FaultSettings } from "../simulation/faults.ts";
import { simulate } from "../simulation/simulation.ts";
import { corpusFolder, packJournals, replay, unpackJournals } from "./corpus.ts";
import type { ReplayedJournal } from "./corpus.ts";

/** One without faults, the others with many; short, so that the files stay small. */
const firstSeeds = [10, 3, 12, 46];
/** Together they have nearly every kind of event that a hundred and fifty such seeds have. */
const stageSeeds = [6, 38, 41, 86];
/** Worlds in which much is lost and amended: what is rare in the others. */
const roughSeeds = [29, 49, 44, 15];
const rough: FaultSettings = {
  venue_drops_reports: 0.03,
  venue_restarts: 0.01,
  venue_forgets_order: 0,
  venue_rejects_change: 0.3,
  report_unreadable: 0.04,
  trade_busted: 0.3,
  trade_corrected: 0.3,
  amend_repeated: 0.5,
};
const actions = 60;

const packageText = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
const { version } = JSON.parse(packageText) as { readonly version: string };
const stageAt = process.argv.indexOf("--stage");
const stage = stageAt < 0 ? undefined : (process.argv[stageAt + 1] ?? "next");
const seeds = stage === undefined ? firstSeeds : [...stageSeeds, ...roughSeeds];
const folder = `${corpusFolder}/${version}${stage === undefined ? "" : `_${stage}`}`;

const write = async (): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const manifest: Record<string, Record<string, ReplayedJournal>> = {};
  for (const seed of seeds) {
    const faults = roughSeeds.includes(seed) ? rough : {};
    const { shards, journals, violation } = simulate({ seed, actions, faults });
    if (violation !== undefined) throw violation;
    const packed = packJournals(shards, journals);
    const file = `seed_${seed}.jsonl.gz`;
    writeFileSync(`${folder}/${file}`, packed);
    const replayed: Record<string, ReplayedJournal> = {};
    for (const [shard, frames] of unpackJournals(packed)) {
      replayed[shard] = await replay(shard, frames);
    }
    manifest[file] = replayed;
    console.log(`${file}: ${packed.length} bytes`);
  }
  writeFileSync(`${folder}/manifest.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
};

if (existsSync(folder) && !process.argv.includes("--replace")) {
  console.error(`${version} is in the corpus already; --replace writes it anew`);
  process.exitCode = 1;
} else {
  rmSync(folder, { recursive: true, force: true });
  await write();
}
