/**
 * Ends a test run with one machine-readable line: `N passed, N failed`.
 *
 * Owns: that last line; `.ci/run` repeats it as its own.
 * Never: colour, extra words, or a count that hides a file which failed before its tests ran.
 */
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Counts finished tests; a broken file or an error outside tests counts as one failure. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(
    modules: ReadonlyArray<TestModule>,
    unhandled: ReadonlyArray<SerializedError>,
  ): void {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === "passed") passed += 1;
        else if (state === "failed" || state === "pending") failed += 1;
      }
      failed += module.errors().length;
    }
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
}
