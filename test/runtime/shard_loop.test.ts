/**
 * The shard loop on in-memory services: commit before effect, recovery, exactly-once between
 * shards, poison, fencing, drain.
 */
import { Effect, Exit } from "effect";
import { describe, expect, it } from "vitest";
import { accountShard } from "../../protocols/kernel/shard.ts";
import {
  auditLedger,
  balances,
  command,
  inWorld,
  startLedger,
  untilChanges,
} from "../support/ledger_world.ts";
import { makeWorld } from "../support/memory_world.ts";

const add = (key: string, n: number) => ({ op: "add", key, n }) as const;

describe("the shard loop", () => {
  it("commits every command once and publishes it with a growing event id", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        for (let i = 0; i < 300; i += 1) yield* command(0, add("a", i));
        yield* untilChanges(owner, 300);
        const balance = (yield* balances(owner)).get("a");
        expect(balance).toEqual({ total: 44_850n, changes: 300 });
        yield* owner.view.drain;
      }),
    );
    const ids = world.feed
      .messages()
      .map(({ data }) => JSON.parse(Buffer.from(data).toString()) as { eventId: string })
      .map(({ eventId }) => eventId.split("-").slice(2).map(Number));
    expect(ids).toHaveLength(300);
    for (const [at, [frame = 0, index = 0]] of ids.entries()) {
      const [frameBefore = 0, indexBefore = -1] = ids[at - 1] ?? [];
      expect(frame > frameBefore || (frame === frameBefore && index > indexBefore)).toBe(true);
    }
  });

  it("performs an effect and publishes only after its frame is stored", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        world.journal.faults.gate.closeUnsafe();
        yield* command(0, { op: "effect", key: "a", n: 7 });
        yield* Effect.sleep("30 millis");
        expect(owner.performed).toEqual([]);
        expect(world.feed.messages()).toEqual([]);
        world.journal.faults.gate.openUnsafe();
        yield* untilChanges(owner, 1);
        expect(owner.performed).toEqual([7]);
        yield* owner.crash;
        const next = yield* startLedger(0);
        yield* untilChanges(next, 1);
        expect(next.performed).toEqual([]);
      }),
    );
  });

  it("hides from queries what is not yet committed", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        world.journal.faults.gate.closeUnsafe();
        yield* command(0, add("a", 1));
        yield* Effect.sleep("20 millis");
        let seen: number | undefined;
        owner.view.read((space) => {
          seen = space.size("balance");
        });
        expect(seen).toBeUndefined();
        world.journal.faults.gate.openUnsafe();
        yield* untilChanges(owner, 1);
        expect(seen).toBe(1);
      }),
    );
  });

  it("moves money between shards exactly once through crashes and lost answers", async () => {
    const world = makeWorld();
    let seed = 11;
    const random = (n: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    const shaky = () => {
      const roll = random(10);
      return roll === 0 ? "lose_answer" : roll === 1 ? "fail" : roll === 2 ? "repeat" : "none";
    };
    world.mailbox.faults.decide = shaky;
    world.feed.faults.decide = shaky;
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owners = [yield* startLedger(0), yield* startLedger(1)];
        for (let i = 0; i < 400; i += 1) {
          const from = random(2);
          const body = { op: "transfer", key: `k${random(5)}`, n: 1, toShard: 1 - from } as const;
          const msgId = `transfer-${i}`;
          yield* Effect.retry(command(from, body, "n", msgId), { times: 50 });
          if (random(12) > 0) continue;
          const victim = random(2);
          const owner = owners[victim];
          if (owner !== undefined) yield* owner.crash;
          owners[victim] = yield* startLedger(victim, { snapshotEvery_frames: 5 });
        }
        const [first, second] = owners;
        if (first === undefined || second === undefined) throw new Error("both live");
        for (let tries = 0; tries < 500; tries += 1) {
          const all = [yield* balances(first), yield* balances(second)];
          const changes = all.flatMap((map) => [...map.values()].map((b) => b.changes));
          if (changes.reduce((a, b) => a + b, 0) >= 800) break;
          yield* Effect.sleep("5 millis");
        }
        yield* Effect.sleep("50 millis");
        const audits = [yield* auditLedger(0), yield* auditLedger(1)];
        const totals = audits.flatMap(({ balances: of }) => [...of.values()]);
        expect(totals.reduce((sum, { changes }) => sum + changes, 0)).toBe(800);
        expect(totals.reduce((sum, { total }) => sum + total, 0n)).toBe(0n);
        expect(audits.reduce((sum, { proofs }) => sum + proofs, 0)).toBeGreaterThan(0);
        const live = [yield* balances(first), yield* balances(second)];
        expect(live).toEqual(audits.map((audit) => audit.balances));
      }),
    );
  });

  it("removes from its mailbox what its journal holds, by size and when it drains", async () => {
    const world = makeWorld();
    const held = () => world.mailbox.messages(accountShard(0), "n").length;
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        const padded = { ...add("wide", 1), padding: "x".repeat(400_000) };
        for (let i = 0; i < 100; i += 1) yield* command(0, padded);
        yield* command(0, add("a", 1));
        yield* untilChanges(owner, 101);
        for (let tries = 0; tries < 100 && held() > 20; tries += 1)
          yield* Effect.sleep("20 millis");
        expect(held()).toBeLessThanOrEqual(20);
        yield* command(0, add("a", 1));
        yield* untilChanges(owner, 102);
        yield* owner.view.drain;
        expect(held()).toBe(0);
        const next = yield* startLedger(0);
        expect((yield* balances(next)).get("a")).toEqual({ total: 2n, changes: 2 });
      }),
    );
  });

  it("says what it could not deliver, and delivers it all the same", async () => {
    const world = makeWorld();
    let failures = 2;
    world.feed.faults.decide = () => {
      failures -= 1;
      return failures >= 0 ? "fail" : "none";
    };
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const undelivered: string[] = [];
        const owner = yield* startLedger(0, {
          observer: { undelivered: (_shard, to) => void undelivered.push(to) },
        });
        yield* command(0, add("a", 1));
        yield* untilChanges(owner, 1);
        yield* owner.view.drain;
        expect(undelivered).toEqual(["feed", "feed"]);
        expect(world.feed.messages()).toHaveLength(1);
      }),
    );
  });

  it("stops a stale owner at its first append, and what it decided never leaves", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const stale = yield* startLedger(0, { node: "node-1" });
        const fresh = yield* startLedger(0, { node: "node-2" });
        yield* command(0, { op: "effect", key: "a", n: 5 });
        const exit = yield* stale.ended;
        expect(Exit.isFailure(exit) && String(exit.cause)).toMatch("JournalFenced");
        yield* untilChanges(fresh, 1);
        expect(stale.performed).toEqual([]);
        expect(fresh.performed).toEqual([5]);
        yield* fresh.view.drain;
        const changes = world.feed.messages().filter(({ subject }) => subject.includes(".a."));
        expect(changes).toHaveLength(1);
      }),
    );
  });

  it("fires a timer once, also when its owner crashed in between", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        yield* command(0, { op: "later", key: "a", n: 3, after_ms: 60 });
        yield* command(0, { op: "later", key: "b", n: 4, after_ms: 10 });
        yield* untilChanges(owner, 1);
        yield* owner.crash;
        const next = yield* startLedger(0);
        yield* untilChanges(next, 2);
        yield* Effect.sleep("80 millis");
        expect(Object.fromEntries(yield* balances(next))).toEqual({
          a: { total: 3n, changes: 1 },
          b: { total: 4n, changes: 1 },
        });
      }),
    );
  });

  it("takes a driver's inputs in order and says when there is no room", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        world.journal.faults.gate.closeUnsafe();
        let taken = 0;
        while (owner.post(1)) taken += 1;
        expect(taken).toBeGreaterThan(1000);
        world.journal.faults.gate.openUnsafe();
        yield* untilChanges(owner, taken);
        expect((yield* balances(owner)).get("local")?.total).toBe(BigInt(taken));
      }),
    );
  });

  it("drains: everything is out, and the next owner replays next to nothing", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        for (let i = 0; i < 200; i += 1) yield* command(0, add(`k${i}`, i));
        yield* untilChanges(owner, 200);
        yield* owner.view.drain;
        expect(Exit.isSuccess(yield* owner.ended)).toBe(true);
        expect(world.feed.messages()).toHaveLength(200);
        let replayed = Number.POSITIVE_INFINITY;
        const next = yield* startLedger(0, {
          observer: { recovered: (_shard, _epoch, count) => void (replayed = count) },
        });
        expect(replayed).toBe(1);
        expect((yield* balances(next)).size).toBe(200);
      }),
    );
  });

  it("refuses to run on a journal with a hole", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        for (let i = 0; i < 3; i += 1) {
          yield* command(0, add("a", i));
          yield* untilChanges(owner, i + 1);
        }
        yield* owner.crash;
        world.journal.lose(accountShard(0), 3);
        const exit = yield* Effect.exit(auditLedger(0));
        expect(Exit.isFailure(exit)).toBe(true);
      }),
    );
  });
});
