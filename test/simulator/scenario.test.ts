/** Scenario files: faults by time, the same by the same seed. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import { FaultOperator } from "../../deploy/simulator/fault_operator.ts";
import { loadRecording } from "../../deploy/simulator/recording_file.ts";
import { playScenario, readScenario, ScenarioError } from "../../deploy/simulator/scenario.ts";
import { parseSettings } from "../../deploy/simulator/settings.ts";
import { Venue } from "../../deploy/simulator/venue.ts";
import type { SimFaultScenario } from "../../protocols/sim_wire.ts";
import { FaultyVenue } from "./faulty_venue.ts";
import { ManualClock } from "./manual_clock.ts";
import { order } from "./venue_fixture.ts";

const example = fileURLToPath(
  new URL("../../deploy/simulator/scenarios/rough_day.json", import.meta.url),
);
const data = fileURLToPath(new URL("../../deploy/data", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scenario-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (content: string): string => {
  const path = join(folder, "scenario.json");
  writeFileSync(path, content);
  return path;
};

describe("a scenario file", () => {
  it("that comes with the simulator can be read, its measured delays too", () => {
    const { steps } = readScenario(example);
    assert.isAbove(steps.length, 3);
    const outbound = steps[0]?.faults.latency?.outbound;
    assert.isTrue(outbound?.kind === "bursts" && outbound.calm.kind === "empirical");
    if (outbound?.kind === "bursts" && outbound.calm.kind === "empirical") {
      assert.lengthOf(outbound.calm.samples_ns, 100);
    }
  });

  it.each([
    ["no JSON", "{"],
    ["no steps", "{}"],
    ["an unknown fault", `{"steps":[{"at_ms":0,"faults":{"gremlins":1}}]}`],
    ["a time before the start", `{"steps":[{"at_ms":-1,"faults":{}}]}`],
    [
      "a file of samples that is not there",
      `{"steps":[{"at_ms":0,"faults":{"latency":{"inbound":{"kind":"empirical","file":"no"}}}}]}`,
    ],
  ])("with %s is refused in words", (_why, content) => {
    assert.throws(() => readScenario(fileWith(content)), ScenarioError);
  });

  it("sets each step's faults at its time; an impossible one is refused at once", async () => {
    const settings = parseSettings(["--speed", "0", "--instruments", "BTC-USDT"]);
    const recordings = await Promise.all(
      settings.instruments.map((spec) => loadRecording(data, spec)),
    );
    const clock = new ManualClock();
    const venue = new Venue(settings, recordings, clock);
    const lost: string[] = [];
    const operator = new FaultOperator(venue, { disconnect: (how) => lost.push(how) });
    const scenario: SimFaultScenario = {
      seed: 4,
      steps: [
        { at_ms: 0, faults: { reports: { drop: 0.5 } } },
        { at_ms: 100, faults: { silence: { swallow: 1 } } },
        {
          at_ms: 200,
          off: ["reports"],
          faults: { outage: { refuses: "connections", orders: "keep", for_ms: 50 } },
        },
        { at_ms: 300, clear: true, faults: {} },
      ],
    };
    playScenario(scenario, operator, clock);
    const { conditions } = venue;
    const families = () => Object.keys(conditions.faults);
    assert.deepStrictEqual(families(), ["reports"]);
    clock.advance(100_000_000);
    assert.deepStrictEqual(families(), ["reports", "silence"]);
    clock.advance(100_000_000);
    assert.deepStrictEqual(families(), ["silence", "outage"]);
    assert.deepStrictEqual(lost, ["reset"]);
    clock.advance(50_000_000);
    assert.deepStrictEqual(families(), ["silence"]);
    clock.advance(50_000_000);
    assert.deepStrictEqual(families(), []);
    const tooSlow = { kind: "constant", delay_ns: "99999999999999" } as const;
    const steps = [{ at_ms: 500, faults: { latency: { inbound: tooSlow } } }];
    assert.throws(() => playScenario({ steps }, operator, clock), ScenarioError);
  });
});

describe("the same seed", () => {
  const started: FaultyVenue[] = [];
  afterEach(async () => {
    for (const venue of started.splice(0)) await venue.stop();
  });

  it("strikes the same requests and reports, and another seed others", async () => {
    const faults = {
      rejects: { new_order: { probability: 0.2, reasons: ["halted", "price_out_of_band"] } },
      silence: { swallow: 0.1, unreported: 0.1 },
      reports: { drop: 0.1, duplicate: 0.1, reorder: 0.1 },
    };
    const told = async (seed: number): Promise<unknown> => {
      const steps = [{ at_ms: 0, faults }];
      const venue = await FaultyVenue.start(
        "--scenario",
        fileWith(JSON.stringify({ seed, steps })),
      );
      started.push(venue);
      const c = await venue.session("oms");
      for (let index = 0; index < 100; index += 1) c.say(order(`o${index}`));
      c.say({ type: "query_executions", requestId: "x", afterSeq: 0 });
      await c.until("executions", ({ last }) => last);
      const { faults: counts } = await venue.control.stats();
      const said = c.reports().map((r) => [r.seq, r.clOrdId, r.execType, r.rejectCode]);
      return { said, counts };
    };
    const first = await told(1);
    assert.deepStrictEqual(await told(1), first);
    assert.notDeepEqual(await told(2), first);
  });
});
