/**
 * What the shard loop does with what it cannot process: parked and cut, refused, or restarted.
 */
import { Effect, Exit } from "effect";
import { describe, expect, it } from "vitest";
import { accountShard } from "../../protocols/kernel/shard.ts";
import { parcelSubject } from "../../protocols/kernel/subjects.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import { encodeParcel } from "../../runtime/parcel.ts";
import { changeSubject } from "../support/ledger_model.ts";
import { balances, command, inWorld, startLedger, untilChanges } from "../support/ledger_world.ts";
import { makeWorld } from "../support/memory_world.ts";

const add = (key: string, n: number) => ({ op: "add", key, n }) as const;

describe("what a shard cannot process", () => {
  it("33: parks a message that throws, with its cause, and goes on", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const parked: string[] = [];
        const owner = yield* startLedger(0, {
          observer: { parked: (_shard, cause) => void parked.push(cause) },
        });
        yield* command(0, add("a", 1));
        yield* command(0, { op: "boom", key: "a", n: 100 });
        yield* command(0, add("a", 2));
        yield* untilChanges(owner, 2);
        expect((yield* balances(owner)).get("a")).toEqual({ total: 3n, changes: 2 });
        expect(parked).toEqual(["Error: boom"]);
        yield* owner.view.drain;
        const [letter] = world.feed
          .messages()
          .filter(({ subject }) => subject === "oms.v1.dlq.acct-0")
          .map(({ data }) => JSON.parse(Buffer.from(data).toString()) as object);
        expect(letter).toMatchObject({ cause: "Error: boom" });
        expect(letter).toHaveProperty("data", JSON.stringify({ op: "boom", key: "a", n: 100 }));
        const answers = world.feed
          .messages()
          .filter(({ subject }) => subject === changeSubject(accountShard(0), "parked"));
        expect(answers).toHaveLength(1);
        const again = yield* startLedger(0);
        expect((yield* balances(again)).get("a")).toEqual({ total: 3n, changes: 2 });
      }),
    );
  });

  it("parks a turn that no frame could hold, instead of being stuck on it", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const parked: string[] = [];
        const owner = yield* startLedger(0, {
          observer: { parked: (_shard, cause) => void parked.push(cause) },
        });
        yield* command(0, add("x".repeat(400_000), 1));
        yield* command(0, add("a", 2));
        yield* untilChanges(owner, 1);
        expect(parked).toEqual([expect.stringMatching("bytes fits no frame")]);
        expect(Object.keys(Object.fromEntries(yield* balances(owner)))).toEqual(["a"]);
      }),
    );
  });

  it("ends, to be restarted, where an input that it cannot do without throws", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        yield* command(0, add("a", 1));
        yield* untilChanges(owner, 1);
        owner.post(-1);
        const exit = yield* owner.ended;
        expect(Exit.isFailure(exit) && String(exit.cause)).toMatch("cannot be processed");
        expect(world.feed.messages().some(({ subject }) => subject.includes("dlq"))).toBe(false);
        const next = yield* startLedger(0);
        expect((yield* balances(next)).get("a")).toEqual({ total: 1n, changes: 1 });
      }),
    );
  });

  it("cuts what it parks, whoever sent it", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        const mailbox = yield* Mailbox;
        const forged = JSON.stringify({ key: "€".repeat(300_000), n: "not a number" });
        const subject = parcelSubject(accountShard(0), accountShard(1));
        const items = [{ frame: 1, index: 0, text: forged }];
        yield* mailbox.publish(subject, encodeParcel("acct-1", items), "forged");
        yield* command(0, add("a", 1));
        yield* untilChanges(owner, 1);
        yield* owner.view.drain;
        const letters = world.feed.messages().filter(({ subject: at }) => at.includes("dlq"));
        expect(letters).toHaveLength(1);
        expect(letters[0]?.data.byteLength).toBeLessThan(200_000);
      }),
    );
  });

  it("takes a parcel only from the shard that its subject names", async () => {
    const world = makeWorld();
    await inWorld(
      world.services,
      Effect.gen(function* () {
        const owner = yield* startLedger(0);
        const mailbox = yield* Mailbox;
        const subject = parcelSubject(accountShard(0), accountShard(1));
        const item = { frame: 9, index: 0, text: JSON.stringify({ key: "a", n: 1 }) };
        yield* mailbox.publish(subject, encodeParcel("acct-2", [item]), "foreign");
        yield* mailbox.publish(subject, encodeParcel("acct-1", [{ ...item, frame: 1 }]), "own");
        yield* untilChanges(owner, 1);
        yield* owner.view.drain;
        expect((yield* balances(owner)).get("a")).toEqual({ total: 1n, changes: 1 });
        const letters = world.feed.messages().filter(({ subject: at }) => at.includes("dlq"));
        expect(letters).toHaveLength(1);
      }),
    );
  });
});
