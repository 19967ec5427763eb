/**
 * The services of one process, as it reaches them over a network: the in-memory twins behind
 * delays, losses, lost answers, doubled and late requests.
 *
 * A request that was sent lives outside of its sender: it may take effect long after the sender
 * gave up on it, was frozen or died.
 *
 * Owns: what happens between a process and the twins. Never: what the twins do.
 */
import { Context, Effect, Exit } from "effect";
import type { Fiber } from "effect";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { shardName } from "../../protocols/kernel/shard.ts";
import type { ShardServices } from "../support/ledger_world.ts";
import { mailboxFilter } from "../../protocols/kernel/subjects.ts";
import { EventFeed, FeedUnavailable } from "../../runtime/event_feed.ts";
import type { FeedMessage } from "../../runtime/event_feed.ts";
import { Journal, JournalUnavailable } from "../../runtime/journal.ts";
import type { Delivery, Intake } from "../../runtime/mailbox.ts";
import { Mailbox, MailboxBroken, MailboxUnavailable } from "../../runtime/mailbox.ts";
import { SnapshotStore, SnapshotUnavailable } from "../../runtime/snapshot_store.ts";
import type { FaultName, Faults } from "./faults.ts";
import type { Process, VirtualWorld } from "./virtual_world.ts";

/** What is told of what the twins store. */
export interface StoreWatch {
  /** `writer` is the owner whose append it is. */
  readonly onAppend: (shard: Shard, data: Uint8Array, writer: number) => void;
  readonly onMail: (subject: string, data: Uint8Array) => void;
  readonly onFeed: (message: FeedMessage) => void;
}

/** What the services of a process are made of. */
export interface ServiceOptions {
  readonly world: VirtualWorld;
  readonly faults: Faults;
  readonly watch: StoreWatch;
  /** The twins, running in a process of their own that never fails. */
  readonly server: Process;
  readonly twins: Context.Context<ShardServices>;
  readonly spoil: (shard: Shard) => void;
}

const ms = 1_000;
/** How long a caller waits for an answer before it gives up. */
const patience_us = 1_000 * ms;

/** The faults that an operation can have. */
interface Hazards {
  readonly delayed?: FaultName;
  readonly lost?: FaultName;
  readonly answerLost?: FaultName;
  readonly doubled?: FaultName;
  readonly late?: FaultName;
}

/** Makes the services of a process, for the owner of a shard of that number. */
export const servicesOf = (
  options: ServiceOptions,
  process: Process,
  writer: number,
): Context.Context<ShardServices> =>
  process.context.pipe(
    Context.add(Journal, journalOf(options, process, writer)),
    Context.add(Mailbox, mailboxOf(options, process)),
    Context.add(EventFeed, feedOf(options, process)),
    Context.add(SnapshotStore, snapshotsOf(options, process)),
  );

/** Runs a twin's operation to its end, which it reaches at once. */
const atServer = <A, E>(
  { server, twins }: ServiceOptions,
  effect: Effect.Effect<A, E>,
): Exit.Exit<A, E> => {
  const context = Context.merge(twins, server.context);
  const exit = Effect.runForkWith(context)(effect).pollUnsafe();
  if (exit === undefined) throw new Error("an operation of a twin without delay ends at once");
  return exit;
};

/** Brings a request to the twins and its answer back. `again` numbers a repeat of it. */
const request = <A, E>(
  options: ServiceOptions,
  process: Process,
  hazards: Hazards,
  carryOut: (again: number) => Exit.Exit<A, E>,
  fault: (cause: Error) => E,
): Effect.Effect<A, E> =>
  Effect.callback<A, E>((resume) => {
    const { world, faults } = options;
    const strikes = (name: FaultName | undefined): boolean =>
      name !== undefined && faults.strikes(name);
    const way_us = (): number =>
      strikes(hazards.delayed) ? faults.prng.between(1, 100) * ms : faults.prng.between(50, 400);
    const giveUp = (): void => {
      world.after(patience_us, process, () => resume(Effect.fail(fault(new Error("no answer")))));
    };
    if (strikes(hazards.lost)) {
      giveUp();
      return;
    }
    if (strikes(hazards.late)) {
      world.after(patience_us * (0.9 + faults.prng.next()), undefined, () => carryOut(0));
      giveUp();
      return;
    }
    world.after(way_us(), undefined, () => {
      const exit = carryOut(0);
      if (strikes(hazards.doubled)) {
        world.after(way_us(), undefined, () => carryOut(1));
      }
      if (strikes(hazards.answerLost)) giveUp();
      else world.after(way_us(), process, () => resume(exit));
    });
  });

const journalOf = (
  options: ServiceOptions,
  process: Process,
  writer: number,
): Journal["Service"] => {
  const twin = Context.get(options.twins, Journal);
  const fault = (shard: Shard, operation: string) => (cause: Error) =>
    new JournalUnavailable({ shard: shardName(shard), operation, cause });
  return Journal.of({
    last: (shard) =>
      request(
        options,
        process,
        { delayed: "read_delayed", lost: "read_lost" },
        () => atServer(options, twin.last(shard)),
        fault(shard, "last"),
      ),
    append: (shard, expectedSeq, data) =>
      request(
        options,
        process,
        {
          delayed: "append_delayed",
          lost: "append_lost",
          answerLost: "append_answer_lost",
          doubled: "append_doubled",
          late: "append_lands_late",
        },
        () => {
          const exit = atServer(options, twin.append(shard, expectedSeq, data));
          if (Exit.isSuccess(exit)) options.watch.onAppend(shard, data, writer);
          return exit;
        },
        fault(shard, "append"),
      ),
    read: (shard, fromSeq, toSeq, each) =>
      request(
        options,
        process,
        { delayed: "read_delayed", lost: "read_lost" },
        () => {
          const entries: Parameters<typeof each>[0][] = [];
          const read = twin.read(shard, fromSeq, toSeq, (entry) => void entries.push(entry));
          return Exit.map(atServer(options, read), () => entries);
        },
        fault(shard, "read"),
      ).pipe(Effect.map((entries) => entries.forEach(each))),
  });
};

const mailboxOf = (options: ServiceOptions, process: Process): Mailbox["Service"] => {
  const twin = Context.get(options.twins, Mailbox);
  return Mailbox.of({
    publish: (subject, data, msgId) =>
      request(
        options,
        process,
        {
          delayed: "publish_delayed",
          lost: "publish_lost",
          answerLost: "publish_answer_lost",
          doubled: "publish_doubled",
          late: "publish_lands_late",
        },
        (again) => {
          // A repeat beyond the store's dedup window is stored a second time.
          const id = again === 0 ? msgId : `${msgId}~${again}`;
          const exit = atServer(options, twin.publish(subject, data, id));
          options.watch.onMail(subject, data);
          return exit;
        },
        (cause) => new MailboxUnavailable({ subject, cause }),
      ),
    trim: (shard, lane, throughSeq) =>
      request(
        options,
        process,
        { lost: "publish_lost", late: "publish_lands_late" },
        () => atServer(options, twin.trim(shard, lane, throughSeq)),
        (cause) => new MailboxUnavailable({ subject: mailboxFilter(shard, lane), cause }),
      ),
    consume: (shard, lane, afterSeq, intake) =>
      Effect.callback((resume) => {
        const { server, twins } = options;
        const context = Context.merge(twins, server.context);
        const broken = (): void => {
          const cause = new Error("the consumer is gone");
          const fault = new MailboxBroken({ shard: shardName(shard), lane, cause });
          process.post(() => resume(Effect.fail(fault)));
          consumption.interruptUnsafe();
        };
        const line = makeLine(options, process, intake, broken);
        const consumption: Fiber.Fiber<never, unknown> = Effect.runForkWith(context)(
          Effect.scoped(
            twin.consume(shard, lane, afterSeq, { deliver: line, room: () => Effect.void }),
          ),
        );
        consumption.addObserver((exit) => {
          if (Exit.isFailure(exit)) process.post(() => resume(exit as Exit.Exit<never, never>));
        });
        process.onDeath(() => consumption.interruptUnsafe());
        return Effect.sync(() => consumption.interruptUnsafe());
      }),
  });
};

/** Deliveries on their way to a process: in order, each after its delay, as there is room. */
const makeLine = (
  { world, faults }: ServiceOptions,
  process: Process,
  intake: Intake,
  broken: () => void,
): ((delivery: Delivery) => boolean) => {
  const waiting: Delivery[] = [];
  let arrival_us = 0;
  let hasRoom = true;
  let isBroken = false;
  const pump = (): void => {
    while (hasRoom) {
      const delivery = waiting.shift();
      if (delivery === undefined) return;
      hasRoom = intake.deliver(delivery);
      if (hasRoom) continue;
      Effect.runForkWith(process.context)(intake.room(delivery.lane)).addObserver(() => {
        hasRoom = true;
        pump();
      });
    }
  };
  return (delivery) => {
    if (isBroken) return true;
    if (faults.strikes("mailbox_broken")) {
      isBroken = true;
      world.after(0, undefined, broken);
      return true;
    }
    const delay_us = faults.strikes("delivery_delayed")
      ? faults.prng.between(1, 50) * ms
      : faults.prng.between(20, 200);
    arrival_us = Math.max(arrival_us, world.now_us() + delay_us);
    world.after(arrival_us - world.now_us(), process, () => {
      waiting.push(delivery);
      pump();
    });
    return true;
  };
};

const feedOf = (options: ServiceOptions, process: Process): EventFeed["Service"] => {
  const twin = Context.get(options.twins, EventFeed);
  return EventFeed.of({
    publish: (batch) =>
      request(
        options,
        process,
        {
          delayed: "feed_delayed",
          lost: "feed_lost",
          answerLost: "feed_answer_lost",
          doubled: "feed_doubled",
          late: "feed_lands_late",
        },
        (again) => {
          for (const message of batch) options.watch.onFeed(message);
          const repeated = batch.map((one) => ({ ...one, msgId: `${one.msgId}~${again}` }));
          return atServer(options, twin.publish(again === 0 ? batch : repeated));
        },
        (cause) => new FeedUnavailable({ cause }),
      ),
  });
};

const snapshotsOf = (options: ServiceOptions, process: Process): SnapshotStore["Service"] => {
  const twin = Context.get(options.twins, SnapshotStore);
  const fault = (shard: Shard, operation: string) => (cause: Error) =>
    new SnapshotUnavailable({ shard: shardName(shard), operation, cause });
  return SnapshotStore.of({
    save: (shard, snapshot) =>
      request(
        options,
        process,
        { lost: "snapshot_lost", late: "snapshot_lands_late" },
        () => {
          const exit = atServer(options, twin.save(shard, snapshot));
          if (options.faults.strikes("snapshot_spoiled")) options.spoil(shard);
          return exit;
        },
        fault(shard, "save"),
      ),
    load: (shard) =>
      request(
        options,
        process,
        { delayed: "read_delayed", lost: "read_lost" },
        () => atServer(options, twin.load(shard)),
        fault(shard, "load"),
      ),
  });
};
