/** Reading commands, above all the hostile ones. */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import {
  commandBytes_max,
  readCancel,
  readMassCancel,
  readReplace,
  readSubmit,
} from "../../protocols/command.ts";
import type { CommandFault, CommandReader } from "../../protocols/command.ts";

const submit = { instrument: "BTC-USDT", side: "buy", ordType: "limit", orderQty: "1", price: "2" };
const bound = { clOrdId: "b", side: "sell", ordType: "limit", price: "3" };
const withOrders = (type: string, ...orders: readonly object[]): Uint8Array =>
  json({ ...submit, contingency: { type, orders } });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => bytes(JSON.stringify(value));

const faultOf = (read: CommandReader<object>, data: Uint8Array): CommandFault => {
  const result = read(data);
  if (Result.isSuccess(result)) throw new Error(`read: ${JSON.stringify(result.success)}`);
  return result.failure;
};

const good = <C extends object>(read: CommandReader<C>, data: Uint8Array): C => {
  const result = read(data);
  if (Result.isFailure(result)) throw new Error(JSON.stringify(result.failure));
  return result.success;
};

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};

const bracket = { type: "bracket", takeProfit: bound, stopLoss: { ...bound, clOrdId: "s" } };
const groups: readonly (readonly [string, Uint8Array, string])[] = [
  ["no bound order", withOrders("oto"), "contingency.orders.0"],
  ["two of one id", withOrders("oco", bound, bound), "contingency.orders"],
  ["no side", withOrders("oto", { ...bound, side: undefined }), "contingency.orders.0.side"],
  [
    "a group in a group",
    withOrders("oto", { ...bound, contingency: {} }),
    "contingency.orders.0.contingency",
  ],
  [
    "an instrument of its own",
    withOrders("oto", { ...bound, instrument: "ETH-USDT" }),
    "contingency.orders.0.instrument",
  ],
  [
    "gtd without its time",
    withOrders("oto", { ...bound, timeInForce: "gtd" }),
    "contingency.orders.0.expireTime",
  ],
  ["an id of ours", withOrders("oto", { ...bound, clOrdId: "_b" }), "contingency.orders.0.clOrdId"],
  [
    "half a bracket",
    json({ ...submit, contingency: { ...bracket, stopLoss: undefined } }),
    "contingency.stopLoss",
  ],
  [
    "a bracket of one id",
    json({ ...submit, contingency: { ...bracket, stopLoss: bound } }),
    "contingency",
  ],
];

const hostile: readonly (readonly [what: string, data: Uint8Array, path: string])[] = [
  ["nothing", bytes(""), ""],
  ["white space", bytes(" \n"), ""],
  ["not JSON", bytes("{"), ""],
  ["XML", bytes("<order/>"), ""],
  ["two values", bytes("{}{}"), ""],
  ["null", bytes("null"), ""],
  ["a list", bytes("[]"), ""],
  ["a string", bytes('"submit"'), ""],
  ["a number", bytes("1e999"), ""],
  ["invalid UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), ""],
  ["an overlong encoding", new Uint8Array([0xc0, 0x80]), ""],
  ["UTF-16", new Uint8Array(Buffer.from(JSON.stringify(submit), "utf16le")), ""],
  ["random bytes", Uint8Array.from({ length: 999 }, (_, i) => (i * 7919) % 256), ""],
  ["one byte too many", bytes(" ".repeat(commandBytes_max + 1)), ""],
  ["a megabyte", json({ ...submit, text: "x".repeat(1 << 20) }), ""],
  ["ten thousand brackets", bytes("[".repeat(10_000)), ""],
  ["eight thousand closed brackets", bytes("[".repeat(8_000) + "]".repeat(8_000)), ""],
  ["an empty object", json({}), "instrument"],
  ["a missing field", json({ ...submit, side: undefined }), "side"],
  ["an unknown field", json({ ...submit, colour: "blue" }), "colour"],
  ["another case", json({ ...submit, Side: "buy" }), "Side"],
  ["an account in the body", json({ ...submit, account: "OTHER" }), "account"],
  ["a strategy in the body", json({ ...submit, strategy: "other" }), "strategy"],
  ["a prototype", bytes(`{"__proto__":{"a":1},${JSON.stringify(submit).slice(1)}`), "__proto__"],
  ["a constructor", json({ ...submit, constructor: 1 }), "constructor"],
  ["toString", json({ ...submit, toString: "x" }), "toString"],
  ["a numeric quantity", json({ ...submit, orderQty: 1 }), "orderQty"],
  ["a boolean price", json({ ...submit, price: true }), "price"],
  ["a null price", json({ ...submit, price: null }), "price"],
  ["a zero quantity", json({ ...submit, orderQty: "0.00" }), "orderQty"],
  ["a negative quantity", json({ ...submit, orderQty: "-1" }), "orderQty"],
  ["an exponent", json({ ...submit, orderQty: "1e3" }), "orderQty"],
  ["a plus sign", json({ ...submit, orderQty: "+1" }), "orderQty"],
  ["a leading zero", json({ ...submit, orderQty: "01" }), "orderQty"],
  ["hexadecimal", json({ ...submit, orderQty: "0x10" }), "orderQty"],
  ["a thousands mark", json({ ...submit, orderQty: "1,000" }), "orderQty"],
  ["Arabic digits", json({ ...submit, orderQty: "١" }), "orderQty"],
  ["a line feed", json({ ...submit, orderQty: "1\n" }), "orderQty"],
  ["NaN", json({ ...submit, price: "NaN" }), "price"],
  ["infinity", json({ ...submit, price: "Infinity" }), "price"],
  ["an empty price", json({ ...submit, price: "" }), "price"],
  ["forty-one digits", json({ ...submit, price: "1".repeat(41) }), "price"],
  ["an empty instrument", json({ ...submit, instrument: "" }), "instrument"],
  ["a dot in a token", json({ ...submit, instrument: "BTC.USDT" }), "instrument"],
  ["a wildcard in a token", json({ ...submit, instrument: ">" }), "instrument"],
  ["one of our tokens", json({ ...submit, instrument: "_all" }), "instrument"],
  ["a token too long", json({ ...submit, instrument: "B".repeat(37) }), "instrument"],
  ["a path", json({ ...submit, instrument: "../../etc/passwd" }), "instrument"],
  ["an unknown side", json({ ...submit, side: "BUY" }), "side"],
  ["an inherited word", json({ ...submit, ordType: "constructor" }), "ordType"],
  ["an unknown time in force", json({ ...submit, timeInForce: "forever" }), "timeInForce"],
  ["gtd without its time", json({ ...submit, timeInForce: "gtd" }), "expireTime"],
  ["a time without gtd", json({ ...submit, expireTime: "1" }), "expireTime"],
  ["a time as a number", json({ ...submit, validUntil: 1 }), "validUntil"],
  ["a time as a date", json({ ...submit, validUntil: "2026-01-01" }), "validUntil"],
  ["a time too long", json({ ...submit, validUntil: "1".repeat(21) }), "validUntil"],
  ["an unknown instruction", json({ ...submit, execInst: ["hidden"] }), "execInst.0"],
  ["an instruction twice", json({ ...submit, execInst: ["post_only", "post_only"] }), "execInst"],
  ["an instruction as text", json({ ...submit, execInst: "post_only" }), "execInst"],
  ["an unknown policy", json({ ...submit, route: { policy: "best" } }), "route"],
  ["direct to nowhere", json({ ...submit, route: { policy: "direct" } }), "route.venue"],
  ["a field in the route", json({ ...submit, route: { policy: "smart", a: 1 } }), "route.a"],
  ["an unknown contingency", json({ ...submit, contingency: { type: "x" } }), "contingency"],
  [
    "a deep contingency",
    json({ ...submit, contingency: { type: "oco", a: nested(99) } }),
    "contingency.a",
  ],
  [
    "a very deep one",
    json({ ...submit, contingency: { type: "oco", a: nested(4_000) } }),
    "contingency.a",
  ],
  ...groups,
  ["a long text", json({ ...submit, text: "x".repeat(65) }), "text"],
  ["a FIX separator", json({ ...submit, text: "a\u000135=8" }), "text"],
  ["a terminal escape", json({ ...submit, text: "\u001b[2J" }), "text"],
  ["a zero byte", json({ ...submit, text: "a\u0000b" }), "text"],
  ["half a surrogate pair", bytes(`{"text":"\\ud800",${JSON.stringify(submit).slice(1)}`), "text"],
];

describe("a submit that cannot be read", () => {
  it.each(hostile)("gets a short printable fault: %s", (_what, data, path) => {
    const fault = faultOf(readSubmit, data);
    expect(fault.path).toBe(path);
    expect(fault.message).toMatch(/^[\x20-\x7e]{1,200}$/);
    expect(fault.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(faultOf(readSubmit, data)).toEqual(fault);
  });

  it("never gives a hostile name back as it is", () => {
    const name = `\u001b[31m\u202e${"x".repeat(500)}\n`;
    const { path } = faultOf(readSubmit, json({ ...submit, [name]: 1 }));
    expect(path).toMatch(/^[\x20-\x7e]{1,120}$/);
  });

  it("is never thrown, whatever single byte of a good one is changed", () => {
    const whole = json({ ...submit, execInst: ["post_only"], route: { policy: "smart" } });
    const messages = new Set<string>();
    for (let at = 0; at < whole.length; at += 1) {
      for (const byte of [0x00, 0x22, 0x30, 0x5c, 0x7d, 0x80, 0xff]) {
        const data = whole.slice();
        data[at] = byte;
        const result = readSubmit(data);
        if (Result.isFailure(result)) messages.add(result.failure.message);
      }
    }
    expect(messages.size).toBeGreaterThan(5);
    expect(messages).not.toContain("");
    for (let length = 0; length < whole.length; length += 1) {
      expect(Result.isFailure(readSubmit(whole.slice(0, length)))).toBe(true);
    }
  });
});

describe("a command", () => {
  it("has its defaults filled in", () => {
    expect(good(readSubmit, json(submit))).toMatchObject({
      ...submit,
      timeInForce: "day",
      execInst: [],
      route: { policy: "smart" },
    });
  });

  it("may be as large as allowed", () => {
    const padded = JSON.stringify(submit).padEnd(commandBytes_max, " ");
    expect(good(readSubmit, bytes(padded)).orderQty).toBe("1");
  });

  it("has the same digest however its body is written down", () => {
    const { digest } = good(readSubmit, json(submit));
    const { instrument, ...rest } = submit;
    expect(good(readSubmit, json({ ...rest, instrument })).digest).toBe(digest);
    expect(good(readSubmit, bytes(JSON.stringify(submit, null, 4))).digest).toBe(digest);
    expect(good(readSubmit, json({ ...submit, timeInForce: "day", execInst: [] })).digest).toBe(
      digest,
    );
    expect(good(readSubmit, bytes(JSON.stringify(submit).replace("buy", "b\\u0075y"))).digest).toBe(
      digest,
    );
  });

  it("has another digest where anything differs", () => {
    const changes = [
      {},
      { side: "sell" },
      { price: "3" },
      { text: "a" },
      { execInst: ["post_only"] },
    ];
    const digests = changes.map(
      (change) => good(readSubmit, json({ ...submit, ...change })).digest,
    );
    expect(new Set(digests).size).toBe(changes.length);
  });

  it("has a digest that does not depend on the order or the defaults of its bound orders", () => {
    const one = { ...submit, contingency: { type: "oco", orders: [bound] } };
    const spelled = { timeInForce: "day", execInst: [], ...bound, route: { policy: "smart" } };
    const two = { ...submit, contingency: { orders: [spelled], onFill: "cancel", type: "oco" } };
    const three = { ...submit, contingency: { type: "oco", onFill: "reduce", orders: [bound] } };
    const { digest } = good(readSubmit, json(one));
    expect(good(readSubmit, json(two)).digest).toBe(digest);
    expect(good(readSubmit, json(three)).digest).not.toBe(digest);
  });

  it("takes at most eight bound orders", () => {
    const orders = Array.from({ length: 9 }, (_, at) => ({ ...bound, clOrdId: `b${at}` }));
    const eight = { ...submit, contingency: { type: "oto", orders: orders.slice(1) } };
    expect(good(readSubmit, json(eight)).contingency).toMatchObject({ type: "oto" });
    const fault = faultOf(readSubmit, json({ ...submit, contingency: { type: "oto", orders } }));
    expect(fault.path).toBe("contingency.orders");
  });

  it("may carry text in any language", () => {
    const { text } = good(readSubmit, json({ ...submit, text: "naïve 日本 🚀" }));
    expect(text).toBe("naïve 日本 🚀");
  });

  it("of another kind is read as strictly", () => {
    expect(good(readReplace, json({ replaceId: "r1", price: "-0.5" })).price).toBe("-0.5");
    expect(faultOf(readReplace, json({ price: "1" })).path).toBe("replaceId");
    expect(faultOf(readReplace, json({ replaceId: "r1", side: "buy" })).path).toBe("side");
    expect(faultOf(readReplace, bytes("")).message).toBe("not JSON");
    expect(good(readMassCancel, json({ side: "buy" })).side).toBe("buy");
    expect(faultOf(readCancel, json({ side: "buy" })).path).toBe("side");
    expect(faultOf(readCancel, json({ cancelId: "_1" })).path).toBe("cancelId");
  });

  it("to cancel may have no body", () => {
    expect(good(readCancel, bytes("")).digest).toBe(good(readCancel, bytes("{}")).digest);
    expect(good(readMassCancel, bytes(""))).not.toHaveProperty("side");
  });
});
