/**
 * Every maximum of the shard runtime, in one place, with the inequalities between them.
 */
import { invariant } from "./invariant.ts";

/** The limits. A number here is the answer to "what if there is more of it than expected?". */
export const limits = {
  /** A frame is closed at this size; one turn may exceed it, up to `frame_bytes_max`. */
  frame_bytes_target: 64 * 1024,
  /** A frame above this cannot be stored (the server's max_payload is 1 MiB). */
  frame_bytes_max: 960 * 1024,
  /** A turn whose record is larger than this is parked: its frame might never be stored. */
  turn_bytes_max: 640 * 1024,
  /** Turns in one frame: bounds how long the event loop is held. */
  frameTurns_max: 256,
  /** Of those, at least this many are left to the new-work lane when the urgent one floods. */
  frameTurnsNewWork_min: 32,
  /** Undelivered inputs held in memory, per lane. */
  intakeLane_max: 512,
  /** Bytes of undelivered inputs held in memory, per lane, unless a single one is larger. */
  intakeLane_bytes_max: 8 * 1024 * 1024,
  /** Inputs of a driver held in memory; beyond it the driver stops reading its socket. */
  intakeLocal_max: 2048,
  /** Messages waiting to leave after their commit; beyond it the shard takes no more input. */
  outbox_max: 20_000,
  /** Messages in one parcel to another shard. */
  parcelItems_max: 256,
  /** Bytes of one parcel, unless a single message is larger. */
  parcel_bytes_target: 256 * 1024,
  /** Publications handed to the event feed at once. */
  feedBatch_max: 256,
  /** Questions that wait for a frame to be stored. */
  readersWaiting_max: 1_000,
  /** Times that a message which throws is tried before it is parked. */
  attempts_max: 3,
  /** Characters of a parked message that the dead letter keeps. */
  deadLetter_chars_max: 32 * 1024,
  /** Frames between two snapshots. */
  snapshotEvery_frames: 20_000,
  /** Entries serialised in one go while a snapshot is made: a few milliseconds at most. */
  snapshotSlice_entries: 200,
  /** A mailbox is trimmed when this much was read from it, or this much time has passed. */
  trimEvery_bytes: 32 * 1024 * 1024,
  trimEvery_ms: 10_000,
  /** Least time between two trims. */
  trimPause_ms: 250,
  /** Takeovers tried against competing epoch records before the shard gives up. */
  takeover_max: 10,
} as const;

invariant(
  limits.frame_bytes_target + limits.turn_bytes_max < limits.frame_bytes_max,
  "a full frame and one more turn still fit the server's max_payload",
);
invariant(
  limits.deadLetter_chars_max * 12 < limits.turn_bytes_max,
  "a parked message fits into a turn, however its bytes are escaped",
);
invariant(
  limits.frameTurnsNewWork_min < limits.frameTurns_max,
  "the urgent lane has the larger share of a frame",
);
