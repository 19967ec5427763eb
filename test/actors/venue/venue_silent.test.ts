/**
 * A venue that answers some questions and never others: what it never answers must not keep it from
 * being asked the rest, nor a cancel from leaving.
 */
import { expect, test } from "vitest";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";
import { cancel, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const names = ["a", "b", "c", "d", "e"];
const newOf = (name: string) => legOf(name, "new:0");
const cancelOf = (name: string) => legOf(name, "cancel:1");

/** Who is asked for while nobody answers, over and over. */
const askedIn = (bench: VenueShardBench, seconds: number): readonly string[] => {
  const asked: string[] = [];
  for (let second = 0; second < seconds; second += 1) {
    bench.pass(1_000);
    for (const effect of bench.takeEffects()) {
      if (effect.type === "query") asked.push(effect.query.asker);
    }
  }
  return asked;
};

/** Each is asked for, and about as often as the others. */
const expectFair = (asked: readonly string[]): void => {
  const times = names.map((name) => asked.filter((one) => one === newOf(name)).length);
  expect(2 * Math.min(...times)).toBeGreaterThan(Math.max(...times));
};

test("requests in doubt are asked for in turn where there is no room for all at once", () => {
  const bench = new VenueShardBench({ queriesInFlight_max: 2 });
  bench.open();
  for (const name of names) bench.message(place(name, soon(bench)));
  expectFair(askedIn(bench, 30));
  bench.crash();
});

test("orders are asked for in turn where there is no room for all at once", () => {
  const bench = new VenueShardBench({ queriesInFlight_max: 2 });
  bench.open();
  for (const [index, name] of names.entries()) {
    bench.message(place(name, soon(bench)));
    hear(bench, index + 1, report(newOf(name)));
  }
  for (const name of names) {
    const { clOrdId, orderId, instrument, grid } = place(name, 0n);
    bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
  }
  bench.takeEffects();
  expectFair(askedIn(bench, 30));
  bench.crash();
});

test("a cancel of an order in doubt that overtakes nothing leaves, whoever is silent", () => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  bench.pass(2_000);
  bench.message(cancel("a"));
  bench.takeEffects();
  bench.pass(250 + 500);
  expect(bench.sends()).toEqual([]);
  bench.pass(4_000);
  expect(bench.sends()).toEqual([cancelOf("a")]);
  // It was there all the time.
  const canceled = { execType: "canceled", origClOrdId: newOf("a"), ended: true } as const;
  hear(bench, 1, report(cancelOf("a"), canceled));
  expect(bench.said(cancelOf("a")).at(-1)).toBe("canceled");
  expect(bench.space.size("request")).toBe(0);
  expect(bench.sends()).toHaveLength(1);
  bench.crash();
});

test("after a lost link it waits for the answer of the next one first", () => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.message(cancel("a"));
  bench.pass(60_000);
  bench.takeEffects();
  bench.linkUp(2);
  bench.pass(1_900);
  expect(bench.sends()).toEqual([]);
  expect(answerAll(bench, undefined, 2)).toBe(1);
  expect(bench.said(cancelOf("a"))).toEqual(["not_sent"]);
});
