/**
 * Builds nats-server with the Go tool chain of this machine.
 *
 * Owns: the pinned version and the private Go folders of the build.
 * Never: uses the user's Go folders or HOME (they may be absent or read-only).
 */
import { join } from "node:path";
import { runProgram } from "./run_program.mjs";

const MODULE = "github.com/nats-io/nats-server/v2@v2.15.1";

/**
 * Builds the pinned version inside `dir`; takes a minute or two.
 *
 * @param {string} dir empty folder; the caller removes it
 * @param {(line: string) => void} say
 * @returns {Promise<string>} path of the binary
 * @throws {Error} when Go is missing or too old, or the module cannot be had
 */
export async function buildWithGo(dir, say) {
  const bin = join(dir, "bin");
  const env = {
    ...process.env,
    HOME: dir,
    GOPATH: join(dir, "path"),
    GOCACHE: join(dir, "build"),
    GOBIN: bin,
    CGO_ENABLED: "0",
    // Without this flag Go makes its module folder read-only and it could not be removed.
    GOFLAGS: `${process.env["GOFLAGS"] ?? ""} -modcacherw`.trim(),
  };
  await runProgram("go", ["version"], { env });
  say("building nats-server 2.15.1 with go (a minute or two)");
  await runProgram("go", ["install", "-trimpath", "-ldflags=-s -w", MODULE], { cwd: dir, env });
  return join(bin, "nats-server");
}
