/**
 * Finds the nats-server binary that this project may use; start, tests and benches all ask here.
 *
 * Order: NATOMS_NATS_SERVER, then PATH, then what set-up fetched into the cache. A binary counts
 * only when it runs and says a version of at least `NATS_SERVER_VERSION_MIN`.
 *
 * Owns: the order of the search and the version test.
 * Never: downloads or changes anything (`install_nats_server.mjs` does).
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { NATS_SERVER_CACHE_DIR } from "./project_paths.mjs";

/** Oldest nats-server whose JetStream has everything the runtime relies on. */
export const NATS_SERVER_VERSION_MIN = "2.14.5";

/**
 * @typedef {object} NatsServerBinary
 * @property {string} path absolute path or the path as given
 * @property {string} version e.g. `2.15.1`
 * @property {"given" | "path" | "go" | "apt"} source where it was found
 */

/** @typedef {"path" | "go" | "apt"} NatsServerSource */

/** True when a running server was given, so that nothing local is needed. */
export function isServerGiven(env = process.env) {
  return (env["NATOMS_NATS_URL"] ?? "") !== "";
}

/**
 * The only source to use, when NATOMS_NATS_SERVER_FROM names one.
 *
 * @returns {NatsServerSource | undefined}
 */
export function onlySource(env = process.env) {
  const from = env["NATOMS_NATS_SERVER_FROM"] ?? "";
  if (from === "") return undefined;
  if (from === "path" || from === "go" || from === "apt") return from;
  throw new Error(`NATOMS_NATS_SERVER_FROM is "${from}"; it must be path, go or apt`);
}

/** Numbers of `major.minor.patch` in a text such as `nats-server: v2.15.1`, or undefined. */
function parseVersion(/** @type {string} */ text) {
  const found = /\bv?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])];
}

/** True when `version` is `NATS_SERVER_VERSION_MIN` or newer. */
export function isNewEnough(/** @type {string} */ version) {
  const have = parseVersion(version);
  const want = parseVersion(NATS_SERVER_VERSION_MIN);
  if (have === undefined || want === undefined) return false;
  for (const [index, wanted] of want.entries()) {
    const part = have[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/**
 * Runs the binary and reads its version.
 *
 * @returns {string | undefined} undefined when it does not run or says no version
 */
export function versionOf(/** @type {string} */ path) {
  const run = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 10_000 });
  if (run.status !== 0) return undefined;
  return parseVersion(run.stdout)?.join(".");
}

function isExecutable(/** @type {string} */ path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(/** @type {NodeJS.ProcessEnv} */ env) {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((dir) => dir !== "")
    .map((dir) => join(dir, "nats-server"))
    .find(isExecutable);
}

/** Where set-up puts the binary that it fetched from `source`. */
export function cachedPath(/** @type {"go" | "apt"} */ source) {
  return join(NATS_SERVER_CACHE_DIR, source, "nats-server");
}

/** An explicitly named binary is used or refused, never silently replaced by another one. */
function givenBinary(/** @type {string} */ path) {
  const version = versionOf(path);
  if (version === undefined) throw new Error(`NATOMS_NATS_SERVER: ${path} does not run`);
  if (!isNewEnough(version)) {
    throw new Error(`NATOMS_NATS_SERVER: ${path} is ${version}; needs ${NATS_SERVER_VERSION_MIN}`);
  }
  return { path, version, source: /** @type {const} */ ("given") };
}

/**
 * Finds a usable nats-server without fetching one.
 *
 * @returns {NatsServerBinary | undefined} undefined when there is none yet
 * @throws {Error} when NATOMS_NATS_SERVER or NATOMS_NATS_SERVER_FROM is set to something unusable
 */
export function lookUpNatsServer(env = process.env) {
  const given = env["NATOMS_NATS_SERVER"] ?? "";
  if (given !== "") return givenBinary(given);
  const only = onlySource(env);
  /** @type {Array<[NatsServerSource, string | undefined]>} */
  const candidates = [
    ["path", onPath(env)],
    ["go", cachedPath("go")],
    ["apt", cachedPath("apt")],
  ];
  for (const [source, path] of candidates) {
    if (path === undefined || (only !== undefined && only !== source)) continue;
    if (!isExecutable(path)) continue;
    const version = versionOf(path);
    if (version !== undefined && isNewEnough(version)) return { path, version, source };
  }
  return undefined;
}

/**
 * Finds a usable nats-server or explains what to do.
 *
 * @returns {NatsServerBinary}
 * @throws {Error} with the way to install one
 */
export function requireNatsServer(env = process.env) {
  const found = lookUpNatsServer(env);
  if (found === undefined) throw new Error(installHint([]));
  return found;
}

/** What the user is told when there is no nats-server and none could be fetched. */
export function installHint(/** @type {readonly string[]} */ failures) {
  const tried = failures.map((line) => `\n  tried: ${line}`).join("");
  return (
    `nats-server ${NATS_SERVER_VERSION_MIN} or newer is needed. Install it from ` +
    "https://github.com/nats-io/nats-server/releases and put it on PATH, or set " +
    `NATOMS_NATS_SERVER to the binary, or NATOMS_NATS_URL to a running server.${tried}`
  );
}
