/**
 * What every event feed must do, whatever it is made of.
 *
 * Owns: the numbered clauses of `runtime/event_feed.ts` as tests.
 * Never: knows an implementation; a harness gives it a feed and shows what the feed stored.
 */
import { Effect } from "effect";
import { assert, describe, it } from "vitest";
import { EventFeed } from "../../runtime/event_feed.ts";
import type { FeedMessage } from "../../runtime/event_feed.ts";

/** A feed under test. */
export interface EventFeedHarness {
  readonly run: <A, E>(effect: Effect.Effect<A, E, EventFeed>) => Promise<A>;
  /** A subject that nobody has published to. */
  readonly freshSubject: () => string;
  /** Payloads stored under a subject, in order. */
  readonly stored: (subject: string) => Promise<readonly string[]>;
}

/** A batch of numbered messages. */
export const feedBatch = (subject: string, from: number, to: number): readonly FeedMessage[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    subject,
    data: new TextEncoder().encode(`${from + index}`),
    msgId: `${subject}:${from + index}`,
  }));

/** The payloads of `feedBatch`. */
export const feedTexts = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

/** Declares the contract's tests. */
export const eventFeedContract = (harness: () => EventFeedHarness): void => {
  const publish = (batch: readonly FeedMessage[]): Promise<void> =>
    harness().run(
      Effect.gen(function* () {
        const feed = yield* EventFeed;
        yield* feed.publish(batch);
      }),
    );

  describe("event feed contract", () => {
    it("1: a batch larger than the window is stored whole and in order", async () => {
      const subject = harness().freshSubject();
      await publish(feedBatch(subject, 1, 1_000));
      assert.deepStrictEqual(await harness().stored(subject), feedTexts(1, 1_000));
    });

    it("1: batches follow each other in order, and an empty one is nothing", async () => {
      const subject = harness().freshSubject();
      await publish(feedBatch(subject, 1, 3));
      await publish([]);
      await publish(feedBatch(subject, 4, 5));
      assert.deepStrictEqual(await harness().stored(subject), feedTexts(1, 5));
    });

    it("2: a batch that is repeated, in part or whole, is stored once", async () => {
      const subject = harness().freshSubject();
      await publish(feedBatch(subject, 1, 10));
      await publish(feedBatch(subject, 5, 15));
      await publish(feedBatch(subject, 1, 15));
      assert.deepStrictEqual(await harness().stored(subject), feedTexts(1, 15));
    });
  });
};
