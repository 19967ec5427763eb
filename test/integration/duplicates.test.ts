/**
 * A strategy that repeats every command three times: one order each, whether JetStream recognises
 * the repeats (same message id) or stores all of them.
 */
import { expect, test } from "vitest";
import { commandSubject } from "../../protocols/kernel/subjects.ts";
import type { OrderEventBody } from "../../protocols/order_event.ts";
import type { AckedCommand } from "./support/command_sender.ts";
import { drawChance } from "./support/chance.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { gatherEvidence } from "./support/evidence.ts";
import type { Evidence } from "./support/evidence.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { Strategy } from "./support/fault_world.ts";

const strategies: readonly Strategy[] = [
  ["ALFA", "one"],
  ["BRAVO", "one"],
  ["ECHO", "one"],
  ["JULIETT", "one"],
];
const ordersEach = 12;

test("(28, 29) commands that come three times make one order each", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  await world.startReadyNode();
  await Promise.all(strategies.map((who, index) => repeatEverything(world, who, index % 2 === 0)));
  await world.quiet();
  await conflict(world);
  await world.quiet();
  await world.settle(strategies);
  const accounts = strategies.map(([account]) => account);
  const evidence = await gatherEvidence(world, accounts);
  notes.push(() => JSON.stringify(evidence.events.orders.get(conflicted)));
  // Repeats are judged below; the rest must be as if each command had come once.
  const once = { ...evidence, commands: distinct(evidence.commands) };

  expect(evidenceFaults(once, true).slice(0, 20)).toEqual([]);
  expect(evidence.events.orders.size).toBe(strategies.length * ordersEach);
  expect(repeatFaults(evidence)).toEqual([]);
  conflictIsDenied(evidence);
}, 60_000);

/** Resting and marketable orders, each replaced and cancelled, every command three times. */
const repeatEverything = async (
  world: FaultWorld,
  [account, strategy]: Strategy,
  sameMessageId: boolean,
): Promise<void> => {
  const { sender, prices } = world;
  const thrice = async (command: AckedCommand): Promise<void> => {
    const id = `${account}-${command.clOrdId}-${command.commandId}`;
    for (let copy = 1; copy <= 3; copy += 1) {
      await sender.send(command, sameMessageId ? id : `${id}-${copy}`);
    }
  };
  for (let n = 1; n <= ordersEach; n += 1) {
    const clOrdId = `c${n}`;
    const head = { account, strategy, clOrdId };
    const price = (prices.mid("ETH-USDT") * (n % 3 === 0 ? 1.001 : 0.99)).toFixed(2);
    const order = { instrument: "ETH-USDT", side: "buy", ordType: "limit", orderQty: "0.0200" };
    await thrice({ ...head, verb: "submit", commandId: "submit", body: { ...order, price } });
    const replace = { replaceId: "r1", orderQty: "0.0300" };
    await thrice({ ...head, verb: "replace", commandId: "replace:r1", body: replace });
    const cancel = { cancelId: "x1" };
    if (n % 2 === 0)
      await thrice({ ...head, verb: "cancel", commandId: "cancel:x1", body: cancel });
  }
};

const conflicted = "ALFA.one.c1";

/** The first order's id once more, for another quantity. */
const conflict = async ({ sender, prices }: FaultWorld): Promise<void> => {
  const body = {
    ...{ instrument: "ETH-USDT", side: "buy", ordType: "limit", orderQty: "5.0000" },
    price: prices.mid("ETH-USDT").toFixed(2),
  };
  const subject = commandSubject("ALFA", "one", "c1", "submit");
  await sender.publish(subject, JSON.stringify(body), "conflict-1");
};

const distinct = (commands: readonly AckedCommand[]): readonly AckedCommand[] => [
  ...new Map(
    commands.map((command) => [
      `${command.account} ${command.strategy} ${command.clOrdId} ${command.commandId}`,
      command,
    ]),
  ).values(),
];

/** Stored repeats are answered by `order_status`, two a command; unstored ones not at all. */
const repeatFaults = ({ commands, events }: Evidence): readonly string[] =>
  distinct(commands).flatMap(({ account, strategy, clOrdId, commandId }) => {
    const orderId = `${account}.${strategy}.${clOrdId}`;
    const answers = (events.orders.get(orderId) ?? []).filter(
      (event) => event.execType === "order_status" && event.commandId === commandId,
    );
    const expected = account === "ALFA" || account === "ECHO" ? 0 : 2;
    if (answers.length === expected) return [];
    return [`${orderId} ${commandId} has ${answers.length} repeats answered, not ${expected}`];
  });

/** Another body under a known id is refused, and the order goes on as it was. */
const conflictIsDenied = ({ events, truths }: Evidence): void => {
  const all = events.orders.get(conflicted) ?? [];
  const at = all.findIndex(({ rejectCode }) => rejectCode === "ID_CONFLICT");
  const denied = all[at];
  const before = all[at - 1];
  const shown = (event: OrderEventBody | undefined) => ({
    ordStatus: event?.ordStatus,
    orderQty: event?.orderQty,
    price: event?.price,
    cumQty: event?.cumQty,
  });
  expect(denied).toMatchObject({ execType: "denied", commandId: "submit" });
  expect(shown(denied)).toEqual(shown(before));
  expect(denied?.orderQty).toBe("0.0300");
  const big = truths.flatMap(({ orders }) =>
    orders.filter(({ orderQty }) => orderQty === "5.0000"),
  );
  expect(big).toEqual([]);
};
