/**
 * A venue shard's circuit breaker on the bench: what opens it, what passes, how it closes again.
 */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { breakerOptions_default } from "../../../actors/venue/breaker_options.ts";
import { VenueBreakerEventBody, VenueSessionEventBody } from "../../../protocols/venue_event.ts";
import { BreakerDesk } from "./breaker_desk.ts";
import { cancel, legOf, venue } from "./venue_requests.ts";
import { ms } from "./venue_shard_bench.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

const rejected = { execType: "rejected", ended: true } as const;

/** A desk whose breaker was opened by answers that are missing. */
const opened = (change: ConstructorParameters<typeof VenueShardBench>[0] = {}): BreakerDesk => {
  const desk = new BreakerDesk(change);
  for (let no = 0; no < 5; no += 1) desk.send();
  desk.bench.pass(2_000);
  expect(desk.phase).toBe("open");
  return desk;
};

describe("opens", () => {
  test("with the fifth request in a row that has no answer in time", () => {
    const desk = new BreakerDesk();
    for (let no = 0; no < 4; no += 1) desk.send();
    desk.bench.pass(2_000);
    expect(desk.phase).toBe("closed");
    desk.send();
    desk.bench.pass(2_000);
    expect(desk.phase).toBe("open");
  });

  test("not while an answer comes between them", () => {
    const desk = new BreakerDesk();
    for (let round = 0; round < 6; round += 1) {
      for (let no = 0; no < 2; no += 1) desk.send();
      desk.bench.pass(2_000);
      desk.trade(3);
    }
    expect(desk.phase).toBe("closed");
  });

  test("where one request in ten takes a second, of at least twenty", () => {
    const desk = new BreakerDesk();
    desk.trade(17);
    desk.trade(2, 1_100);
    expect(desk.phase).toBe("closed");
    desk.trade(1, 1_100);
    expect(desk.phase).toBe("open");
    const fast = new BreakerDesk();
    fast.trade(200, 1);
    fast.trade(19, 1_100);
    expect(fast.phase).toBe("closed");
  });

  test("where half of the requests are refused for the venue's own trouble", () => {
    const desk = new BreakerDesk();
    desk.trade(10);
    desk.trade(9, 1, { ...rejected, trouble: true });
    expect(desk.phase).toBe("closed");
    desk.trade(1, 1, { ...rejected, trouble: true });
    expect(desk.phase).toBe("open");
  });

  test("for refusals of business only where nearly all are refused", () => {
    const desk = new BreakerDesk();
    desk.trade(5);
    desk.trade(94, 1, rejected);
    expect(desk.phase).toBe("closed");
    desk.trade(1, 1, rejected);
    expect(desk.phase).toBe("open");
  });

  test("not for refusals that one account alone has, while others trade", () => {
    const desk = new BreakerDesk();
    desk.trade(2, 1, {}, "OTHER");
    desk.trade(200, 1, rejected);
    expect(desk.phase).toBe("closed");
    // The others are refused as well: it is the venue.
    desk.bench.pass(35_000);
    desk.trade(60, 1, rejected);
    desk.trade(3, 1, rejected, "OTHER");
    expect(desk.phase).toBe("open");
  });

  test("counts by account what a crash has interrupted", () => {
    const desk = new BreakerDesk();
    desk.trade(2, 1, {}, "OTHER");
    desk.bench.crash();
    desk.trade(60, 1, rejected);
    desk.bench.crash();
    expect(desk.phase).toBe("closed");
  });

  test("not for what is older than half a minute", () => {
    const desk = new BreakerDesk();
    desk.trade(19, 1, { ...rejected, trouble: true });
    desk.bench.pass(35_000);
    desk.trade(2, 1, { ...rejected, trouble: true });
    expect(desk.phase).toBe("closed");
  });

  test("and says so to routers and to everybody, with the numbers", () => {
    const { bench } = opened();
    const said = bench.published.filter(({ subject }) => subject.endsWith(".breaker"));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({
      subject: "oms.v1.evt.venue.SIMX.breaker",
      body: { from: "closed", to: "open", cause: "timeouts", trips: 1 },
    });
    expect(said[0]?.body).toMatchObject({ numbers: { timeout: 5, timeoutsInRow: 5 } });
    for (const { subject, body } of bench.published) {
      if (subject.endsWith(".breaker")) Schema.decodeUnknownSync(VenueBreakerEventBody)(body);
      if (subject.endsWith(".session")) Schema.decodeUnknownSync(VenueSessionEventBody)(body);
    }
    expect(bench.gate().at(-1)).toMatchObject({ open: true, breaker: "open" });
  });

  test("at once with a ban of a second or more, for as long as it lasts", () => {
    const desk = new BreakerDesk();
    desk.send();
    const banned = { clOrdId: legOf("o1", "new:0"), code: "banned" } as const;
    const refuse = (retryAfter_ms: number): void =>
      desk.bench.local({ type: "refused", link: 1, refusal: { ...banned, retryAfter_ms } });
    refuse(900);
    expect(desk.phase).toBe("closed");
    refuse(30_000);
    expect(desk.phase).toBe("open");
    desk.bench.pass(29_000);
    expect(desk.phase).toBe("open");
    desk.bench.pass(1_000);
    expect(desk.phase).toBe("half_open");
  });

  test("where half of the requests are refused unseen, by an error or for limits", () => {
    const desk = new BreakerDesk();
    desk.trade(10);
    for (let no = 0; no < 10; no += 1) {
      expect(desk.phase).toBe("closed");
      const clOrdId = legOf(desk.send(), "new:0");
      const code = no % 2 === 0 ? "internal_error" : "unavailable";
      desk.bench.local({ type: "refused", link: 1, refusal: { clOrdId, code, retryAfter_ms: 1 } });
      desk.bench.pass(3);
    }
    expect(desk.phase).toBe("open");
  });

  test("not by requests whose link was lost", () => {
    const desk = new BreakerDesk();
    for (let no = 0; no < 50; no += 1) desk.send();
    desk.bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    expect(desk.phase).toBe("closed");
  });
});

describe("an open breaker", () => {
  test("refuses orders with its code, and lets cancels, questions and reports pass", () => {
    const desk = new BreakerDesk();
    desk.trade(1);
    for (let no = 0; no < 5; no += 1) desk.send();
    desk.bench.pass(2_000);
    desk.bench.takeEffects();
    desk.send();
    expect(desk.refusal).toBe("ROUTE_VENUE_BREAKER");
    desk.bench.message(cancel("o1"));
    expect(desk.bench.sends()).toEqual([legOf("o1", "cancel:1")]);
    desk.answer("o2");
    expect(desk.bench.said(legOf("o2", "new:0"))).toEqual(["in_doubt", "new"]);
  });

  test("survives its owner, and a crash, and is tried at its time", () => {
    const desk = opened();
    desk.bench.crash();
    desk.bench.run({ type: "started" });
    expect(desk.phase).toBe("open");
    desk.bench.pass(1_000);
    expect(desk.phase).toBe("half_open");
    // The question waits for the link.
    expect(desk.probes()).toEqual([]);
  });
});

/** Five orders under way three at a time, each slow. */
const slowly = (desk: BreakerDesk): void => {
  for (const count of [3, 2]) slow(desk, count);
};

/** So many orders at once, each answered after 1.2 s; so is every question. */
const slow = (desk: BreakerDesk, count: number): void => {
  const names = Array.from({ length: count }, () => desk.send());
  desk.bench.pass(1_200);
  if (desk.phase === "half_open") desk.answerProbe();
  for (const name of names) desk.answer(name, 0);
};

describe("a trial", () => {
  test("scenario 51: asks a harmless question before any order leaves", () => {
    const desk = opened();
    desk.bench.takeEffects();
    desk.bench.pass(1_000);
    expect(desk.phase).toBe("half_open");
    desk.send();
    expect(desk.refusal).toBe("ROUTE_VENUE_BREAKER");
    // No order would be taken: routers know it as open until there is an answer.
    expect(desk.bench.gate().at(-1)).toMatchObject({ open: true, breaker: "open" });
    const told = desk.bench.gate().length;
    desk.answerProbe();
    expect(desk.bench.gate().slice(told)).toMatchObject([{ open: true, breaker: "half_open" }]);
    desk.send();
    expect(desk.bench.sends()).toHaveLength(1);
  });

  test("lets three orders fly at once, and closes after five that went well", () => {
    const desk = opened();
    desk.toTrial();
    const flying = [desk.send(), desk.send(), desk.send()];
    desk.send();
    expect(desk.refusal).toBe("ROUTE_VENUE_BREAKER");
    for (const name of flying) desk.answer(name);
    expect(desk.phase).toBe("half_open");
    desk.trade(2);
    expect(desk.phase).toBe("closed");
    expect(desk.bench.gate().at(-1)).toMatchObject({ open: true });
    expect(desk.bench.gate().at(-1)?.breaker).toBeUndefined();
  });

  test("is not failed by answers to what was sent before it", () => {
    const breaker = { ...breakerOptions_default, probeEvery_ms: 60_000 };
    const desk = new BreakerDesk({ answerTimeout_ms: 4_000, breaker });
    for (let no = 0; no < 5; no += 1) desk.send();
    desk.bench.pass(3_000);
    const before = desk.send();
    desk.bench.pass(1_000);
    expect(desk.phase).toBe("open");
    desk.toTrial();
    desk.bench.pass(3_000);
    expect(desk.bench.said(legOf(before, "new:0"))).toEqual(["in_doubt"]);
    expect(desk.phase).toBe("half_open");
  });

  test.each([
    ["an order without an answer", (desk: BreakerDesk) => void desk.send()],
    ["a question without an answer", (desk: BreakerDesk) => desk.bench.pass(1_500)],
    [
      "a refusal for the venue's own trouble",
      (desk: BreakerDesk) => desk.trade(1, 1, { ...rejected, trouble: true }),
    ],
    ["answers that are slow", (desk: BreakerDesk) => slowly(desk)],
    ["orders that are all refused", (desk: BreakerDesk) => desk.trade(5, 1, rejected)],
  ])("ends with %s, and the next one comes later", (_, fail) => {
    const desk = opened();
    desk.toTrial();
    fail(desk);
    for (let no = 0; no < 40 && desk.phase !== "open"; no += 1) desk.bench.pass(50);
    expect(desk.phase).toBe("open");
    const state = desk.bench.space.get("breaker", venue);
    expect(state?.trips).toBe(2);
    const span_ms = (BigInt(state?.until ?? "0") - BigInt(state?.since ?? "0")) / ms;
    expect(Number(span_ms)).toBeGreaterThanOrEqual(1_600);
    expect(Number(span_ms)).toBeLessThanOrEqual(2_000);
  });

  test("to which nobody sends an order closes after ten good answers: nobody is shut out", () => {
    const desk = opened();
    desk.toTrial();
    for (let no = 0; no < 9; no += 1) {
      expect(desk.phase).toBe("half_open");
      desk.bench.takeEffects();
      desk.bench.pass(1_000);
      desk.answerProbe();
    }
    expect(desk.phase).toBe("closed");
  });

  test("to which hardly an order comes closes after ten good answers, if the few go well", () => {
    const desk = opened();
    desk.toTrial();
    for (let no = 0; no < 9; no += 1) {
      expect(desk.phase).toBe("half_open");
      desk.bench.takeEffects();
      if (no % 3 === 0) desk.trade(1);
      desk.bench.pass(1_000);
      desk.answerProbe();
    }
    expect(desk.phase).toBe("closed");
  });

  test.each([
    ["the only one was refused", (desk: BreakerDesk) => desk.trade(1, 1, rejected)],
    ["the only one was slow", (desk: BreakerDesk) => slow(desk, 1)],
  ])("stays where %s, until that is half a minute old", (_, send) => {
    const desk = opened();
    desk.toTrial();
    send(desk);
    for (let no = 0; no < 12; no += 1) {
      desk.bench.takeEffects();
      desk.bench.pass(1_000);
      desk.answerProbe();
    }
    expect(desk.phase).toBe("half_open");
    for (let no = 0; no < 20; no += 1) {
      desk.bench.takeEffects();
      desk.bench.pass(1_000);
      if (desk.phase === "half_open") desk.answerProbe();
    }
    expect(desk.phase).toBe("closed");
  });

  test("waits for a link that is down, and asks when it is up", () => {
    const desk = opened();
    desk.bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    desk.bench.pass(5_000);
    expect(desk.phase).toBe("half_open");
    expect(desk.probes()).toEqual([]);
    desk.bench.linkUp(2);
    desk.bench.pass(1_000);
    expect(desk.probes().length).toBeGreaterThan(0);
  });
});

test("openings one after the other wait longer and longer, up to a minute; later ones anew", () => {
  const desk = opened();
  const spans: number[] = [];
  for (let trip = 0; trip < 9; trip += 1) {
    const { until = "0", since = "0" } = desk.bench.space.get("breaker", venue) ?? {};
    spans.push(Number((BigInt(until) - BigInt(since)) / ms));
    desk.toTrial();
    desk.send();
    desk.bench.pass(2_000);
  }
  const full = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000);
  for (const [trip, span_ms] of spans.entries()) {
    expect(span_ms).toBeLessThanOrEqual(full[trip] ?? 0);
    expect(span_ms).toBeGreaterThanOrEqual((full[trip] ?? 0) * 0.8 - 1);
  }
  desk.toTrial();
  desk.trade(5);
  expect(desk.phase).toBe("closed");
  desk.bench.pass(breakerOptions_default.coolDown_ms_max);
  for (let no = 0; no < 5; no += 1) desk.send();
  desk.bench.pass(2_000);
  expect(desk.bench.space.get("breaker", venue)).toMatchObject({ phase: "open", trips: 1 });
});

test("scenario 57: a quarter of an hour without a word leaves nothing that grows", () => {
  const desk = new BreakerDesk();
  const { bench } = desk;
  desk.trade(1);
  const sizes = (): number =>
    ["request", "doubt", "check", "checking", "waiting", "order", "id"].reduce(
      (sum, kind) => sum + bench.space.size(kind as "request"),
      0,
    );
  let link = 1;
  let most = 0;
  for (let second = 0; second < 900; second += 1) {
    // A link is made, the logon has no answer; the watchdog ends it after five seconds.
    if (second % 5 === 4) {
      bench.local({ type: "disconnected", link, reason: "silent for 5000 ms", fault: false });
      link += 1;
      bench.local({ type: "connecting", link });
    }
    for (let no = 0; no < 5; no += 1) desk.send();
    bench.pass(1_000);
    bench.takeEffects();
    most = Math.max(most, sizes());
  }
  // Orders of the first seconds are in doubt; those that were answered at once are forgotten.
  expect(bench.space.size("doubt")).toBeLessThan(50);
  expect(most).toBeLessThan(2 * 5 * (bench.options.endedRetention_ms / 1_000) + 1_000);
  expect(bench.session?.status).toBe("connecting");
  bench.local({ type: "disconnected", link, reason: "silent for 5000 ms", fault: false });
  bench.linkUp(link + 1, { incarnation: "i1", lastSeqSent: 1, firstSeqAvailable: 1 });
  for (let round = 0; round < 20 && bench.session?.status !== "open"; round += 1) {
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "query") continue;
      const answer = { ...effect.query, order: undefined, asOfSeq: 1 };
      bench.local({ type: "answer", link: link + 1, answer });
    }
    bench.pass(2_000);
  }
  expect(bench.space.size("doubt")).toBe(0);
});
