/**
 * Time and processes of a simulated world: one clock, one order of everything that happens.
 *
 * A process is what a node's operating-system process is: its fibers, timers and callbacks run one
 * at a time, in order; it can be frozen (everything waits) or killed (nothing of it ever runs
 * again, nothing is tidied up). What is under way outside of it goes on.
 *
 * Owns: virtual time, and the choice of who runs next.
 * Never: a timer, promise or clock of the real process.
 */
import { Clock, Context, Duration, Effect, Scheduler } from "effect";
import type { Fiber } from "effect";
import { makeEventHeap } from "./event_heap.ts";
import type { Prng } from "./prng.ts";

/** When every simulated world begins, milliseconds since the epoch. */
const epoch_ms = 1_750_000_000_000;

/** One process of a world. */
export interface Process {
  readonly name: string;
  /** Tells lives apart: a restarted node is another process. */
  readonly serial: number;
  /** What its clock says, nanoseconds since the epoch: hosts' clocks differ. */
  readonly now_ns: () => bigint;
  /** Clock and scheduler of everything that runs in it. */
  readonly context: Context.Context<never>;
  /** Runs something in this process as soon as it is its turn; never in a dead one. */
  readonly post: (task: () => void) => void;
  readonly isDead: () => boolean;
  readonly isFrozen: () => boolean;
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Ends it on the spot. */
  readonly kill: () => void;
  /** Calls back when it is killed: connections that the outside then closes. */
  readonly onDeath: (callback: () => void) => void;
}

/** A world's time and processes. */
export interface VirtualWorld {
  /** Microseconds since the world began. */
  readonly now_us: () => number;
  /** Nanoseconds since the epoch. */
  readonly now_ns: () => bigint;
  readonly process: (name: string, skew_us?: number) => Process;
  /** Runs something later, in a process or (undefined) outside of all; the result cancels it. */
  readonly after: (delay_us: number, process: Process | undefined, run: () => void) => () => void;
  /** Does the next thing; false: there is none before that time. */
  readonly step: (until_us: number) => boolean;
  readonly steps: () => number;
}

interface Life {
  readonly process: Process;
  readonly tasks: (() => void)[];
  next: number;
  dead: boolean;
  frozen: boolean;
}

const isReady = (life: Life): boolean =>
  !life.dead && !life.frozen && life.next < life.tasks.length;

const takeTask = (life: Life): (() => void) | undefined => {
  const task = life.tasks[life.next];
  life.next += 1;
  if (life.next === life.tasks.length || life.next > 512) {
    life.tasks.splice(0, life.next);
    life.next = 0;
  }
  return task;
};

const instant_ns = (at_us: number): bigint =>
  BigInt(epoch_ms) * 1_000_000n + BigInt(at_us) * 1_000n;

/** Makes a world. A fiber yields after `opsBeforeYield` operations. */
export const makeVirtualWorld = (prng: Prng, opsBeforeYield: number): VirtualWorld => {
  const heap = makeEventHeap();
  let lives: Life[] = [];
  let elapsed_us = 0;
  let steps = 0;
  let serials = 0;
  const now_us = (): number => elapsed_us;
  const now_ns = (): bigint => instant_ns(elapsed_us);

  const after: VirtualWorld["after"] = (delay_us, process, run) =>
    heap.add(elapsed_us + Math.max(0, Math.ceil(delay_us)), () => {
      if (process === undefined) run();
      else process.post(run);
    });

  const fireDue = (): void => {
    for (let run = heap.takeDue(elapsed_us); run !== undefined; run = heap.takeDue(elapsed_us)) {
      run();
    }
  };

  return {
    now_us,
    now_ns,
    after,
    steps: () => steps,
    process: (name, skew_us = 0) => {
      serials += 1;
      const own = { now_us: () => elapsed_us + skew_us, after };
      const life = makeLife(name, serials, opsBeforeYield, own);
      lives = [...lives.filter(({ dead }) => !dead), life];
      return life.process;
    },
    step: (until_us) => {
      steps += 1;
      fireDue();
      const ready = lives.filter(isReady);
      if (ready.length > 0) {
        const life = ready.length === 1 ? ready[0] : prng.pick(ready);
        if (life !== undefined) takeTask(life)?.();
        // Work takes time, so that no two things happen at quite the same moment.
        elapsed_us += 1 + (steps & 7);
        return elapsed_us < until_us;
      }
      const next_us = heap.next_us();
      if (next_us === undefined || next_us >= until_us) {
        elapsed_us = Math.max(elapsed_us, until_us);
        return false;
      }
      elapsed_us = Math.max(elapsed_us, next_us);
      return true;
    },
  };
};

const makeLife = (
  name: string,
  serial: number,
  opsBeforeYield: number,
  world: Pick<VirtualWorld, "now_us" | "after">,
): Life => {
  const tasks: (() => void)[] = [];
  const mourners: (() => void)[] = [];
  const process: Process = {
    name,
    serial,
    now_ns: () => instant_ns(world.now_us()),
    get context() {
      return context;
    },
    post: (task) => {
      if (!life.dead) tasks.push(task);
    },
    isDead: () => life.dead,
    isFrozen: () => life.frozen,
    freeze: () => {
      life.frozen = true;
    },
    thaw: () => {
      life.frozen = false;
    },
    kill: () => {
      if (life.dead) return;
      life.dead = true;
      tasks.length = 0;
      for (const callback of mourners) callback();
    },
    onDeath: (callback) => {
      if (life.dead) callback();
      else mourners.push(callback);
    },
  };
  const life: Life = { process, tasks, next: 0, dead: false, frozen: false };
  const context = contextOf(process, opsBeforeYield, world);
  return life;
};

const contextOf = (
  process: Process,
  opsBeforeYield: number,
  { now_us, after }: Pick<VirtualWorld, "now_us" | "after">,
): Context.Context<never> => {
  const millis = (): number => epoch_ms + Math.floor(now_us() / 1_000);
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: process.now_ns,
    currentTimeNanos: Effect.sync(process.now_ns),
    monotonicTimeNanosUnsafe: process.now_ns,
    monotonicTimeNanos: Effect.sync(process.now_ns),
    sleep: (duration) =>
      Effect.callback<void>((resume) => {
        const cancel = after(Duration.toMillis(duration) * 1_000, process, () =>
          resume(Effect.void),
        );
        return Effect.sync(cancel);
      }),
  };
  const scheduler: Scheduler.Scheduler = {
    executionMode: "async",
    shouldYield: (fiber: Fiber.Fiber<unknown, unknown>) => fiber.currentOpCount >= opsBeforeYield,
    makeDispatcher: () => ({
      scheduleTask: (task) => process.post(task),
      flush: () => undefined,
    }),
  };
  return Context.make(Clock.Clock, clock).pipe(Context.add(Scheduler.Scheduler, scheduler));
};
