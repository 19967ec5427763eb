/**
 * Work that goes on while a test hurts the servers: a journal's writer, a mailbox's senders.
 *
 * Owns: what was acknowledged, so that the test can ask for it afterwards.
 * Never: checks anything itself.
 */
import { Effect, Schedule } from "effect";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { parcelSubject } from "../../protocols/kernel/subjects.ts";
import { EventFeed } from "../../runtime/event_feed.ts";
import { Journal } from "../../runtime/journal.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import { feedBatch } from "./event_feed_contract.ts";
import { frame } from "./journal_contract.ts";

/** Stops a load at its next step. */
export interface Load {
  stop: boolean;
  /** Steps that were acknowledged. */
  done: number;
}

/** A load that runs until it is told to stop. */
export const newLoad = (): Load => ({ stop: false, done: 0 });

const pipeline = 2;

/** Appends `frame 1`, `frame 2` … with two in flight, as a shard's commit loop does. */
export const writeFrames = (shard: Shard, load: Load) =>
  Effect.gen(function* () {
    const journal = yield* Journal;
    let next = 0;
    while (!load.stop) {
      const seqs = Array.from({ length: pipeline }, (_, index) => next + index);
      yield* Effect.forEach(seqs, (seq) => journal.append(shard, seq, frame(`frame ${seq + 1}`)), {
        concurrency: pipeline,
        discard: true,
      });
      next += pipeline;
      load.done = next;
    }
  });

/** Publishes numbered messages, repeating each with its id until it is stored. */
export const sendMessages = (shard: Shard, sender: string, load: Load) =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox;
    const subject = parcelSubject(shard, { kind: "venue", key: sender });
    while (!load.stop) {
      const n = load.done + 1;
      yield* mailbox
        .publish(subject, frame(`${sender} ${n}`), `${subject}:${n}`)
        .pipe(Effect.retry(Schedule.spaced("20 millis")));
      load.done = n;
    }
  });

const batchSize = 50;

/** Publishes numbered batches to the feed, repeating each until it is stored. */
export const publishBatches = (subject: string, load: Load) =>
  Effect.gen(function* () {
    const feed = yield* EventFeed;
    while (!load.stop) {
      yield* feed
        .publish(feedBatch(subject, load.done + 1, load.done + batchSize))
        .pipe(Effect.retry(Schedule.spaced("20 millis")));
      load.done += batchSize;
    }
  });
