/**
 * Restarting: who, when, in which order, how often, and who decides when it is too often.
 */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Fiber, Random, Schedule } from "effect";
import { TestClock } from "effect/testing";
import { restartBackoff } from "../../runtime/child_spec.ts";
import type { ChildSpec, Strategy, SupervisorSpec } from "../../runtime/child_spec.ts";
import { makeSupervisor, supervisorChild } from "../../runtime/supervisor.ts";
import { makeProbe, settle } from "./supervisor_probe.ts";
import type { Order, Probe } from "./supervisor_probe.ts";

const running = (
  probe: Probe,
  strategy: Strategy,
  children: readonly ChildSpec[],
  more: Partial<SupervisorSpec> = {},
) =>
  Effect.gen(function* () {
    // See supervisor_stop.test.ts: without it the first sleep of a finalizer does not sleep.
    yield* TestClock.adjust(1);
    const supervisor = makeSupervisor(probe.spec("sup", strategy, children, more));
    const fiber = yield* Effect.forkChild(supervisor.run());
    yield* settle;
    return { supervisor, fiber };
  });

describe("starting", () => {
  it.effect("starts children in order, each when the one before is ready", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const slow = probe.child("b", { init: () => Effect.sleep(1_000) });
      yield* running(probe, "rest_for_one", [probe.child("a"), slow, probe.child("c")]);
      assert.strictEqual(probe.take(), "+a a! +b");
      assert.isFalse(probe.events.some((event) => event.type === "supervisor_running"));
      yield* TestClock.adjust(1_000);
      assert.strictEqual(probe.take(), "b! +c c!");
      assert.isTrue(probe.events.some((event) => event.type === "supervisor_running"));
    }),
  );

  it.effect("fails, and stops what it had started, when a child's first start fails", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const broken = probe.child("c", { init: () => Effect.fail("no disk") });
      const { fiber } = yield* running(probe, "one_for_one", [
        probe.child("a"),
        probe.child("b"),
        broken,
        probe.child("d"),
      ]);
      assert.strictEqual(probe.take(), "+a a! +b b! +c -c -b -a");
      const exit = yield* Effect.flip(Fiber.join(fiber));
      assert.deepInclude(exit, { _tag: "ChildStartFailed", child: "c", reason: "failed" });
    }),
  );

  it.effect("restarts an earlier child that dies while a later one is still starting", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const slow = probe.child("b", { init: () => Effect.sleep(10_000) });
      yield* running(probe, "rest_for_one", [probe.child("a"), slow, probe.child("c")]);
      yield* probe.tell("a", "fail");
      assert.strictEqual(probe.take(), "+a a! +b -a -b");
      yield* TestClock.adjust(200);
      assert.strictEqual(probe.take(), "+a a! +b");
      yield* TestClock.adjust(10_000);
      assert.strictEqual(probe.take(), "b! +c c!");
    }),
  );
});

describe("restart kinds", () => {
  const cases: readonly [ChildSpec["restart"], Order, boolean][] = [
    ["permanent", "fail", true],
    ["permanent", "defect", true],
    ["permanent", "end", true],
    ["permanent", "interrupt", true],
    ["transient", "fail", true],
    ["transient", "defect", true],
    ["transient", "end", false],
    ["transient", "interrupt", false],
    ["temporary", "fail", false],
    ["temporary", "defect", false],
    ["temporary", "end", false],
    ["temporary", "interrupt", false],
  ];
  for (const [restart, order, restarted] of cases) {
    it.effect(`${restart} + ${order}: ${restarted ? "restarted" : "left stopped"}`, () =>
      Effect.gen(function* () {
        const probe = makeProbe();
        const { supervisor, fiber } = yield* running(probe, "one_for_one", [
          probe.child("a", { restart }),
          probe.child("b"),
        ]);
        probe.take();
        yield* probe.tell("a", order);
        yield* TestClock.adjust(200);
        assert.strictEqual(probe.take(), restarted ? "-a +a a!" : "-a");
        assert.isUndefined(fiber.pollUnsafe());
        const shown = supervisor.children().find((child) => child.id === "a");
        if (restarted) assert.deepInclude(shown, { state: "running", restarts: 1 });
        else if (restart === "temporary") assert.isUndefined(shown);
        else assert.deepInclude(shown, { state: "stopped", restarts: 0 });
      }),
    );
  }
});

describe("strategies", () => {
  const five = (probe: Probe) => ["a", "b", "c", "d", "e"].map((id) => probe.child(id));

  it.effect("one_for_one restarts the failed child alone", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      yield* running(probe, "one_for_one", five(probe));
      probe.take();
      yield* probe.tell("c", "defect");
      yield* TestClock.adjust(200);
      assert.strictEqual(probe.take(), "-c +c c!");
    }),
  );

  it.effect("rest_for_one stops the later siblings in reverse, then starts them in order", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const { supervisor } = yield* running(probe, "rest_for_one", five(probe));
      probe.take();
      yield* probe.tell("c", "fail");
      assert.strictEqual(probe.take(), "-c -e -d");
      const states = supervisor.children().map((child) => child.state);
      assert.deepStrictEqual(states, [
        "running",
        "running",
        "restarting",
        "restarting",
        "restarting",
      ]);
      yield* TestClock.adjust(200);
      assert.strictEqual(probe.take(), "+c c! +d d! +e e!");
      const restarts = supervisor.children().map((child) => child.restarts);
      assert.deepStrictEqual(restarts, [0, 0, 1, 1, 1]);
    }),
  );

  it.effect("one_for_all restarts all, temporary siblings excepted", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const once = probe.child("b", { restart: "temporary" });
      yield* running(probe, "one_for_all", [probe.child("a"), once, probe.child("c")]);
      probe.take();
      yield* probe.tell("c", "fail");
      assert.strictEqual(probe.take(), "-c -b -a");
      yield* TestClock.adjust(200);
      assert.strictEqual(probe.take(), "+a a! +c c!");
    }),
  );

  it.effect("rest_for_one widens a restart under way when an earlier child fails", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      yield* running(probe, "rest_for_one", five(probe));
      probe.take();
      yield* probe.tell("d", "fail");
      yield* probe.tell("b", "fail");
      assert.strictEqual(probe.take(), "-d -e -b -c");
      yield* TestClock.adjust(300);
      assert.strictEqual(probe.take(), "+b b! +c c! +d d! +e e!");
    }),
  );

  it.effect("rest_for_one forgets nobody when a later sibling fails during a slow stop", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const slow = probe.child("e", { cleanUp: (nth) => Effect.sleep(nth === 1 ? 1_000 : 0) });
      yield* running(probe, "rest_for_one", [...five(probe).slice(0, 4), slow]);
      probe.take();
      yield* probe.tell("b", "fail");
      assert.strictEqual(probe.take(), "-b -e");
      yield* probe.tell("d", "fail");
      assert.strictEqual(probe.take(), "-d");
      yield* TestClock.adjust(1_500);
      assert.strictEqual(probe.take(), "-c +b b! +c c! +d d! +e e!");
    }),
  );

  it.effect("one_for_one restarts of two children do not wait for each other", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const slow = probe.child("a", { init: (nth) => Effect.sleep(nth > 1 ? 60_000 : 0) });
      yield* running(probe, "one_for_one", [slow, probe.child("b")]);
      yield* settle;
      probe.take();
      yield* probe.tell("a", "fail");
      yield* probe.tell("b", "fail");
      yield* TestClock.adjust(200);
      assert.strictEqual(probe.take(), "-a -b +a +b b!");
    }),
  );
});

describe("back-off and intensity", () => {
  const delays = (probe: Probe) =>
    probe.events.flatMap((event) => (event.type === "child_restarting" ? [event.delay_ms] : []));

  const crash = (probe: Probe, seed: string) =>
    Effect.gen(function* () {
      const backoff = restartBackoff(100, 30_000);
      const more = { intensity: 100, period_ms: 600_000, backoff };
      yield* running(probe, "one_for_one", [probe.child("a")], more);
      for (let nth = 0; nth < 12; nth += 1) {
        yield* probe.tell("a", "fail");
        yield* TestClock.adjust(30_000);
      }
      return delays(probe);
    }).pipe(Random.withSeed(seed));

  it.effect("delays double with jitter up to the cap; the same seed gives the same delays", () =>
    Effect.gen(function* () {
      const first = yield* crash(makeProbe(), "seed 1");
      const again = yield* crash(makeProbe(), "seed 1");
      const other = yield* crash(makeProbe(), "seed 2");
      assert.strictEqual(first.length, 12);
      first.forEach((delay_ms, index) => {
        const plain_ms = 100 * 2 ** index;
        assert.isAtLeast(delay_ms, Math.min(0.8 * plain_ms, 30_000));
        assert.isAtMost(delay_ms, Math.min(1.2 * plain_ms, 30_000));
      });
      assert.deepStrictEqual(first, again);
      assert.notDeepEqual(first, other);
    }),
  );

  it.effect("the delays begin anew once the child ran for a whole period", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const more = { backoff: Schedule.exponential(100) };
      yield* running(probe, "one_for_one", [probe.child("a")], more);
      for (const pause_ms of [1_000, 1_000, 61_000, 1_000]) {
        yield* probe.tell("a", "fail");
        yield* TestClock.adjust(pause_ms);
      }
      assert.deepStrictEqual(delays(probe), [100, 200, 400, 100]);
    }),
  );

  it.effect("one restart more than the intensity: all are stopped and the supervisor fails", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const children = [probe.child("a"), probe.child("b"), probe.child("c")];
      const more = { intensity: 2, period_ms: 60_000 };
      const { fiber, supervisor } = yield* running(probe, "one_for_one", children, more);
      for (let nth = 0; nth < 2; nth += 1) {
        yield* probe.tell("b", "fail");
        yield* TestClock.adjust(1_000);
      }
      assert.isUndefined(fiber.pollUnsafe());
      probe.take();
      yield* probe.tell("b", "defect");
      assert.strictEqual(probe.take(), "-b -c -a");
      const error = yield* Effect.flip(Fiber.join(fiber));
      assert.deepInclude(error, { _tag: "SupervisorExhausted", id: "sup", child: "b" });
      assert.strictEqual(String(error.cause), "Error: b is broken");
      assert.deepStrictEqual(supervisor.children(), []);
    }),
  );

  it.effect("a back-off schedule that ends counts as exhausted", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const more = {
        intensity: 100,
        backoff: Schedule.spaced(100).pipe(Schedule.upTo({ times: 2 })),
      };
      const { fiber } = yield* running(probe, "one_for_one", [probe.child("a")], more);
      for (let nth = 0; nth < 3; nth += 1) {
        yield* probe.tell("a", "fail");
        yield* TestClock.adjust(200);
      }
      const error = yield* Effect.flip(Fiber.join(fiber));
      assert.strictEqual(error._tag, "SupervisorExhausted");
    }),
  );

  it.effect("a restart that does not get ready counts again, until the supervisor gives up", () =>
    Effect.gen(function* () {
      const probe = makeProbe();
      const child = probe.child("a", {
        init: (nth) => (nth > 1 ? Effect.fail("still no disk") : Effect.void),
      });
      const { fiber } = yield* running(probe, "one_for_one", [child], { intensity: 3 });
      yield* probe.tell("a", "fail");
      yield* TestClock.adjust(10_000);
      assert.strictEqual(probe.take(), "+a a! -a +a -a +a -a +a -a");
      const error = yield* Effect.flip(Fiber.join(fiber));
      assert.strictEqual(String(error.cause), "still no disk");
    }),
  );

  it.effect(
    "escalates: an exhausted supervisor is restarted by its parent, then the parent fails",
    () =>
      Effect.gen(function* () {
        const probe = makeProbe();
        const inner = makeSupervisor(
          probe.spec("inner", "one_for_one", [probe.child("a"), probe.child("b")], {
            intensity: 1,
          }),
        );
        const outer = [probe.child("x"), supervisorChild(inner), probe.child("y")];
        const { fiber } = yield* running(probe, "rest_for_one", outer, { intensity: 1 });
        const fail = Effect.andThen(probe.tell("a", "fail"), TestClock.adjust(500));
        assert.strictEqual(probe.take(), "+x x! +a a! +b b! +y y!");
        yield* fail;
        assert.strictEqual(probe.take(), "-a +a a!");
        yield* fail;
        assert.strictEqual(probe.take(), "-a -b -y +a a! +b b! +y y!");
        yield* fail;
        assert.strictEqual(probe.take(), "-a +a a!");
        yield* fail;
        assert.strictEqual(probe.take(), "-a -b -y -x");
        const error = yield* Effect.flip(Fiber.join(fiber));
        assert.deepInclude(error, { _tag: "SupervisorExhausted", id: "sup", child: "inner" });
        assert.deepInclude(error.cause, { _tag: "SupervisorExhausted", id: "inner", child: "a" });
      }),
  );
});
