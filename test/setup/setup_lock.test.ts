/** Two set-ups at once take turns, and a killed one does not block the next; real processes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const SETUP_DIR = fileURLToPath(new URL("../../deploy/setup", import.meta.url));

/** A project of its own, so that the lock of the real one is left alone. */
function scratchProject(): string {
  const dir = mkdtempSync(join(tmpdir(), "natoms-setup-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(SETUP_DIR, join(dir, "deploy", "setup"), { recursive: true });
  return dir;
}

/** A process that holds the lock for a while and notes when it came and went. */
function holder(project: string, name: string): Promise<unknown> {
  const script = `
    import { appendFileSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { withSetupLock } from ${JSON.stringify(join(project, "deploy/setup/setup_lock.mjs"))};
    await withSetupLock(() => {}, async () => {
      appendFileSync(${JSON.stringify(join(project, "log"))}, "in ${name}\\n");
      await sleep(150);
      appendFileSync(${JSON.stringify(join(project, "log"))}, "out ${name}\\n");
    });`;
  return once(spawn(process.execPath, ["--input-type=module", "-e", script]), "exit");
}

function log(project: string): ReadonlyArray<string> {
  return readFileSync(join(project, "log"), "utf8").trim().split("\n");
}

test("three set-ups at once never overlap", async () => {
  const project = scratchProject();
  const exits = await Promise.all(["a", "b", "c"].map((name) => holder(project, name)));
  expect(exits).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);
  const lines = log(project);
  expect(lines).toHaveLength(6);
  for (let entry = 0; entry < lines.length; entry += 2) {
    expect(lines[entry + 1]).toBe(lines[entry]?.replace("in", "out"));
  }
});

test("the lock of a process that is gone is taken over, by one set-up at a time", async () => {
  const project = scratchProject();
  const dead = spawn("true");
  await once(dead, "exit");
  mkdirSync(join(project, ".cache", "setup.lock"), { recursive: true });
  writeFileSync(join(project, ".cache", "setup.lock", "pid"), String(dead.pid));
  await Promise.all(["a", "b"].map((name) => holder(project, name)));
  expect(log(project).map((line) => line.split(" ")[0])).toEqual(["in", "out", "in", "out"]);
});
