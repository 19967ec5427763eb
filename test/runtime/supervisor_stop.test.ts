/**
 * Stopping: reverse order, deadlines, children that hang, restarts under way; and dynamic children.
 */
import { assert, describe, it } from "@effect/vitest";
import { Deferred, Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import type { ChildSpec, Strategy } from "../../runtime/child_spec.ts";
import { makeSupervisor, supervisorChild } from "../../runtime/supervisor.ts";
import { makeProbe, settle } from "./supervisor_probe.ts";
import type { Probe } from "./supervisor_probe.ts";

const running = (probe: Probe, strategy: Strategy, children: readonly ChildSpec[]) =>
  Effect.gen(function* () {
    // A test clock that was never adjusted interrupts the first sleep of an interrupted fiber: its
    // warning about a clock at rest is started interruptibly. Real clocks have no such thing.
    yield* TestClock.adjust(1);
    const supervisor = makeSupervisor(probe.spec("sup", strategy, children));
    const fiber = yield* Effect.forkChild(supervisor.run());
    yield* settle;
    return { supervisor, fiber };
  });

const outcomes = (probe: Probe) =>
  probe.events.flatMap((event) =>
    event.type === "child_stopped" ? [`${event.child} ${event.outcome}`] : [],
  );

describe("stopping", () => {
  it.effect("stops children in reverse order, each after the one before has ended", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const slow = probe.child("b", { cleanUp: () => Effect.sleep(1_000) });
      const children = [probe.child("a"), slow, probe.child("c")];
      const { fiber, supervisor } = yield* running(probe, "one_for_one", children);
      probe.take();
      const stop = yield* Effect.forkChild(Fiber.interrupt(fiber));
      yield* settle;
      assert.strictEqual(probe.take(), "-c -b");
      assert.isUndefined(stop.pollUnsafe());
      yield* TestClock.adjust(1_000);
      assert.strictEqual(probe.take(), "-a");
      assert.isDefined(stop.pollUnsafe());
      assert.deepStrictEqual(outcomes(probe), ["c stopped", "b stopped", "a stopped"]);
      assert.deepStrictEqual(supervisor.children(), []);
      assert.strictEqual(probe.events.at(-1)?.type, "supervisor_stopped");
    }),
  );

  it.effect("a trapExit child is asked first and may finish its work", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const steps: string[] = [];
      const polite: ChildSpec = {
        ...probe.child("a", { trapExit: true }),
        start: ({ ready, stopping }) =>
          Effect.gen(function* () {
            yield* ready;
            yield* stopping;
            yield* Effect.sleep(2_000);
            steps.push("flushed");
          }).pipe(Effect.onInterrupt(() => Effect.sync(() => steps.push("interrupted")))),
      };
      const { fiber } = yield* running(probe, "one_for_one", [polite]);
      const stop = yield* Effect.forkChild(Fiber.interrupt(fiber));
      yield* TestClock.adjust(2_000);
      assert.deepStrictEqual(steps, ["flushed"]);
      assert.isDefined(stop.pollUnsafe());
      assert.deepStrictEqual(outcomes(probe), ["a stopped"]);
    }),
  );

  it.effect("a trapExit child that hangs is interrupted at its deadline, its finalizers run", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const children = [probe.child("a"), probe.child("b", { trapExit: true, shutdown_ms: 3_000 })];
      const { fiber } = yield* running(probe, "one_for_one", children);
      probe.take();
      const stop = yield* Effect.forkChild(Fiber.interrupt(fiber));
      yield* TestClock.adjust(2_999);
      assert.strictEqual(probe.take(), "");
      yield* TestClock.adjust(1);
      assert.strictEqual(probe.take(), "-b -a");
      assert.isDefined(stop.pollUnsafe());
      assert.deepStrictEqual(outcomes(probe), ["b killed", "a stopped"]);
    }),
  );

  it.effect("a child stuck in its finalizer is abandoned at its deadline and does not block", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const stuck = yield* Deferred.make<void>();
      const hangs = probe.child("b", { cleanUp: () => Deferred.await(stuck), shutdown_ms: 3_000 });
      const { fiber } = yield* running(probe, "one_for_one", [probe.child("a"), hangs]);
      probe.take();
      const stop = yield* Effect.forkChild(Fiber.interrupt(fiber));
      yield* TestClock.adjust(2_999);
      assert.strictEqual(probe.take(), "-b");
      assert.isUndefined(stop.pollUnsafe());
      yield* TestClock.adjust(1);
      assert.strictEqual(probe.take(), "-a");
      assert.isDefined(stop.pollUnsafe());
      assert.deepStrictEqual(outcomes(probe), ["b abandoned", "a stopped"]);
      yield* Deferred.succeed(stuck, undefined);
    }),
  );

  it.effect("stopping during a back-off ends at once and nothing is started any more", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const children = [probe.child("a"), probe.child("b"), probe.child("c")];
      const { fiber } = yield* running(probe, "rest_for_one", children);
      yield* probe.tell("b", "fail");
      probe.take();
      yield* Fiber.interrupt(fiber);
      assert.strictEqual(probe.take(), "-a");
      yield* TestClock.adjust(60_000);
      assert.strictEqual(probe.take(), "");
    }),
  );

  it.effect("stopping during the ordered start stops the child that is not ready yet", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const slow = probe.child("b", { init: () => Effect.sleep(10_000) });
      const { fiber } = yield* running(probe, "one_for_one", [
        probe.child("a"),
        slow,
        probe.child("c"),
      ]);
      yield* Fiber.interrupt(fiber);
      yield* TestClock.adjust(20_000);
      assert.strictEqual(probe.take(), "+a a! +b -b -a");
    }),
  );

  it.effect("runs again after a stop, with the static children", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { fiber, supervisor } = yield* running(probe, "one_for_one", [probe.child("a")]);
      yield* Fiber.interrupt(fiber);
      yield* Effect.forkChild(supervisor.run());
      yield* settle;
      assert.strictEqual(probe.take(), "+a a! -a +a a!");
    }),
  );

  it.effect("ends the whole tree, the lowest level first", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const inner = makeSupervisor(
        probe.spec("inner", "one_for_one", [probe.child("a"), probe.child("b")]),
      );
      const children = [probe.child("x"), supervisorChild(inner), probe.child("y")];
      const { fiber } = yield* running(probe, "rest_for_one", children);
      probe.take();
      yield* Fiber.interrupt(fiber);
      assert.strictEqual(probe.take(), "-y -b -a -x");
    }),
  );
});

describe("dynamic children", () => {
  it.effect("are started, shown, restarted and stopped one by one", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { supervisor } = yield* running(probe, "one_for_one", []);
      yield* supervisor.startChild(probe.child("s1"));
      yield* supervisor.startChild(probe.child("s2", { restart: "transient" }));
      assert.strictEqual(probe.take(), "+s1 s1! +s2 s2!");
      yield* probe.tell("s2", "defect");
      assert.strictEqual(supervisor.children()[1]?.state, "restarting");
      yield* TestClock.adjust(200);
      assert.deepStrictEqual(supervisor.children(), [
        { id: "s1", state: "running", restarts: 0, type: "worker" },
        { id: "s2", state: "running", restarts: 1, type: "worker" },
      ]);
      yield* supervisor.stopChild("s1");
      assert.strictEqual(probe.take(), "-s2 +s2 s2! -s1");
      assert.deepStrictEqual(
        supervisor.children().map((child) => child.id),
        ["s2"],
      );
      yield* probe.tell("s2", "end");
      assert.deepStrictEqual(supervisor.children(), []);
      yield* supervisor.startChild(probe.child("s2"));
      assert.strictEqual(probe.take(), "-s2 +s2 s2!");
    }),
  );

  it.effect("a failed first start is told to the caller and the child is forgotten", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { supervisor, fiber } = yield* running(probe, "one_for_one", [probe.child("a")]);
      const broken = probe.child("s", { init: () => Effect.fail("fenced") });
      const error = yield* Effect.flip(supervisor.startChild(broken));
      assert.deepInclude(error, { child: "s", reason: "failed", cause: "fenced" });
      assert.strictEqual(supervisor.children().length, 1);
      assert.isUndefined(fiber.pollUnsafe());
    }),
  );

  it.effect("a second child of the same id, or one for a supervisor at rest, is refused", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { supervisor, fiber } = yield* running(probe, "one_for_one", [probe.child("a")]);
      const twice = yield* Effect.flip(supervisor.startChild(probe.child("a")));
      assert.strictEqual(twice.reason, "duplicate");
      yield* Fiber.interrupt(fiber);
      const late = yield* Effect.flip(supervisor.startChild(probe.child("b")));
      assert.strictEqual(late.reason, "not_running");
      yield* supervisor.stopChild("a");
    }),
  );

  it.effect("stopping one that waits for its restart cancels the restart", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { supervisor } = yield* running(probe, "one_for_one", []);
      yield* supervisor.startChild(probe.child("s"));
      yield* probe.tell("s", "fail");
      yield* supervisor.stopChild("s");
      assert.deepStrictEqual(supervisor.children(), []);
      yield* TestClock.adjust(60_000);
      assert.strictEqual(probe.take(), "+s s! -s");
    }),
  );

  it.effect("stopping one that is starting fails its start; interrupting the start stops it", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { supervisor } = yield* running(probe, "one_for_one", []);
      const slow = (id: string) => probe.child(id, { init: () => Effect.sleep(10_000) });
      const first = yield* Effect.forkChild(Effect.flip(supervisor.startChild(slow("s1"))));
      const second = yield* Effect.forkChild(supervisor.startChild(slow("s2")));
      yield* settle;
      yield* supervisor.stopChild("s1");
      assert.strictEqual((yield* Fiber.join(first)).reason, "stopped");
      yield* Fiber.interrupt(second);
      assert.deepStrictEqual(supervisor.children(), []);
      assert.strictEqual(probe.take(), "+s1 +s2 -s1 -s2");
    }),
  );

  it.effect("are all stopped together with their supervisor, in parallel", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { supervisor, fiber } = yield* running(probe, "one_for_one", [probe.child("a")]);
      for (const id of ["s1", "s2", "s3"]) {
        yield* supervisor.startChild(probe.child(id, { cleanUp: () => Effect.sleep(1_000) }));
      }
      const stop = yield* Effect.forkChild(Fiber.interrupt(fiber));
      yield* settle;
      assert.strictEqual(probe.take().split(" ").slice(-3).join(" "), "-s3 -s2 -s1");
      assert.isUndefined(stop.pollUnsafe());
      yield* TestClock.adjust(1_000);
      assert.isDefined(stop.pollUnsafe());
      assert.strictEqual(probe.take(), "-a");
    }),
  );

  it.effect("leave no fiber and no member behind after a thousand starts and stops", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { supervisor, fiber } = yield* running(probe, "one_for_one", []);
      let alive = 0;
      const counted: ChildSpec = {
        ...probe.child("s"),
        start: ({ ready }) =>
          Effect.gen(function* () {
            yield* Effect.acquireRelease(
              Effect.sync(() => (alive += 1)),
              () => Effect.sync(() => (alive -= 1)),
            );
            yield* ready;
            return yield* Effect.never;
          }),
      };
      for (let nth = 0; nth < 1_000; nth += 1) {
        yield* supervisor.startChild(counted);
        assert.strictEqual(alive, 1);
        yield* supervisor.stopChild("s");
        assert.strictEqual(alive, 0);
      }
      assert.deepStrictEqual(supervisor.children(), []);
      yield* Fiber.interrupt(fiber);
    }),
  );
});
