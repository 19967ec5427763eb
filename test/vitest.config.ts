/**
 * How the tests run: every `*.test.ts` under `test/`, in child processes, at most three at a time,
 * because most of them wait for servers.
 *
 * Owns: time limits, parallelism and the summary line that `.ci/run` reads.
 * Never: global test functions, retries (a flaky test is a bug) or hidden set-up.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/**/*.test.ts"],
    globals: false,
    pool: "forks",
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/support/summary_reporter.ts"],
  },
});
