/**
 * A worker of `npm run simulate`: runs the seeds that it is sent, one at a time.
 */
import { verdictOf } from "./verdict.ts";

process.on("message", ({ seed, steps }: { readonly seed: number; readonly steps: number }) => {
  process.send?.(verdictOf(seed, steps));
});
