/**
 * Two owners of one venue session, over real sockets to a real simulator, and the driver's checks.
 *
 * Scenarios 31 and 32 of the list of behaviours, at the gateway; `test/integration` has them with
 * whole processes.
 */
import { afterEach, expect, test } from "vitest";
import { simCapabilities } from "../../../actors/venue/sim_publisher.ts";
import { makeVenueDriver } from "../../../actors/venue/venue_driver.ts";
import type { VenueDriver } from "../../../actors/venue/venue_driver.ts";
import type { VenueLinkSink } from "../../../actors/venue/venue_link.ts";
import type { VenueInput } from "../../../actors/venue/venue_input.ts";
import { FaultyVenue } from "../../simulator/faulty_venue.ts";
import { bareLink } from "./bare_link.ts";
import { LiveShard } from "./live_shard.ts";
import { ManualTimers } from "./manual_timers.ts";
import { until } from "./tcp_stage.ts";
import { cancel, legOf, place } from "./venue_requests.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const kept = <A extends { stop: () => unknown }>(thing: A): A => {
  cleanUp.push(() => thing.stop());
  return thing;
};

interface Stage {
  readonly timers: ManualTimers;
  readonly posted: VenueInput[];
  readonly sinks: VenueLinkSink[];
  readonly driver: VenueDriver;
  readonly written: string[];
  readonly unreachable: string[];
  isOwner: boolean;
}

const stageOf = (failures = 3): Stage => {
  const timers = new ManualTimers();
  const posted: VenueInput[] = [];
  const sinks: VenueLinkSink[] = [];
  const written: string[] = [];
  const unreachable: string[] = [];
  const stage = { timers, posted, sinks, written, unreachable, isOwner: true };
  const driver = makeVenueDriver(
    {
      shard: { kind: "venue", key: "SIMX" },
      post: (input) => posted.push(input) > 0,
      room: () => undefined,
      mayAct: () => stage.isOwner,
    },
    {
      timers,
      backOff: { first_ms: 100, factor: 2, max_ms: 1_000, jitter: 0, stable_ms: 5_000 },
      intensity: { intensity: failures, period_ms: 60_000 },
      observer: {
        sent: () => undefined,
        refused: () => undefined,
        linkUp: () => undefined,
        linkDown: () => undefined,
        unreachable: (reason) => void unreachable.push(reason),
      },
      connector: {
        capabilities: simCapabilities,
        connect: (_, sink) => {
          sinks.push(sink);
          return {
            send: ({ clOrdId }) => {
              written.push(clOrdId);
              return { type: "sent" };
            },
            query: () => true,
            pause: () => undefined,
            resume: () => undefined,
            close: () => undefined,
          };
        },
      },
    },
  );
  return Object.assign(stage, { driver });
};

const restart = ({ driver }: Stage): void =>
  driver.perform({ type: "restart_link", resume: { seq: 0 }, reason: "test" });

test("scenario 31: an owner that wakes after another took over neither sends nor logs on", () => {
  const stage = stageOf();
  restart(stage);
  stage.timers.pass(0);
  stage.sinks[0]?.caughtUp();
  // Frozen here; the lease runs out; another process owns the shard when it wakes.
  stage.isOwner = false;
  const request = place("a", stage.timers.now_ns() + 1_000_000_000n);
  stage.driver.perform({ type: "send", request });
  stage.driver.perform({ type: "send", request: cancel("b") });
  expect(stage.written).toEqual([]);
  const refusals = stage.posted.filter(({ type }) => type === "refused_to_send");
  expect(refusals).toHaveLength(2);
  // Its link was taken by the new owner's logon: a logon of ours would take it back.
  stage.sinks[0]?.down("session taken over by another logon", false, { cause: "session_taken" });
  restart(stage);
  stage.timers.pass(600_000);
  expect(stage.sinks).toHaveLength(1);
  expect(stage.posted.filter(({ type }) => type === "connecting")).toHaveLength(1);
});

test("an owner that loses its lease between connection and logon says nothing", async () => {
  const venue = kept(await FaultyVenue.start("--venue", "SIMX"));
  const first = kept(bareLink(venue.process.port));
  await until("logged on", () => first.said.includes("caughtUp"));
  const stale = kept(bareLink(venue.process.port, 0, {}, () => false));
  await until("down", () => stale.downs.length === 1);
  expect(stale.downs).toEqual(["lost: this process does not own the shard any more"]);
  expect(first.downs).toEqual([]);
});

test("a newcomer that the venue refuses learns why, and the one that is there stays", async () => {
  const venue = kept(await FaultyVenue.start("--venue", "SIMX"));
  await venue.control.setFaults({ secondLogon: "refuse" });
  const first = kept(bareLink(venue.process.port));
  await until("logged on", () => first.said.includes("caughtUp"));
  const second = kept(bareLink(venue.process.port));
  await until("down", () => second.downs.length === 1);
  expect(second.causes).toEqual(["session_in_use"]);
  expect(second.said).toEqual(["down"]);
  expect(first.downs).toEqual([]);
});

test("one that is thrown out learns why", async () => {
  const venue = kept(await FaultyVenue.start("--venue", "SIMX"));
  const first = kept(bareLink(venue.process.port));
  await until("logged on", () => first.said.includes("caughtUp"));
  const second = kept(bareLink(venue.process.port));
  await until("down", () => first.downs.length === 1);
  expect(first.downs).toEqual(["lost: session taken over by another logon"]);
  expect(first.causes).toEqual(["session_taken"]);
  await until("logged on", () => second.said.includes("caughtUp"));
});

test("scenario 32: of two that both believe they own a session, one is stopped", async () => {
  const venue = kept(await FaultyVenue.start("--venue", "SIMX"));
  const guard = {
    contest_ms: 100,
    contestPeriod_ms: 60_000,
    inUseWait_ms: 100,
    faults_max: 5,
    brokenRuns_max: 3,
    gaps_max: 3,
    gateShut_ms: 10_000,
    faultPeriod_ms: 60_000,
    drain_ms: 100,
  };
  const port = venue.process.port;
  const shards = [kept(new LiveShard(port, { guard }))];
  await until("first open", () => shards[0]?.isOpen === true);
  shards.push(kept(new LiveShard(port, { guard })));
  const statuses = (): (string | undefined)[] => shards.map(({ bench }) => bench.session?.status);
  await until("one quarantined", () => statuses().includes("quarantined"));
  await until("the other open", () => statuses().includes("open"));
  const [loser] = shards.filter(({ bench }) => bench.session?.status === "quarantined");
  const now_ns = loser?.bench.now_ns ?? 0n;
  loser?.message(place("a", now_ns + 60_000_000_000n));
  expect(loser?.bench.said(legOf("a", "new:0"))).toEqual(["not_sent"]);
  await new Promise((resolve) => {
    setTimeout(resolve, 600);
  });
  expect(new Set(statuses())).toEqual(new Set(["open", "quarantined"]));
  expect((await venue.control.dump()).orders).toEqual([]);
});

test("failures of links beyond the intensity are told; a stable link begins anew", () => {
  const stage = stageOf(3);
  const fail = (): void => {
    restart(stage);
    stage.timers.pass(1_000);
    stage.sinks.at(-1)?.down("refused", false);
  };
  for (let no = 0; no < 3; no += 1) fail();
  restart(stage);
  stage.timers.pass(1_000);
  stage.sinks.at(-1)?.caughtUp();
  stage.timers.pass(5_000);
  stage.sinks.at(-1)?.down("reset", false);
  for (let no = 0; no < 2; no += 1) fail();
  expect(stage.unreachable).toEqual([]);
  fail();
  expect(stage.unreachable).toEqual(["refused"]);
  const told = stage.posted.filter(({ type }) => type === "unreachable");
  expect(told).toEqual([{ type: "unreachable", failures: 4, period_ms: 60_000 }]);
});

test("logons that the venue answers, with a no or a fault, are no failures of the way", () => {
  const stage = stageOf(0);
  const ends = [{ cause: "session_in_use" }, { cause: "logon_refused" }] as const;
  for (const end of ends) {
    restart(stage);
    stage.timers.pass(10_000);
    stage.sinks.at(-1)?.down("no", false, end);
  }
  restart(stage);
  stage.timers.pass(10_000);
  stage.sinks.at(-1)?.down("garbage", true);
  expect(stage.unreachable).toEqual([]);
});

test("a drain is over when the shard has ended its link, or after its bound", () => {
  const stage = stageOf();
  let done = 0;
  stage.driver.drain(() => {
    done += 1;
  });
  expect(stage.posted).toEqual([{ type: "drain" }]);
  expect(done).toBe(0);
  stage.driver.perform({ type: "end_link", reason: "drained" });
  expect(done).toBeGreaterThan(0);
  const slow = stageOf();
  let isOver = false;
  slow.driver.drain(() => {
    isOver = true;
  });
  slow.timers.pass(2_000);
  expect(isOver).toBe(true);
});
