/**
 * One chaos run from its seed to its verdict: three venues, two nodes and a nats-server as real
 * processes under load, trouble of every kind, then repair, rest, and both sides' records.
 *
 * Owns: what is run and what is compared. Never: prints.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VenueDump } from "../../deploy/simulator/control_client.ts";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import { streams } from "../../protocols/kernel/subjects.ts";
import { answerFaults } from "../integration/support/evidence_faults.ts";
import { readStream } from "../integration/support/event_record.ts";
import type { EventRecord } from "../integration/support/event_record.ts";
import { FaultWorld } from "../integration/support/fault_world.ts";
import type { Strategy } from "../integration/support/fault_world.ts";
import { startLoad } from "../integration/support/load.ts";
import {
  recordsOfBothSides,
  venueRecordFaults,
} from "../integration/support/venue_record_faults.ts";
import { ChaosCrew } from "./chaos_crew.ts";
import { ChaosOperator } from "./chaos_operator.ts";
import { planChaos } from "./chaos_plan.ts";
import { drillGate, drillStrategy } from "./gate_drill.ts";
import { storiesOf } from "./chaos_stories.ts";
import { gateTimes_ms } from "./gate_times.ts";

/** How to run. */
export interface ChaosRunSetting {
  readonly seed: number;
  readonly for_ms: number;
  /** Commands a second. */
  readonly rate: number;
  /** Whether to measure how fast a gate opens with 1,000 open orders: a minute and a half. */
  readonly withDrill: boolean;
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface ChaosOutcome {
  /** Every contradiction between the venues' records and ours; empty is the proof. */
  readonly contradictions: readonly string[];
  /** What both sides have of the orders in them, a line each. */
  readonly stories: readonly string[];
  /** What was done, by kind, and how often each fault of a venue struck. */
  readonly counts: ReadonlyMap<string, number>;
  readonly commands: number;
  readonly orders: number;
  readonly fills: number;
  /** Orders that were in doubt at some time. */
  readonly doubted: number;
  readonly incidents: ReadonlyMap<string, number>;
  /** From logged on to open, milliseconds, in the middle of the trouble. */
  readonly gate_ms: readonly number[];
  /** From the begin of a connection to open, with 1,000 open orders and no trouble. */
  readonly drill_ms: readonly number[];
}

const venueNames = ["SIMX", "SIMY", "SIMZ"] as const;
const nodes = 2;
const strategies: readonly Strategy[] = [
  ["ALFA", "one"],
  ["BRAVO", "one"],
  ["ECHO", "one"],
  ["JULIETT", "one"],
];
const all: readonly Strategy[] = [...strategies, drillStrategy];
const settle_ms_max = 180_000;

/** Runs it. Throws where something of the test itself fails. */
export const runChaos = async (setting: ChaosRunSetting): Promise<ChaosOutcome> => {
  const { seed, for_ms, rate, say } = setting;
  const folder = mkdtempSync(join(tmpdir(), "natoms-chaos-"));
  try {
    await using world = await FaultWorld.start(
      seed,
      (name) => ["--state", join(folder, `${name}.jsonl`)],
      venueNames,
    );
    try {
      const crew = await ChaosCrew.start(world, nodes, say);
      await using _ = new ChaosOperator(world, { say, count: (what) => crew.count(what) });
      const load = startLoad(world.sender, world.prices, {
        seed,
        strategies,
        rate,
        venues: venueNames,
      });
      await crew.run(planChaos({ seed, for_ms, venues: venueNames.length, nodes }), for_ms);
      say("repairing everything");
      await crew.repair();
      await load.stop();
      const drill_ms = setting.withDrill ? await drill(world, crew, say) : [];
      say("canceling what is open");
      const restless = await restlessness(world);
      await crew.close();
      const outcome = await judge(world, crew.counts, drill_ms);
      return { ...outcome, contradictions: [...restless, ...outcome.contradictions] };
    } catch (error) {
      say(world.story());
      throw error;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Cancels what is open; what does not come to rest is a contradiction too, with its story. */
const restlessness = (world: FaultWorld): Promise<readonly string[]> =>
  world.settle(all, settle_ms_max).then(
    () => [],
    (error: Error) => [error.message.slice(0, 300)],
  );

const drill = (
  world: FaultWorld,
  crew: ChaosCrew,
  say: ChaosRunSetting["say"],
): Promise<readonly number[]> => {
  say("resetting a connection with 1,000 open orders");
  return crew.withVenue(0, (venue, control) => drillGate(world, venue, control));
};

const judge = async (
  world: FaultWorld,
  counts: ReadonlyMap<string, number>,
  drill_ms: readonly number[],
): Promise<ChaosOutcome> => {
  const dumps = new Map<string, VenueDump>();
  for (const { name, process } of world.venues) {
    const control = await VenueControl.open(process.port);
    dumps.set(name, await control.dump());
    control.close();
  }
  const records = await recordsOfBothSides(world, all, dumps);
  const { events } = records;
  const commands = world.sender.acked;
  const messages = await readStream(world.sender.connection, streams.events);
  const contradictions = [
    ...venueRecordFaults(records),
    ...answerFaults({ commands, events }, false),
  ];
  return {
    contradictions,
    stories: storiesOf(contradictions, records),
    counts,
    commands: commands.length,
    orders: events.orders.size,
    fills: [...dumps.values()].reduce((sum, { executions }) => sum + executions.length, 0),
    doubted: doubtedIn(events),
    incidents: incidentsOf(events),
    gate_ms: gateTimes_ms(messages, venueNames),
    drill_ms,
  };
};

const doubtedIn = ({ orders }: EventRecord): number =>
  [...orders.values()].filter((list) => list.some(({ execType }) => execType === "in_doubt"))
    .length;

const incidentsOf = ({ incidents }: EventRecord): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const text of incidents) {
    const { what, incident } = JSON.parse(text) as { what?: string; incident?: string };
    const name = what ?? incident ?? "?";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
};
