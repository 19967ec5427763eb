/**
 * Tells whether `node_modules` was installed from the present lock file on this kind of machine.
 *
 * Owns: the stamp file inside `node_modules`; deleting the folder deletes the stamp with it.
 * Never: installs anything, or trusts file times (a checkout sets them at random).
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_DIR } from "./project_paths.mjs";

const STAMP_FILE = join(PROJECT_DIR, "node_modules", ".natoms-setup");

/** The Node that everything but set-up runs on. */
export const PINNED_NODE = join(PROJECT_DIR, "node_modules", "node", "bin", "node");

/** Lock file contents and platform: packages carry native binaries, so both decide. */
function wantedStamp() {
  const lock = readFileSync(join(PROJECT_DIR, "package-lock.json"));
  const hash = createHash("sha256").update(lock).digest("hex");
  return `${hash} ${process.platform}-${process.arch}\n`;
}

/** True when `npm ci` has to run. */
export function packagesAreStale() {
  if (!existsSync(STAMP_FILE) || !existsSync(PINNED_NODE)) return true;
  return readFileSync(STAMP_FILE, "utf8") !== wantedStamp();
}

/** Records that the present lock file is installed; call it only after everything else worked. */
export function writePackageStamp() {
  const temporary = `${STAMP_FILE}.${process.pid}`;
  writeFileSync(temporary, wantedStamp());
  renameSync(temporary, STAMP_FILE);
}
