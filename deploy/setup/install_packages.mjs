/**
 * Installs the locked packages, the pinned Node 24 among them.
 *
 * Owns: the call of `npm ci` and the proof that the pinned Node runs.
 * Never: changes the lock file. The caller holds the set-up lock, because `npm ci` empties
 * `node_modules` first.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { PINNED_NODE, writePackageStamp } from "./package_stamp.mjs";
import { PROJECT_DIR } from "./project_paths.mjs";

/** npm says what is wrong first and prints its whole manual after it. */
const ERROR_LINES_MAX = 12;

/**
 * The user's own npm and Node: the project's `.bin` is left out of PATH, because npm deletes the
 * Node in there while it works.
 */
function outsideEnvironment() {
  const ownBin = join(PROJECT_DIR, "node_modules", ".bin");
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((dir) => dir !== ownBin);
  return { ...process.env, PATH: path.join(delimiter) };
}

/** Runs a command silently; its output is shown only inside the error. */
function runQuietly(
  /** @type {string} */ command,
  /** @type {string[]} */ args,
  /** @type {string} */ cwd,
) {
  const run = spawnSync(command, args, {
    cwd,
    env: outsideEnvironment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error !== undefined) {
    throw new Error(`cannot run ${command}: ${run.error.message}`);
  }
  if (run.status !== 0) {
    const output = `${run.stderr}${run.stdout}`.trim().split("\n", ERROR_LINES_MAX).join("\n");
    throw new Error(`${command} ${args.join(" ")} failed (${run.status}):\n${output}`);
  }
  return run.stdout;
}

/** The version of the `node` package that package.json pins, e.g. `v24.21.0`. */
function pinnedNodeVersion() {
  const text = readFileSync(join(PROJECT_DIR, "package.json"), "utf8");
  const manifest = /** @type {{ dependencies: { node: string } }} */ (JSON.parse(text));
  return `v${manifest.dependencies.node}`;
}

function pinnedNodeRuns() {
  const run = spawnSync(PINNED_NODE, ["--version"], { encoding: "utf8" });
  return run.status === 0 && run.stdout.trim() === pinnedNodeVersion();
}

/**
 * Installs the locked packages and stamps them.
 *
 * npm may be told not to run install scripts; the `node` package puts its binary in place with one,
 * so it is run here when the binary is missing afterwards.
 *
 * @param {(line: string) => void} say progress, one short line at a time
 */
export function installPackages(say) {
  say("installing packages (npm ci)");
  runQuietly("npm", ["ci", "--loglevel=error", "--no-progress"], PROJECT_DIR);
  if (!pinnedNodeRuns()) {
    const nodePackage = join(PROJECT_DIR, "node_modules", "node");
    runQuietly("node", ["installArchSpecificPackage"], nodePackage);
  }
  if (!pinnedNodeRuns()) {
    throw new Error(`${PINNED_NODE} is not Node ${pinnedNodeVersion()} or does not run here`);
  }
  writePackageStamp();
}
