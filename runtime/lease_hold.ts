/**
 * One lease while a node holds it: renewed in time, and trusted only until its local deadline.
 *
 * The deadline is monotonic time from before the request that acquired or renewed the lease, plus
 * its time to live, minus a margin. The store counts from when it stored the renewal, which is
 * later: so `mayAct` is false before another node can acquire, even if this process was frozen
 * meanwhile.
 *
 * Owns: the answer to "may this shard still act?" for one acquisition.
 * Never: goes back from no to yes. A shard that is acquired again gets a new hold.
 */
import { Deferred, Duration, Effect, Option } from "effect";
import type { Clock } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import { leaseTimeToLive_ms } from "./leases.ts";
import type { Lease, Leases, LeasesUnavailable } from "./leases.ts";

/** Between renewals while they succeed. */
export const renewEvery_ms = leaseTimeToLive_ms / 3;

/** After a renewal that was not answered; there is time for several before the deadline. */
const renewAgain_ms = renewEvery_ms / 4;

/**
 * How long before its end a lease is no longer trusted: covers the drift of two clocks over its
 * time to live and what happens between asking `mayAct` and the bytes leaving.
 */
export const leaseMargin_ms = leaseTimeToLive_ms / 6;

/** A lease that this process acquired. */
export interface LeaseHold {
  readonly shard: Shard;
  /** Synchronous and cheap: ask immediately before acting. Once false it stays false. */
  readonly mayAct: () => boolean;
  /** Renews until interrupted; completes when the lease was lost to another holder. */
  readonly renewing: Effect.Effect<"lost">;
  /** Completes when the local deadline has passed, whether or not a renewal is under way. */
  readonly lapsing: Effect.Effect<"lapsed">;
  /** From now on `mayAct` is false. */
  readonly revoke: () => void;
  /** Gives the lease back; where that fails it ends by itself. */
  readonly release: Effect.Effect<void>;
}

/** The store as a hold uses it. */
type Store = Leases["Service"];

/** What a hold needs. */
export interface HoldOptions {
  readonly leases: Store;
  readonly clock: Clock.Clock;
  readonly shard: Shard;
  readonly node: string;
  /** How long after a request was sent the lease is trusted, `Infinity` without leases. */
  readonly trusted_ms: number;
  /** Told of every operation that the store did not answer. */
  readonly onUnavailable: (operation: string) => void;
}

/** Acquires the lease; undefined where another node holds it or the store does not answer. */
export const acquireHold = (options: HoldOptions): Effect.Effect<LeaseHold | undefined> =>
  Effect.suspend(() => {
    const { leases, clock, shard, node } = options;
    const sent_ms = monotonic_ms(clock);
    return leases.acquire(shard, node).pipe(
      answered("acquire", options.onUnavailable),
      Effect.map((answer) => {
        const lease = Option.getOrUndefined(answer);
        return lease === undefined ? undefined : holdOf(options, lease, sent_ms);
      }),
    );
  });

const holdOf = (options: HoldOptions, acquired: Lease, sent_ms: number): LeaseHold => {
  const { leases, clock, shard, trusted_ms, onUnavailable } = options;
  const lost = Deferred.makeUnsafe<"lost">();
  let lease = acquired;
  let live = true;
  let deadline_ms = sent_ms + trusted_ms;
  const mayAct = () => {
    if (live && monotonic_ms(clock) >= deadline_ms) live = false;
    return live;
  };
  // Not to be cut short: an unknown outcome would leave us without the lease's revision.
  const renewOnce = Effect.suspend(() => {
    const asked_ms = monotonic_ms(clock);
    return leases.renew(lease).pipe(
      Effect.map((renewed) => {
        lease = renewed;
        // Late answers extend nothing: the shard was told that it may not act.
        if (mayAct()) deadline_ms = asked_ms + trusted_ms;
      }),
      Effect.catchTag("LeaseLost", () => {
        live = false;
        return Deferred.succeed(lost, "lost");
      }),
      answered("renew", onUnavailable),
    );
  }).pipe(Effect.uninterruptible);
  return {
    shard,
    mayAct,
    renewing: Effect.gen(function* () {
      let wait_ms = renewEvery_ms;
      while (!Deferred.isDoneUnsafe(lost)) {
        yield* Effect.sleep(Duration.millis(wait_ms));
        // A lease renewed in time is renewed a third later; one that was not, soon again.
        wait_ms = Option.isSome(yield* renewOnce) ? renewEvery_ms : renewAgain_ms;
      }
      return yield* Deferred.await(lost);
    }),
    lapsing: Effect.gen(function* () {
      if (trusted_ms === Number.POSITIVE_INFINITY) return yield* Effect.never;
      while (mayAct()) {
        yield* Effect.sleep(Duration.millis(Math.max(1, deadline_ms - monotonic_ms(clock))));
      }
      return "lapsed" as const;
    }),
    revoke: () => {
      live = false;
    },
    release: Effect.suspend(() => leases.release(lease)).pipe(
      Effect.catchTag("LeaseLost", () => Effect.void),
      answered("release", onUnavailable),
      Effect.asVoid,
    ),
  };
};

/** Monotonic time, ms with fractions: only differences mean something. */
export const monotonic_ms = (clock: Clock.Clock): number =>
  Number(clock.monotonicTimeNanosUnsafe()) / 1e6;

/**
 * None where the store did not answer, which is reported; never waits longer than a lease lives.
 */
export const answered =
  (operation: string, onUnavailable: (operation: string) => void) =>
  <A>(request: Effect.Effect<A, LeasesUnavailable>): Effect.Effect<Option.Option<A>> =>
    request.pipe(
      Effect.timeoutOption(Duration.millis(leaseTimeToLive_ms)),
      Effect.catchTag("LeasesUnavailable", () => Effect.succeedNone),
      Effect.tap((answer) =>
        Effect.sync(() => {
          if (Option.isNone(answer)) onUnavailable(operation);
        }),
      ),
    );
