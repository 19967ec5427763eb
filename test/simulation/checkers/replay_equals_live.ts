/**
 * Invariant 8: replay of a journal gives the state that its live owner had.
 */
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "replay_equals_live";

/** Makes the checker. */
export const replayEqualsLive: CheckerMaker = () => ({
  name,
  atRest: ({ liveHashes, replayHashes }) => {
    for (const [shard, live] of liveHashes) {
      const replayed = replayHashes.get(shard);
      if (replayed !== live) throw new Violation(name, `${shard} lives as ${live}: ${replayed}`);
    }
  },
});
