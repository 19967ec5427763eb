/**
 * The kill switch on the whole system under load: after the commit of the halts no place and no
 * replace reaches a venue, every open order ends with an outcome of its own, cancels pass, and all
 * of it outlives a `kill -9` of the node in the middle. A resume brings trading back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { drawChance } from "./support/chance.ts";
import { gatherEvidence } from "./support/evidence.ts";
import type { Evidence } from "./support/evidence.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { evidenceSummary } from "./support/evidence_summary.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { Strategy } from "./support/fault_world.ts";
import { startLoad } from "./support/load.ts";
import { eventually, OperatorDesk } from "./support/operator_desk.ts";

const strategies: readonly Strategy[] = [
  ["ALFA", "one"],
  ["ALFA", "two"],
  ["BRAVO", "one"],
  ["CHARLIE", "one"],
  ["ECHO", "one"],
  ["JULIETT", "one"],
];

/** Longest that bytes which had left before the fence are on their way to a venue's book. */
const wire_ms = 1_500;

const by = { operator: "ann", reason: "drill" };

test("48: a kill of everything stops it, through kill -9, until it is resumed", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const node = await world.startReadyNode();
  const desk = new OperatorDesk(world, strategies);
  const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 200 });
  await sleep(3_000);
  expect(await desk.openAtVenues()).toBeGreaterThan(0);
  const { body } = await desk.ask("kill", { scope: "all", requestId: "k1", ...by });
  const accounts = ["acct-0", "acct-1", "acct-2", "acct-3"];
  expect(body["received"]).toEqual(["venue-SIMX", "venue-SIMY", ...accounts]);

  // In the middle of its cancels the node dies; its successor goes on.
  await eventually("both are halted", () => desk.venueStates("halted", "k1").length === 2);
  await node.kill();
  const next = world.startNode();
  await sleep(wire_ms);
  const taken = await desk.idsAtVenues();
  await next.ready();
  await eventually("nothing is open", async () => (await desk.openAtVenues()) === 0);
  await eventually("every shard's kill is done", () => desk.shardsDone().size === 4);
  // Strategies go on asking all the while.
  await sleep(2_000);
  expect(await desk.idsAtVenues()).toEqual(taken);
  expect(await desk.openHere()).toEqual([]);
  showsWhatHappened(desk);
  await showsWhatHolds(desk);

  await desk.ask("resume", { scope: "all", requestId: "r1", ...by });
  await eventually("both are resumed", () => desk.venueStates("active", "r1").length === 2);
  const { length } = await desk.idsAtVenues();
  await eventually("orders arrive", async () => (await desk.idsAtVenues()).length > length + 5);
  await load.stop();
  await world.settle(strategies);
  const names = [...new Set(strategies.map(([account]) => account))];
  const evidence = await gatherEvidence(world, names);
  notes.push(() => evidenceSummary(evidence));
  expect(evidenceFaults(evidence).slice(0, 20)).toEqual([]);
  nothingEntered(desk, evidence);
}, 240_000);

/** Strategies were denied, and killed orders say by whom. */
const showsWhatHappened = ({ heard }: OperatorDesk): void => {
  const denied = heard.filter(({ body }) => body["rejectCode"] === "TRADING_HALTED");
  expect(denied.length).toBeGreaterThan(50);
  const killed = heard.filter(({ body }) => String(body["commandId"]).startsWith("cancel:_kill-"));
  expect(new Set(killed.map(({ body }) => body["execType"]))).toContain("canceled");
};

/** The status names who halted what. */
const showsWhatHolds = async (desk: OperatorDesk): Promise<void> => {
  const { body } = await desk.ask("status", {});
  const rule = { scope: "_all", tradingState: "halted", requestId: "k1", ...by };
  expect(body["nodes"]).toMatchObject([
    {
      venues: [
        { tradingState: "halted", halted: { requestId: "k1", ...by } },
        { tradingState: "halted", halted: { requestId: "k1", ...by } },
      ],
      accounts: Array.from({ length: 4 }, () => ({ tradingRules: [rule] })),
    },
  ]);
};

/** By the venues' own clocks, which are this host's, no order entered or changed while halted. */
const nothingEntered = (desk: OperatorDesk, evidence: Evidence): void => {
  const entries = new Set(["new", "replaced", "rejected", "replace_rejected"]);
  const at = (state: string, requestId: string, venue: string): bigint => {
    const events = desk.venueStates(state, requestId);
    return BigInt(String(events.find(({ body }) => body["venue"] === venue)?.body["tsInit"]));
  };
  for (const [venue, reports] of evidence.reports) {
    const from = at("halted", "k1", venue) + BigInt(wire_ms) * 1_000_000n;
    const until = at("active", "r1", venue);
    const late = reports.filter(
      ({ execType, tsEvent }) =>
        entries.has(execType) && BigInt(tsEvent) > from && BigInt(tsEvent) < until,
    );
    expect(late).toEqual([]);
    expect(Number(until - from) / 1e6).toBeGreaterThan(wire_ms);
  }
};

test("48: a kill of an account stops it at every venue, and the others trade on", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  await world.startReadyNode();
  const desk = new OperatorDesk(world, strategies);
  const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 200 });
  await sleep(2_000);
  const scope = { scope: "account", account: "ALFA" };
  const { body } = await desk.ask("kill", { ...scope, requestId: "k1", ...by });
  expect(body["received"]).toEqual(["venue-SIMX", "venue-SIMY", expect.stringMatching(/^acct-/)]);
  await eventually("both have its fence", () => desk.venueStates("halted", "k1").length === 2);
  await eventually("its kill is done", () => desk.shardsDone().size === 1);
  const from = desk.heard.length;
  await sleep(2_000);
  const entered = desk.heard.slice(from).filter(({ body: { execType } }) => execType === "new");
  const isTheirs = ({ subject }: { readonly subject: string }) => subject.includes(".ALFA.");
  expect(entered.filter(isTheirs)).toEqual([]);
  expect(entered.length).toBeGreaterThan(20);
  const { body: status } = await desk.ask("status", {});
  const fence = { scope: "ALFA.*", requestId: "k1", ...by };
  const venue = { tradingState: "active", haltedScopes: [fence] };
  expect(status["nodes"]).toMatchObject([{ venues: [venue, venue] }]);

  await desk.ask("resume", { ...scope, requestId: "r1", ...by });
  const resumed = desk.heard.length;
  await eventually("it trades again", () =>
    desk.heard.slice(resumed).some((one) => isTheirs(one) && one.body["execType"] === "new"),
  );
  await load.stop();
  await world.settle(strategies);
}, 120_000);

test("an operator's slip is answered with what is wrong, and does nothing", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  await world.startReadyNode();
  const desk = new OperatorDesk(world);
  const say = async (body: object | string): Promise<string> => {
    const { code, body: answer } = await desk.ask("kill", body);
    const { error = "ok", text = "" } = answer as { readonly error?: string; text?: string };
    return `${code} ${error} ${text}`.trim();
  };
  const kill = (body: object): Promise<string> => say({ ...by, ...body });
  expect(await say("not json")).toBe("400 MALFORMED not JSON");
  expect(await say({})).toMatch(/^400 MALFORMED operator/);
  expect(await kill({ scope: "all", acount: "ALFA" })).toMatch(/^400 MALFORMED acount/);
  expect(await kill({ scope: "all", account: "ALFA" })).toMatch(/^400 MALFORMED account: does not/);
  expect(await kill({ scope: "account" })).toMatch(/^400 MALFORMED account: scope account needs/);
  expect(await kill({ scope: "account", account: "ALFB" })).toBe(
    "404 ACCOUNT_UNKNOWN account=ALFB",
  );
  expect(await kill({ scope: "venue", venue: "SIMZ" })).toBe("404 VENUE_UNKNOWN venue=SIMZ");
  expect(await kill({ scope: "account", account: "ALFA" })).toBe("ok");
  const { connection } = world.sender;
  const stats = await connection.request("$SRV.STATS.oms", "", { timeout: 5_000 });
  const { type, endpoints } = stats.json<{
    readonly type: string;
    readonly endpoints: readonly { readonly name: string }[];
  }>();
  expect(type).toBe("io.nats.micro.v1.stats_response");
  expect(endpoints.find(({ name }) => name === "kill")).toMatchObject({
    subject: "oms.v1.admin.kill",
    num_requests: 8,
    num_errors: 7,
  });
}, 120_000);
