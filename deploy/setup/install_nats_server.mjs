/**
 * Fetches nats-server into the project's cache when the machine has none.
 *
 * Two ways, in this order: build it with Go when Go is there; unpack it from a newer Debian suite
 * through apt. Each works in a folder of its own, and the finished binary is checked and then
 * renamed into place, so nobody ever sees half of one.
 *
 * Owns: `.cache/nats-server/`.
 * Never: installs into the system, needs root, or leaves its working folder behind.
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildWithGo } from "./nats_server_from_go.mjs";
import { unpackWithApt } from "./nats_server_from_apt.mjs";
import {
  NATS_SERVER_VERSION_MIN,
  cachedPath,
  isNewEnough,
  onlySource,
  versionOf,
} from "./nats_server_binary.mjs";
import { NATS_SERVER_CACHE_DIR } from "./project_paths.mjs";

/**
 * A way to get the binary: works inside `dir` only and returns the binary's path there.
 *
 * @typedef {(dir: string, say: (line: string) => void) => Promise<string>} Fetcher
 */

/** @type {Array<["go" | "apt", Fetcher]>} */
const FETCHERS = [
  ["go", buildWithGo],
  ["apt", unpackWithApt],
];

/** Checks the fetched binary and puts it into the cache in one step. */
function keep(/** @type {string} */ fetched, /** @type {string} */ target) {
  const version = versionOf(fetched);
  if (version === undefined) throw new Error("the fetched binary does not run here");
  if (!isNewEnough(version)) {
    throw new Error(`the fetched binary is ${version}, needs ${NATS_SERVER_VERSION_MIN}`);
  }
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  copyFileSync(fetched, temporary);
  chmodSync(temporary, 0o755);
  renameSync(temporary, target);
  return version;
}

/**
 * Tries each way until one gives a usable binary.
 *
 * @param {(line: string) => void} say progress, one short line at a time
 * @returns {Promise<string[]>} why the ways that were tried failed, one line each
 */
export async function installNatsServer(say) {
  const only = onlySource();
  /** @type {string[]} */
  const failures = [];
  for (const [source, fetcher] of FETCHERS) {
    if (only !== undefined && only !== source) continue;
    mkdirSync(NATS_SERVER_CACHE_DIR, { recursive: true });
    const dir = mkdtempSync(join(NATS_SERVER_CACHE_DIR, `work-${source}-`));
    try {
      const version = keep(await fetcher(dir, say), cachedPath(source));
      say(`nats-server ${version} is ready`);
      return failures;
    } catch (error) {
      failures.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  return failures;
}
