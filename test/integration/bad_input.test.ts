/**
 * Hostile input over a real server to a real node: each gets exactly the answer that the contract
 * states, an event where its subject names an order and a dead letter where it does not, and a good
 * order works afterwards.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { streams } from "../../protocols/kernel/subjects.ts";
import type { OrderEventBody } from "../../protocols/order_event.ts";
import { readEvents, readStream } from "./support/event_record.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { NodeProcess } from "./support/node_process.ts";

const good = {
  instrument: "BTC-USDT",
  side: "buy",
  ordType: "limit",
  orderQty: "0.00100",
  price: "40000.00",
};
const json = (fields: object): string => JSON.stringify({ ...good, ...fields });
const answer_ms_max = 15_000;

let world: FaultWorld;
let node: NodeProcess;

beforeAll(async () => {
  world = await FaultWorld.start(11);
  node = await world.startReadyNode();
});

afterAll(() => world[Symbol.asyncDispose]());

let published = 0;

const publish = async (subject: string, body: string | Uint8Array): Promise<void> => {
  published += 1;
  await world.sender.publish(subject, body, `bad-${published}`);
};

/** The order's events once there are at least so many of them. */
const eventsOf = async (orderId: string, count: number): Promise<readonly OrderEventBody[]> => {
  const deadline_ms = Date.now() + answer_ms_max;
  for (;;) {
    const { orders, faults } = await readEvents(world.sender.connection);
    expect(faults).toEqual([]);
    const events = orders.get(orderId) ?? [];
    if (events.length >= count) return events;
    if (Date.now() > deadline_ms) throw new Error(`${orderId} has ${events.length} events`);
    await sleep(50);
  }
};

interface Case {
  readonly what: string;
  readonly body: string | Uint8Array;
  /** The refusal's code. */
  readonly code: string;
  readonly text?: RegExp;
}

const hugeNote = JSON.stringify({ ...good, text: "x".repeat(1_000_000) });
const deep = `{"instrument":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;

const submits: readonly Case[] = [
  { what: "no body", body: "", code: "MALFORMED", text: /not JSON/ },
  { what: "not JSON", body: '{"instrument":', code: "MALFORMED", text: /not JSON/ },
  { what: "not UTF-8", body: Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), code: "MALFORMED" },
  { what: "a JSON list", body: "[1,2]", code: "MALFORMED", text: /not a JSON object/ },
  { what: "null", body: "null", code: "MALFORMED", text: /not a JSON object/ },
  { what: "an unknown field", body: json({ colour: "red" }), code: "MALFORMED", text: /^colour/ },
  { what: "another account in it", body: json({ account: "BRAVO" }), code: "MALFORMED" },
  { what: "another clOrdId in it", body: json({ clOrdId: "c99" }), code: "MALFORMED" },
  { what: "a wrong type", body: json({ orderQty: 1 }), code: "MALFORMED", text: /^orderQty/ },
  { what: "a missing field", body: '{"side":"buy"}', code: "MALFORMED", text: /^instrument/ },
  { what: "a negative quantity", body: json({ orderQty: "-1" }), code: "MALFORMED" },
  { what: "no quantity at all", body: json({ orderQty: "0" }), code: "MALFORMED" },
  { what: "an exponent", body: json({ price: "4e4" }), code: "MALFORMED", text: /^price/ },
  { what: "a number without end", body: json({ price: "9".repeat(9_000) }), code: "MALFORMED" },
  { what: "an off-grid price", body: json({ price: "40000.001" }), code: "PRICE_OFF_TICK" },
  { what: "an off-grid quantity", body: json({ orderQty: "0.000001" }), code: "QTY_OFF_LOT" },
  { what: "no price", body: json({ price: undefined }), code: "PRICE_REQUIRED" },
  { what: "no such instrument", body: json({ instrument: "X-Y" }), code: "INSTRUMENT_UNKNOWN" },
  {
    what: "a name from a prototype",
    body: json({ instrument: "constructor" }),
    code: "INSTRUMENT_UNKNOWN",
  },
  { what: "a prototype", body: '{"__proto__":{"side":"buy"}}', code: "MALFORMED" },
  { what: "control characters", body: json({ text: "a\u0001b\u001b[2J" }), code: "MALFORMED" },
  { what: "half a character", body: json({ text: "\ud800" }), code: "MALFORMED", text: /^text/ },
  { what: "a subject in a token", body: json({ instrument: "a.>.*" }), code: "MALFORMED" },
  { what: "about a megabyte", body: hugeNote, code: "MALFORMED", text: /^\d{7} bytes, at most/ },
  { what: "deep nesting", body: deep, code: "MALFORMED" },
  { what: "another world", body: json({ validUntil: "1" }), code: "COMMAND_EXPIRED" },
  {
    what: "a far venue",
    body: json({ route: { policy: "direct", venue: "NOWHERE" } }),
    code: "ROUTE_VENUE_UNKNOWN",
  },
  { what: "a silly price", body: json({ price: "1.00" }), code: "RISK_PRICE_COLLAR" },
];

test.each(submits.map((one, index) => ({ ...one, clOrdId: `s${index}` })))(
  "a submit with $what is refused as $code",
  async ({ body, clOrdId, code, text }) => {
    await publish(`oms.v1.order.ALFA.bad.${clOrdId}.submit`, body);
    const events = await eventsOf(`ALFA.bad.${clOrdId}`, 1);
    expect(events).toHaveLength(1);
    const refused = code === "COMMAND_EXPIRED" ? "expired" : "denied";
    expect(events[0]).toMatchObject({
      ...{ execType: refused, ordStatus: refused, version: 1, commandId: "submit" },
      ...{ rejectCode: code, account: "ALFA", strategy: "bad", clOrdId },
    });
    expect(events[0]?.text ?? "").toMatch(text ?? /^/);
    expect(events[0]?.text ?? "").toMatch(/^[\x20-\x7e]{0,400}$/);
  },
);

test("an account that nobody configured is refused", async () => {
  await publish("oms.v1.order.NOBODY.bad.c1.submit", json({}));
  const [event] = await eventsOf("NOBODY.bad.c1", 1);
  expect(event).toMatchObject({ execType: "denied", rejectCode: "ACCOUNT_UNKNOWN" });
});

test.each([
  ["oms.v1.order.ALFA.bad._mine.submit", json({})],
  [`oms.v1.order.ALFA.bad.${"x".repeat(37)}.submit`, json({})],
  ["oms.v1.order.ALFA.b$d.c1.submit", json({})],
  ["oms.v1.order.ALFA.bad.größe.cancel", "{}"],
  ["oms.v1.order._ALFA.bad.c1.replace", '{"replaceId":"r1"}'],
  ["oms.v1.order.ALFA.bad._all.submit", json({})],
  ["oms.v1.order.ALFA.bad._all.cancel", "garbage"],
  ["oms.v1.order.ALFA.bad._all.cancel", '{"side":"up"}'],
  ["oms.v1.order.ALFA.bad._all.cancel", `{"side":"${"x".repeat(900_000)}"}`],
  // Six times as large once its control characters are written in JSON.
  ["oms.v1.order.ALFA.bad._all.cancel", "\u0001".repeat(900_000)],
  ["oms.v1.order.ALFA.bad._all.cancel", Uint8Array.from({ length: 900_000 }, () => 0xff)],
])("what names no order goes to the dead letters with its cause: %s", async (subject, body) => {
  const before = (await readStream(world.sender.connection, streams.deadLetters)).length;
  await publish(subject, body);
  const letter = await deadLetter(before);
  const [, , , account, strategy, clOrdId, verb] = subject.split(".");
  const place = `.${account}.${strategy}.${clOrdId}.${verb}`;
  expect(letter["subject"]).toContain(place);
  expect(letter["cause"]).toMatch(/^Error: .{5,}/);
});

/** The content of the dead letter after so many. */
const deadLetter = async (before: number): Promise<Readonly<Record<string, unknown>>> => {
  const deadline_ms = Date.now() + answer_ms_max;
  for (;;) {
    const letters = await readStream(world.sender.connection, streams.deadLetters);
    if (letters.length > before) {
      expect(letters).toHaveLength(before + 1);
      return JSON.parse(letters.at(-1)?.data ?? "{}") as Readonly<Record<string, unknown>>;
    }
    if (Date.now() > deadline_ms) throw new Error("there is no dead letter");
    await sleep(50);
  }
};

test("a cancel of an unknown order waits for its submit, then is refused", async () => {
  await publish("oms.v1.order.ALFA.bad.u1.cancel", '{"cancelId":"x1"}');
  const events = await eventsOf("ALFA.bad.u1", 1);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    ...{ execType: "cancel_rejected", rejectCode: "ORDER_UNKNOWN", commandId: "cancel:x1" },
  });
});

test("a replace of an unknown order is refused at once", async () => {
  await publish("oms.v1.order.ALFA.bad.u2.replace", '{"replaceId":"r1","orderQty":"1"}');
  const events = await eventsOf("ALFA.bad.u2", 1);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    ...{ execType: "replace_rejected", rejectCode: "ORDER_UNKNOWN", commandId: "replace:r1" },
  });
});

test("a cancel or replace that cannot be read leaves its order alone", async () => {
  await publish("oms.v1.order.ALFA.bad.g1.submit", json({}));
  await eventsOf("ALFA.bad.g1", 2);
  await publish("oms.v1.order.ALFA.bad.g1.cancel", "garbage");
  await publish("oms.v1.order.ALFA.bad.g1.replace", '{"replaceId":7}');
  const events = (await eventsOf("ALFA.bad.g1", 4)).slice(2);
  for (const event of events) {
    expect(event).toMatchObject({ execType: "denied", rejectCode: "MALFORMED", ordStatus: "new" });
  }
  expect(events.map(({ commandId }) => commandId).toSorted()).toEqual(["cancel", "replace"]);
});

test("a cancel that comes before its submit ends the order before anything is sent", async () => {
  await publish("oms.v1.order.ALFA.bad.e1.cancel", '{"cancelId":"x1"}');
  await publish("oms.v1.order.ALFA.bad.e1.submit", json({}));
  const events = await eventsOf("ALFA.bad.e1", 2);
  expect(events.map(({ execType, ordStatus }) => `${execType} ${ordStatus}`)).toEqual([
    "pending_new pending_cancel",
    "canceled canceled",
  ]);
});

test("a good order works after all of it, in every shard", async () => {
  expect(node.exit).toBeUndefined();
  for (const account of ["ALFA", "BRAVO", "ECHO", "JULIETT"]) {
    await publish(`oms.v1.order.${account}.after.ok.submit`, json({}));
    await eventsOf(`${account}.after.ok`, 2);
    await publish(`oms.v1.order.${account}.after.ok.cancel`, "");
    const events = await eventsOf(`${account}.after.ok`, 4);
    expect(events.map(({ execType }) => execType)).toEqual([
      ...["pending_new", "new", "pending_cancel", "canceled"],
    ]);
  }
  // Of all the input above only these four and the one that was left alone reached a venue.
  const orders = (await world.truths()).flatMap((truth) => truth.orders);
  expect(orders).toHaveLength(5);
});
