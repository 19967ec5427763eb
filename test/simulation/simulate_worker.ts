/**
 * A worker of `npm run simulate`: runs the seeds that it is sent, one at a time.
 */
import { verdictOf } from "./verdict.ts";
import type { Run } from "./verdict.ts";

process.on("message", (run: Run) => {
  process.send?.(verdictOf(run));
});
