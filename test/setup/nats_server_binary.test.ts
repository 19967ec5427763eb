/**
 * The search for nats-server takes the right binary, refuses old ones and says what to do.
 * The binaries here are scripts that only answer `--version`.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  installHint,
  isNewEnough,
  lookUpNatsServer,
  onlySource,
  requireNatsServer,
  versionOf,
} from "../../deploy/setup/nats_server_binary.mjs";

/** A folder with a `nats-server` that answers `--version` with the given text. */
function folderWithServer(answer: string): string {
  const dir = mkdtempSync(join(tmpdir(), "natoms-setup-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "nats-server");
  writeFileSync(file, `#!/bin/sh\necho "${answer}"\n`);
  chmodSync(file, 0o755);
  return dir;
}

test.each([
  ["2.14.5", true],
  ["2.14.10", true],
  ["2.15.0", true],
  ["3.0.0", true],
  ["2.15.1-1", true],
  ["2.14.4", false],
  ["2.9.99", false],
  ["1.99.99", false],
  ["unknown", false],
])("version %s is new enough: %s", (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test("a new enough server on PATH is taken", () => {
  const dir = folderWithServer("nats-server: v2.16.0");
  expect(lookUpNatsServer({ PATH: dir, NATOMS_NATS_SERVER_FROM: "path" })).toEqual({
    path: join(dir, "nats-server"),
    version: "2.16.0",
    source: "path",
  });
});

test("an old server on PATH is passed over, and the user is told what to do", () => {
  const env = { PATH: folderWithServer("nats-server: v2.10.0"), NATOMS_NATS_SERVER_FROM: "path" };
  expect(lookUpNatsServer(env)).toBeUndefined();
  expect(() => requireNatsServer(env)).toThrow(/nats-server 2\.14\.5 or newer is needed/);
});

test("a named server is used before the one on PATH", () => {
  const named = join(folderWithServer("nats-server: v2.17.3"), "nats-server");
  const env = { PATH: folderWithServer("nats-server: v2.16.0"), NATOMS_NATS_SERVER: named };
  expect(lookUpNatsServer(env)).toEqual({ path: named, version: "2.17.3", source: "given" });
});

test("a named server that is too old or does not run is refused, not replaced", () => {
  const PATH = folderWithServer("nats-server: v2.16.0");
  const old = join(folderWithServer("nats-server: v2.14.4"), "nats-server");
  expect(() => lookUpNatsServer({ PATH, NATOMS_NATS_SERVER: old })).toThrow(/is 2\.14\.4/);
  const missing = join(PATH, "nothing");
  expect(() => lookUpNatsServer({ PATH, NATOMS_NATS_SERVER: missing })).toThrow(/does not run/);
});

test("something that prints no version is no server", () => {
  expect(versionOf(join(folderWithServer("hello"), "nats-server"))).toBeUndefined();
});

test("an unknown source is refused", () => {
  expect(() => onlySource({ NATOMS_NATS_SERVER_FROM: "curl" })).toThrow(/must be path, go or apt/);
});

test("the hint lists what was tried", () => {
  expect(installHint(["go: cannot run go"])).toMatch(/NATOMS_NATS_URL.*\n {2}tried: go: cannot/s);
});
