/**
 * Lets one set-up at a time change the project folder.
 *
 * The lock is a folder (its creation is atomic everywhere) that holds the owner's process id. A
 * lock whose owner no longer lives is taken over, so a killed set-up never blocks the next one.
 *
 * Owns: `.cache/setup.lock`.
 * Never: waits for itself, or removes a lock that a living process holds.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CACHE_DIR } from "./project_paths.mjs";

const LOCK_DIR = join(CACHE_DIR, "setup.lock");
const OWNER_FILE = join(LOCK_DIR, "pid");
const BREAKING_DIR = `${LOCK_DIR}.breaking`;
const POLL_MS = 100;
/** Longer than any owner needs between creating the folder and writing its process id. */
const UNSIGNED_LOCK_MS_MAX = 5_000;

function tryTake() {
  try {
    mkdirSync(LOCK_DIR);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(OWNER_FILE, String(process.pid));
  return true;
}

/** True when the owner is gone, or never signed the lock within a fair time. */
function isAbandoned() {
  let owner;
  try {
    owner = Number(readFileSync(OWNER_FILE, "utf8"));
  } catch {
    try {
      return Date.now() - statSync(LOCK_DIR).mtimeMs > UNSIGNED_LOCK_MS_MAX;
    } catch {
      return false;
    }
  }
  if (!Number.isSafeInteger(owner) || owner <= 0) return false;
  try {
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/**
 * Removes a dead lock. Only one process at a time may do it: a second one that judged the same dead
 * lock earlier could otherwise remove the living lock that followed it.
 */
function breakAbandoned() {
  try {
    mkdirSync(BREAKING_DIR);
  } catch {
    const made_ms = statSync(BREAKING_DIR, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (Date.now() - made_ms > UNSIGNED_LOCK_MS_MAX) rmSync(BREAKING_DIR, { recursive: true });
    return;
  }
  try {
    if (isAbandoned()) rmSync(LOCK_DIR, { recursive: true, force: true });
  } finally {
    rmSync(BREAKING_DIR, { recursive: true, force: true });
  }
}

/**
 * Runs `work` while no other set-up of this project does.
 *
 * @param {(line: string) => void} say told once when it has to wait
 * @param {() => Promise<void>} work
 */
export async function withSetupLock(say, work) {
  mkdirSync(CACHE_DIR, { recursive: true });
  let told = false;
  while (!tryTake()) {
    if (isAbandoned()) breakAbandoned();
    else if (!told) {
      say("waiting for another set-up to finish");
      told = true;
    }
    await sleep(POLL_MS);
  }
  try {
    await work();
  } finally {
    rmSync(LOCK_DIR, { recursive: true, force: true });
  }
}
