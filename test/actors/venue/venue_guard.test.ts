/**
 * A session guards itself: two owners, a broken protocol, quarantine, an orderly end.
 */
import { describe, expect, test } from "vitest";
import { venueShard } from "../../../protocols/kernel/shard.ts";
import { controlSubject } from "../../../protocols/kernel/subjects.ts";
import { mayFollow } from "../../../actors/venue/session_status.ts";
import type { LinkEnd } from "../../../actors/venue/venue_link.ts";
import { cancel, legOf, place } from "./venue_requests.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { ms, VenueShardBench } from "./venue_shard_bench.ts";

const down = (bench: VenueShardBench, link: number, end: LinkEnd = {}, fault = false): void =>
  bench.local({ type: "disconnected", link, reason: "gone", fault, ...end });

/** The wait before the next logon that was asked for, in ms; undefined: none was asked for. */
const waitOf = (bench: VenueShardBench): number | undefined => {
  const asked = bench.takeEffects().findLast(({ type }) => type === "restart_link");
  if (asked?.type !== "restart_link") return undefined;
  return asked.notBefore === undefined ? 0 : Number((BigInt(asked.notBefore) - bench.now_ns) / ms);
};

let asked = 0;

/** An operator releases the session. */
const letOut = (bench: VenueShardBench): void => {
  asked += 1;
  const body = { requestId: `r${asked}`, operator: "eve", reason: "ok" };
  bench.run({
    type: "command",
    lane: "h",
    seq: asked,
    subject: controlSubject(venueShard(bench.options.venue), "release"),
    data: new TextEncoder().encode(JSON.stringify(body)),
    stored_ns: bench.now_ns,
    traceparent: undefined,
  });
};

const answer = (lastSeqSent = 0) => ({ incarnation: "i1", lastSeqSent, firstSeqAvailable: 1 });

describe("a session that another logon took over", () => {
  test("leaves the venue alone, comes back with its gate shut, and opens when all is calm", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.takeEffects();
    down(bench, 1, { cause: "session_taken" });
    expect(bench.incidents()).toEqual(["duplicate_owner"]);
    expect(waitOf(bench)).toBe(5_000);
    bench.pass(5_000);
    bench.linkUp(2, answer());
    expect(bench.session?.status).toBe("reconciling");
    bench.message(place("a", soon(bench)));
    expect(bench.sends()).toEqual([]);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["not_sent"]);
    bench.pass(4_999);
    expect(bench.session?.status).toBe("reconciling");
    bench.pass(1);
    expect(bench.session?.status).toBe("open");
  });

  test("is quarantined when it is thrown out again, before an order has left", () => {
    const bench = new VenueShardBench();
    bench.open();
    down(bench, 1, { cause: "session_taken" });
    bench.pass(5_000);
    bench.linkUp(2, answer());
    bench.message(place("a", soon(bench)));
    bench.takeEffects();
    down(bench, 2, { cause: "session_taken" });
    expect(bench.session?.status).toBe("quarantined");
    expect(bench.session?.reason).toMatch(/^duplicate_owner: /);
    expect(bench.takeEffects().map(({ type }) => type)).toEqual(["end_link"]);
    expect(bench.incidents()).toContain("quarantined");
    expect(bench.published.at(-1)?.body).toMatchObject({ to: "quarantined" });
  });

  test("counts a second time only within the period", () => {
    const bench = new VenueShardBench();
    bench.open();
    down(bench, 1, { cause: "session_taken" });
    bench.pass(60_001);
    bench.linkUp(2, answer());
    expect(bench.session?.status).toBe("open");
    down(bench, 2, { cause: "session_taken" });
    expect(bench.session?.status).toBe("disconnected");
  });
});

test("a logon refused because the session is in use waits, and says so once", () => {
  const bench = new VenueShardBench();
  bench.run({ type: "started" });
  for (let link = 1; link <= 5; link += 1) {
    bench.local({ type: "connecting", link });
    bench.takeEffects();
    down(bench, link, { cause: "session_in_use" });
    expect(waitOf(bench)).toBe(2_000);
    bench.pass(2_000);
  }
  expect(bench.incidents()).toEqual(["duplicate_owner"]);
  bench.linkUp(6, answer());
  expect(bench.session?.status).toBe("open");
});

describe("quarantine", () => {
  const quarantined = (): VenueShardBench => {
    const bench = new VenueShardBench();
    bench.open();
    down(bench, 1, { cause: "wrong_party" }, true);
    bench.takeEffects();
    return bench;
  };

  test("comes at once where another venue or session answers", () => {
    expect(quarantined().session).toMatchObject({ status: "quarantined" });
  });

  test("comes with the fifth fault of the protocol within a minute, not with five in two", () => {
    const bench = new VenueShardBench();
    bench.run({ type: "started" });
    const fail = (count: number, from: number): void => {
      for (let no = 0; no < count; no += 1) {
        bench.linkUp(from + no, answer());
        down(bench, from + no, {}, true);
      }
    };
    fail(4, 1);
    bench.pass(60_001);
    fail(4, 5);
    expect(bench.session?.status).toBe("disconnected");
    fail(1, 9);
    expect(bench.session?.status).toBe("quarantined");
  });

  test("outlives the owner and a crash: nothing connects, nothing leaves", () => {
    const bench = quarantined();
    const reason = bench.session?.reason;
    bench.crash();
    bench.run({ type: "started" });
    bench.message(place("a", soon(bench)));
    bench.message(cancel("b"));
    bench.pass(600_000);
    expect(bench.session).toMatchObject({ status: "quarantined", reason, link: 0 });
    expect(bench.takeEffects()).toEqual([]);
    const [told] = bench.reports();
    expect(told).toMatchObject({ execType: "not_sent", code: "ROUTE_VENUE_DOWN" });
    expect(told?.text).toContain("session=quarantined");
    expect(bench.space.size("waiting")).toBe(1);
  });

  test("puts what had left in doubt, and a release brings everything back", () => {
    const bench = new VenueShardBench();
    bench.open();
    const { clOrdId } = place("a", soon(bench));
    bench.message(place("a", soon(bench)));
    down(bench, 1, { cause: "wrong_party" }, true);
    bench.message(cancel("a"));
    expect(bench.said(clOrdId)).toEqual(["in_doubt"]);
    bench.takeEffects();
    letOut(bench);
    expect(waitOf(bench)).toBe(0);
    expect(bench.incidents().at(-1)).toBe("released");
    bench.linkUp(2, answer(1));
    hear(bench, 1, report(clOrdId), 2);
    expect(bench.session?.status).toBe("open");
    expect(bench.sends()).toEqual([legOf("a", "cancel:1")]);
  });

  test("ended by a release forgets what led to it", () => {
    const bench = new VenueShardBench();
    bench.open();
    down(bench, 1, { cause: "session_taken" });
    bench.linkUp(2, answer());
    down(bench, 2, { cause: "session_taken" });
    letOut(bench);
    bench.linkUp(3, answer());
    expect(bench.session?.status).toBe("open");
    down(bench, 3, { cause: "session_taken" });
    expect(bench.session?.status).toBe("disconnected");
  });

  test("is not ended by a release that comes to a session in use", () => {
    const bench = new VenueShardBench();
    bench.open();
    letOut(bench);
    expect(bench.session?.status).toBe("open");
    expect(bench.incidents()).toEqual(["release_ignored"]);
  });
});

describe("a session that is to end", () => {
  const kinds = (bench: VenueShardBench): string[] => bench.takeEffects().map(({ type }) => type);

  test("logs out at once where nothing is unanswered, and tells that its gate is shut", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.takeEffects();
    bench.local({ type: "drain" });
    expect(kinds(bench)).toEqual(["end_link"]);
    expect(bench.session).toMatchObject({ status: "disconnected", reason: "drained" });
    expect(bench.gate().at(-1)).toMatchObject({ open: false });
  });

  test("takes no new order, lets cancels leave, and ends with the last answer", () => {
    const bench = new VenueShardBench();
    bench.open();
    const { clOrdId } = place("a", soon(bench));
    bench.message(place("a", soon(bench)));
    bench.takeEffects();
    bench.local({ type: "drain" });
    expect(bench.session?.status).toBe("draining");
    bench.message(place("b", soon(bench)));
    expect(bench.said(legOf("b", "new:0"))).toEqual(["not_sent"]);
    bench.message(cancel("a"));
    expect(bench.sends()).toEqual([legOf("a", "cancel:1")]);
    hear(bench, 1, report(clOrdId));
    expect(bench.session?.status).toBe("draining");
    const ends = { execType: "canceled", origClOrdId: clOrdId, ended: true } as const;
    hear(bench, 2, report(legOf("a", "cancel:1"), ends));
    expect(kinds(bench)).toEqual(["send", "end_link"]);
    expect(bench.said(clOrdId)).toEqual(["new"]);
  });

  test("waits a second and no longer: the rest is in doubt", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.takeEffects();
    bench.local({ type: "drain" });
    bench.pass(999);
    expect(bench.session?.status).toBe("draining");
    bench.pass(1);
    expect(kinds(bench)).toEqual(["end_link"]);
    expect(bench.said(legOf("a", "new:0"))).toEqual(["in_doubt"]);
  });

  test("makes no other link where the one in use breaks", () => {
    const bench = new VenueShardBench();
    bench.open();
    bench.message(place("a", soon(bench)));
    bench.takeEffects();
    bench.local({ type: "drain" });
    down(bench, 1);
    expect(kinds(bench)).toEqual(["end_link"]);
    bench.run({ type: "started" });
    expect(kinds(bench)).toEqual(["restart_link"]);
  });

  test("has nothing to wait for without a link", () => {
    const bench = new VenueShardBench();
    bench.run({ type: "started" });
    bench.takeEffects();
    bench.local({ type: "drain" });
    expect(kinds(bench)).toEqual(["end_link"]);
  });
});

test("the only way out of quarantine is by disconnected", () => {
  for (const to of ["connecting", "logged_on", "reconciling", "open", "draining"] as const) {
    expect(mayFollow("quarantined", to)).toBe(false);
  }
});
