/**
 * Which sequences a stream holds, as its leader knows it.
 *
 * Owns: reading `STREAM.INFO` for its range.
 * Never: caches.
 */
import { Effect } from "effect";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { numberOf, objectOf } from "./nats_error.ts";
import type { JetStreamRefusal, NatsFault } from "./nats_error.ts";
import { apiRequest } from "./nats_request.ts";

/** A stream's range: empty where `lastSeq` is below `firstSeq`. */
export interface StreamRange {
  readonly firstSeq: number;
  /** The last sequence ever given, also when its message is gone. */
  readonly lastSeq: number;
  /** Whether the stream has several replicas, so that an old leader might have answered. */
  readonly replicated: boolean;
}

/** Asks the leader for a stream's range. */
export const streamRange = (
  nats: NatsConnectionShape,
  stream: string,
): Effect.Effect<StreamRange, JetStreamRefusal | NatsFault> =>
  apiRequest(nats.requests, `$JS.API.STREAM.INFO.${stream}`, undefined).pipe(
    Effect.map((info) => {
      const state = objectOf(info["state"]) ?? {};
      const config = objectOf(info["config"]) ?? {};
      return {
        firstSeq: numberOf(state["first_seq"]),
        lastSeq: numberOf(state["last_seq"]),
        replicated: numberOf(config["num_replicas"], 1) > 1,
      };
    }),
  );
