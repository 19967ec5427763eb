/**
 * The driver between a link and the shard: the last check, the order of inputs, the back-off.
 */
import { Effect, Exit, Scope } from "effect";
import { describe, expect, test } from "vitest";
import { backOffDelay_ms } from "../../../actors/venue/back_off.ts";
import { simCapabilities } from "../../../actors/venue/sim_publisher.ts";
import { makeVenueDriver, venueDriver } from "../../../actors/venue/venue_driver.ts";
import type { VenueDriver, VenueDriverOptions } from "../../../actors/venue/venue_driver.ts";
import type { VenueLinkSink, VenueRequest } from "../../../actors/venue/venue_link.ts";
import type { VenueInput } from "../../../actors/venue/venue_input.ts";
import type { DriverContext } from "../../../runtime/shard_model.ts";
import { ManualTimers } from "./manual_timers.ts";
import { cancel, place } from "./venue_requests.ts";

const backOff = { first_ms: 100, factor: 2, max_ms: 350, jitter: 0.5, stable_ms: 5_000 };

class Stage {
  readonly timers = new ManualTimers();
  readonly posted: VenueInput[] = [];
  readonly written: VenueRequest[] = [];
  readonly calls: string[] = [];
  readonly sinks: VenueLinkSink[] = [];
  room_max = 1_000;
  isOwner = true;
  refusal: string | undefined;
  giveRoom: () => void = () => {};
  readonly options: VenueDriverOptions;
  readonly context: DriverContext<VenueInput>;
  readonly driver: VenueDriver;

  constructor() {
    this.context = {
      shard: { kind: "venue", key: "SIMX" },
      post: (input) => {
        if (this.posted.length >= this.room_max) return false;
        this.posted.push(input);
        return true;
      },
      room: (callback) => {
        this.giveRoom = callback;
      },
      mayAct: () => this.isOwner,
    };
    this.options = {
      timers: this.timers,
      backOff,
      connector: {
        capabilities: simCapabilities,
        connect: (resume, sink) => {
          const no = this.sinks.push(sink);
          this.calls.push(`connect ${resume.seq}`);
          return {
            send: (request) => {
              if (this.refusal !== undefined) return { type: "refused", reason: this.refusal };
              this.written.push(request);
              return { type: "sent" };
            },
            query: ({ clOrdId }) => this.calls.push(`query ${clOrdId}`) > 0,
            pause: () => void this.calls.push(`pause ${no}`),
            resume: () => void this.calls.push(`resume ${no}`),
            close: () => void this.calls.push(`close ${no}`),
          };
        },
      },
    };
    this.driver = makeVenueDriver(this.context, this.options);
  }

  restart(seq = 0): void {
    this.driver.perform({ type: "restart_link", resume: { seq }, reason: "test" });
  }

  sink(): VenueLinkSink {
    const sink = this.sinks.at(-1);
    if (sink === undefined) throw new Error("no link was made");
    return sink;
  }

  up(): void {
    this.restart();
    this.timers.pass(0);
    this.sink().loggedOn({ incarnation: "i", lastSeqSent: 0, firstSeqAvailable: 1 });
    this.sink().caughtUp();
  }

  refusals(): string[] {
    return this.posted.flatMap((input) => (input.type === "refused_to_send" ? [input.reason] : []));
  }
}

describe("before bytes leave", () => {
  test("a request goes to the link once", () => {
    const stage = new Stage();
    stage.up();
    const request = place("a", stage.timers.now_ns());
    stage.driver.perform({ type: "send", request });
    expect(stage.written).toEqual([request]);
    expect(stage.refusals()).toEqual([]);
  });

  test("one nanosecond behind its deadline nothing leaves", () => {
    const stage = new Stage();
    stage.up();
    const request = place("a", stage.timers.now_ns() - 1n);
    stage.driver.perform({ type: "send", request });
    expect(stage.written).toEqual([]);
    expect(stage.refusals()).toEqual([`deadline=${request.deadline} passed`]);
  });

  test("who does not own the shard any more sends and asks nothing", () => {
    const stage = new Stage();
    stage.up();
    stage.isOwner = false;
    for (const request of [place("a", stage.timers.now_ns() + 1_000n), cancel("b")]) {
      stage.driver.perform({ type: "send", request });
    }
    const { clOrdId } = cancel("b");
    const query = { asker: clOrdId, clOrdId, purpose: "order", askedAt: cancelTime } as const;
    stage.driver.perform({ type: "query", query });
    expect(stage.written).toEqual([]);
    expect(stage.refusals()).toHaveLength(2);
    expect(stage.calls.some((call) => call.startsWith("query"))).toBe(false);
  });

  test("without a link, and when the link refuses, the shard is told", () => {
    const stage = new Stage();
    const request = place("a", stage.timers.now_ns());
    stage.driver.perform({ type: "send", request });
    stage.up();
    stage.refusal = "too many bytes";
    stage.driver.perform({ type: "send", request });
    expect(stage.refusals()).toEqual(["the link is down", "too many bytes"]);
  });
});

const cancelTime = place("t", 1n).deadline;

describe("inputs", () => {
  test("wait in order while the shard has no room, and the link stops reading", () => {
    const stage = new Stage();
    stage.up();
    stage.room_max = stage.posted.length + 1;
    const { clOrdId } = place("a", 0n);
    const said = {
      execType: "new",
      clOrdId,
      execId: "E",
      cumQty_lots: 0,
      tsEvent: cancelTime,
      ended: false,
    } as const;
    for (let seq = 1; seq <= 4; seq += 1) stage.sink().report(seq, said);
    expect(stage.calls).toEqual(["connect 0", "pause 1"]);
    stage.room_max += 2;
    stage.giveRoom();
    expect(stage.calls).toEqual(["connect 0", "pause 1"]);
    stage.sink().report(5, said);
    stage.room_max += 10;
    stage.giveRoom();
    expect(stage.calls).toEqual(["connect 0", "pause 1", "resume 1"]);
    const seqs = stage.posted.flatMap((input) => (input.type === "report" ? [input.seq] : []));
    expect(seqs).toEqual([1, 2, 3, 4, 5]);
    const report = { reason: "price=1.001 step=0.01", raw: "{}", clOrdId };
    stage.sink().unreadable(6, report);
    expect(stage.posted.at(-1)).toEqual({ type: "unreadable", link: 1, seq: 6, report });
  });

  test("a link that was given up is not heard", () => {
    const stage = new Stage();
    stage.up();
    const old = stage.sink();
    stage.restart(7);
    const before = stage.posted.length;
    old.caughtUp();
    old.down("late", false);
    stage.timers.pass(1_000);
    old.down("later", false);
    expect(stage.posted.slice(before)).toEqual([{ type: "connecting", link: 2 }]);
    expect(stage.calls).toEqual(["connect 0", "close 1", "connect 7"]);
  });

  test("a link that goes down is told once, and the next one waits for the shard", () => {
    const stage = new Stage();
    stage.up();
    stage.sink().down("reset", true);
    stage.timers.pass(10_000);
    expect(stage.posted.at(-1)).toEqual({
      type: "disconnected",
      link: 1,
      reason: "reset",
      fault: true,
    });
    expect(stage.sinks).toHaveLength(1);
  });
});

describe("back-off", () => {
  test("grows with every attempt up to its maximum, and begins anew after a stable link", () => {
    const stage = new Stage();
    const waits: number[] = [];
    const fail = (): void => {
      stage.restart();
      waits.push(stage.timers.waits_ms()[0] ?? -1);
      stage.timers.pass(10_000);
      stage.sink().down("refused", false);
    };
    for (let attempt = 0; attempt < 5; attempt += 1) fail();
    expect(waits).toEqual([0, 100, 200, 350, 350]);
    stage.restart();
    stage.timers.pass(1_000);
    stage.sink().caughtUp();
    stage.timers.pass(backOff.stable_ms - 1);
    stage.sink().down("reset", false);
    stage.restart();
    expect(stage.timers.waits_ms()).toEqual([350]);
    stage.timers.pass(350);
    stage.sink().caughtUp();
    stage.timers.pass(backOff.stable_ms);
    stage.sink().down("reset", false);
    stage.restart();
    expect(stage.timers.waits_ms()).toEqual([0]);
  });

  test("is shortened by chance, by at most its jitter", () => {
    expect(backOffDelay_ms(backOff, 2, 0)).toBe(200);
    expect(backOffDelay_ms(backOff, 2, 0.5)).toBe(150);
    expect(backOffDelay_ms(backOff, 2, 0.999)).toBeGreaterThanOrEqual(100);
  });
});

test("stops with its scope: the link is closed and nothing is done any more", async () => {
  const stage = new Stage();
  const scope = Scope.makeUnsafe();
  const driver = await Effect.runPromise(
    Scope.provide(venueDriver(stage.options)(stage.context), scope),
  );
  driver.perform({ type: "restart_link", resume: { seq: 0 }, reason: "test" });
  stage.timers.pass(0);
  await Effect.runPromise(Scope.close(scope, Exit.void));
  const before = stage.posted.length;
  driver.perform({ type: "send", request: cancel("a") });
  driver.perform({ type: "restart_link", resume: { seq: 0 }, reason: "test" });
  stage.sink().caughtUp();
  stage.timers.pass(60_000);
  expect(stage.calls).toEqual(["connect 0", "close 1"]);
  expect(stage.posted).toHaveLength(before);
});
