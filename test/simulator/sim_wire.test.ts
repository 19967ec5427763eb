/** The wire codec: what it takes, what it refuses, and that chunk borders do not matter. */
import { Result } from "effect";
import { assert, describe, it } from "vitest";
import {
  decodeSimClientLine,
  decodeSimVenueLine,
  encodeSimLine,
  simChunkMax,
  simLineBytesMax,
  SimLineDecoder,
} from "../../protocols/sim_wire.ts";
import type {
  SimClientMessage,
  SimOrderView,
  SimReport,
  SimVenueMessage,
} from "../../protocols/sim_wire.ts";
import { createPrng } from "../../deploy/simulator/prng.ts";

const report: SimReport = {
  type: "report",
  seq: 7,
  execId: "SIMX-1-E9",
  venueOrderId: "SIMX-1-O3",
  clOrdId: "c-1",
  origClOrdId: "c-0",
  execType: "trade",
  ordStatus: "partially_filled",
  instrument: "BTC-USDT",
  side: "buy",
  orderQty: "0.5",
  price: "61837.63",
  cumQty: "0.1",
  leavesQty: "0.4",
  avgPx: "61837.63",
  lastQty: "0.1",
  lastPx: "61837.63",
  lastLiquidityInd: "added",
  fee: { amount: "-0.618", currency: "USDT" },
  tsEvent: "1723161253937085768",
  possDup: true,
};

const view: SimOrderView = {
  venueOrderId: "SIMX-1-O3",
  clOrdId: "c-1",
  instrument: "BTC-USDT",
  side: "buy",
  ordType: "limit",
  timeInForce: "gtc",
  postOnly: true,
  ordStatus: "new",
  orderQty: "0.5",
  price: "61837.63",
  cumQty: "0",
  leavesQty: "0.5",
  avgPx: "0",
};

const fromClient: readonly SimClientMessage[] = [
  { type: "logon", session: "oms", lastSeqReceived: 0 },
  { type: "logon", session: "oms", lastSeqReceived: 12, cancelOnDisconnect: true },
  { type: "heartbeat" },
  {
    type: "new_order",
    clOrdId: "a.b_c-1",
    instrument: "BTC-USDT",
    side: "sell",
    ordType: "limit",
    timeInForce: "gtc",
    orderQty: "0.001",
    price: "62000",
    postOnly: true,
  },
  { type: "cancel", clOrdId: "x", origClOrdId: "y" },
  { type: "replace", clOrdId: "x", origClOrdId: "y", orderQty: "1", price: "2.5" },
  { type: "query_order", requestId: "q", clOrdId: "x" },
  { type: "query_open_orders", requestId: "q" },
  { type: "query_executions", requestId: "q", afterSeq: 3 },
  { type: "logout" },
  { type: "subscribe", instruments: ["BTC-USDT", "ETH-USDT"] },
  { type: "control" },
  { type: "dump", requestId: "d" },
  { type: "set_latency", requestId: "s", inbound: { kind: "constant", delay_ns: "1000000" } },
  {
    type: "set_latency",
    requestId: "s",
    inbound: { kind: "uniform", min_ns: "1", max_ns: "2" },
    outbound: { kind: "lognormal", median_ns: "1000", sigma: "0.5" },
  },
  { type: "stats", requestId: "s" },
  { type: "mass_cancel", clOrdId: "m-1" },
  { type: "mass_cancel", clOrdId: "m-2", instrument: "BTC-USDT", side: "sell" },
  { type: "query_positions", requestId: "q" },
  { type: "set_faults", requestId: "f", faults: {} },
  {
    type: "set_faults",
    requestId: "f",
    seed: 7,
    clear: true,
    faults: {
      latency: {
        inbound: { kind: "empirical", samples_ns: ["1000", "2000"] },
        outbound: {
          kind: "bursts",
          calm: { kind: "none" },
          burst: { kind: "constant", delay_ns: "5000000" },
          toBurst: 0.01,
          toCalm: 0.2,
        },
      },
      rejects: { new_order: { probability: 0.5, reasons: ["insufficient_funds"] } },
      silence: { swallow: 0.1, unreported: 0.1 },
      late: { request: 0.1, report: 0.1, delay_ms: 6_000 },
      reports: {
        ...{ duplicate: 0.1, drop: 0.1, reorder: 0.1 },
        dropNext: { drop: 14, of: 18, execType: "trade" },
      },
      amendments: { bust: 0.1, correct: 0.1, after_ms: 500, reopen: true },
      connection: { reset: 0.1, finish: 0.1, halfOpen: 0.1 },
      ambiguous: { executed: 0.1, lost: 0.1 },
      unsupported: ["replace", "mass_cancel"],
      rateLimits: {
        rules: [{ name: "orders_1s", window_ms: 1_000, limit: 10, counts: "orders" }],
        weights: { query_open_orders: 40 },
        ban: { violations: 3, within_ms: 1_000, for_ms: 5_000, closes: true },
        report_ms: 500,
      },
      outage: { refuses: "logons", orders: "freeze", for_ms: 3_000 },
      history: { age_ms: 1_000, orders: 10, reports: 20, resend: 30 },
      listing: { omit: 0.1, twice: 0.1 },
      secondLogon: "refuse",
    },
  },
  { type: "disconnect", requestId: "d", session: "oms", how: "half_open" },
  { type: "amend_execution", requestId: "a", execId: "E1", lastQty: "1", lastPx: "2" },
  {
    ...{ type: "trade_manually", requestId: "t", session: "s", instrument: "BTC-USDT" },
    ...{ side: "sell", qty: "0.5", px: "62000", reportAfter_ms: 10 },
  },
];

const fromVenue: readonly SimVenueMessage[] = [
  report,
  {
    type: "logon_ack",
    session: "oms",
    venue: "SIMX",
    incarnation: "1x",
    lastSeqSent: 4,
    firstSeqAvailable: 1,
  },
  { type: "order_status", requestId: "q", found: true, order: view, asOfSeq: 4 },
  { type: "order_status", requestId: "q", found: false, asOfSeq: 4 },
  { type: "open_orders", requestId: "q", orders: [view, view], last: true, asOfSeq: 4 },
  {
    type: "executions",
    requestId: "q",
    reports: [report],
    last: false,
    firstSeqAvailable: 1,
    asOfSeq: 4,
  },
  { type: "heartbeat", lastSeq: 12 },
  { type: "error", text: "no" },
  { type: "bbo", instrument: "BTC-USDT", bidPx: "1", bidQty: "2", tsEvent: "3" },
  { type: "depth", instrument: "BTC-USDT", bids: [["1", "2"]], asks: [], tsEvent: "3" },
  { type: "trade", instrument: "BTC-USDT", px: "1", qty: "2", aggressor: "buy", tsEvent: "3" },
  { type: "status", instrument: "BTC-USDT", state: "open" },
  { type: "control_ok", requestId: "s" },
  { ...report, execType: "trade_correct", execId: "SIMX-1-E10", execRefId: "SIMX-1-E9" },
  { ...report, execType: "canceled", ordStatus: "canceled", massCancelId: "m-1" },
  {
    type: "positions",
    requestId: "q",
    positions: [{ instrument: "BTC-USDT", netQty: "-0.25" }],
    asOfSeq: 4,
  },
  { type: "mass_cancel_report", clOrdId: "m-1", affected: 3, asOfSeq: 7 },
  { type: "refused", clOrdId: "c-1", code: "rate_limited", retryAfter_ms: 250, text: "slow" },
  { type: "refused", requestId: "q", code: "internal_error" },
  { type: "limits", limits: [{ name: "orders_1s", window_ms: 1_000, limit: 10, used: 3 }] },
];

const faults = (settings: object): string =>
  JSON.stringify({ type: "set_faults", requestId: "f", faults: settings });
const burst = { kind: "bursts", calm: { kind: "none" }, toBurst: 0, toCalm: 0 };
const nestedBurst = { ...burst, burst: { ...burst, burst: { kind: "none" } } };

const refusedByClientCodec: readonly [why: string, line: string][] = [
  ["not JSON", "{"],
  ["not an object", "[]"],
  ["null", "null"],
  ["empty", ""],
  ["no type", `{"session":"a","lastSeqReceived":0}`],
  ["unknown type", `{"type":"hello"}`],
  ["an impossible probability", faults({ silence: { swallow: 1.5 } })],
  ["an unknown family of faults", faults({ gremlins: 1 })],
  ["a burst inside a burst", faults({ latency: { inbound: nestedBurst } })],
  ["a venue's message", JSON.stringify(report)],
  ["an unknown field", `{"type":"heartbeat","extra":1}`],
  ["a missing field", `{"type":"logon","session":"a"}`],
  ["a number for a decimal", JSON.stringify({ ...fromClient[3], orderQty: 1 })],
  ["an exponent", JSON.stringify({ ...fromClient[3], orderQty: "1e5" })],
  ["a negative quantity", JSON.stringify({ ...fromClient[3], orderQty: "-1" })],
  ["a bare fraction", JSON.stringify({ ...fromClient[3], price: ".5" })],
  ["a long decimal", JSON.stringify({ ...fromClient[3], price: "1".repeat(40) })],
  ["an unknown side", JSON.stringify({ ...fromClient[3], side: "hold" })],
  ["a space in an id", JSON.stringify({ ...fromClient[3], clOrdId: "a b" })],
  ["a long id", JSON.stringify({ ...fromClient[3], clOrdId: "a".repeat(65) })],
  ["a fractional number", `{"type":"logon","session":"a","lastSeqReceived":0.5}`],
  ["a negative number", `{"type":"logon","session":"a","lastSeqReceived":-1}`],
  ["an unsafe number", `{"type":"logon","session":"a","lastSeqReceived":9007199254740993}`],
  [
    "undefined by null",
    `{"type":"logon","session":"a","lastSeqReceived":0,"cancelOnDisconnect":null}`,
  ],
  ["deep nesting", `${"[".repeat(30_000)}${"]".repeat(30_000)}`],
  ["a prototype", `{"type":"heartbeat","__proto__":{"a":1}}`],
];

describe("the simulator's wire", () => {
  it("gives every client message back as it was said", () => {
    for (const message of fromClient) {
      const decoded = decodeSimClientLine(encodeSimLine(message).trimEnd());
      assert.deepStrictEqual(Result.getOrThrow(decoded), message);
    }
  });

  it("gives every venue message back as it was said", () => {
    for (const message of fromVenue) {
      const decoded = decodeSimVenueLine(encodeSimLine(message).trimEnd());
      assert.deepStrictEqual(Result.getOrThrow(decoded), message);
    }
  });

  it.each(refusedByClientCodec)("refuses %s with a reason", (_why, line) => {
    const decoded = decodeSimClientLine(line);
    assert.isTrue(Result.isFailure(decoded));
    if (Result.isFailure(decoded)) assert.isAbove(decoded.failure.length, 0);
  });

  it("keeps the longest possible chunk of an answer within a line", () => {
    const id = "i".repeat(64);
    const decimal = `${"9".repeat(15)}.${"9".repeat(18)}`;
    const longest: SimReport = {
      ...report,
      execId: id,
      venueOrderId: id,
      clOrdId: id,
      origClOrdId: id,
      instrument: id,
      orderQty: decimal,
      price: decimal,
      cumQty: decimal,
      leavesQty: decimal,
      avgPx: decimal,
      lastQty: decimal,
      lastPx: decimal,
      execType: "replace_rejected",
      rejectCode: "post_only_would_cross",
      // The venue's longest text: a word and a decimal.
      text: `orderQty=${decimal}`,
      seq: Number.MAX_SAFE_INTEGER,
    };
    const line = encodeSimLine({
      type: "executions",
      requestId: id,
      reports: Array.from({ length: simChunkMax }, () => longest),
      last: false,
      firstSeqAvailable: 1,
      asOfSeq: Number.MAX_SAFE_INTEGER,
    });
    assert.isBelow(line.length, simLineBytesMax);
  });

  it("does not encode a line that no decoder would take", () => {
    const text = "x".repeat(simLineBytesMax);
    assert.throws(() => encodeSimLine({ type: "error", text }), RangeError);
  });
});

describe("the line decoder", () => {
  const bytes = Buffer.from(fromClient.map((message) => encodeSimLine(message)).join(""));

  it("gives the same messages however the bytes are cut", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const prng = createPrng(seed);
      const decoder = new SimLineDecoder(decodeSimClientLine);
      const messages: SimClientMessage[] = [];
      for (let start = 0; start < bytes.length;) {
        const size = 1 + (prng.nextUint32() % (seed === 1 ? 1 : 200));
        // The decoder must not keep the caller's buffer.
        const chunk = Buffer.from(bytes.subarray(start, start + size));
        for (const line of decoder.push(chunk)) {
          assert.strictEqual(line.kind, "message");
          if (line.kind === "message") messages.push(line.message);
        }
        chunk.fill(0);
        start += size;
      }
      assert.deepStrictEqual(messages, [...fromClient], `seed ${seed}`);
    }
  });

  it("goes on after a line that is garbage", () => {
    const decoder = new SimLineDecoder(decodeSimClientLine);
    const good = `{"type":"heartbeat"}\n`;
    const mixed = Buffer.concat([
      Buffer.from(`${good}garbage\n`),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(`\n${good}`),
    ]);
    const kinds = decoder.push(mixed).map((line) => line.kind);
    assert.deepStrictEqual(kinds, ["message", "fault", "fault", "fault", "message"]);
  });

  it("takes the longest line and stops at a longer one, also when it never ends", () => {
    const padded = (length: number) => `{"type":"heartbeat"${" ".repeat(length - 20)}}`;
    const longest = new SimLineDecoder(decodeSimClientLine);
    const taken = longest.push(Buffer.from(`${padded(simLineBytesMax)}\n`));
    assert.deepStrictEqual(taken, [{ kind: "message", message: { type: "heartbeat" } }]);

    const tooLong = new SimLineDecoder(decodeSimClientLine);
    const chunk = Buffer.alloc(10_000, 0x20);
    let faults = 0;
    for (let sent = 0; sent < 20; sent += 1) {
      for (const line of tooLong.push(chunk)) {
        faults += 1;
        assert.isTrue(line.kind === "fault" && line.fatal);
      }
    }
    assert.strictEqual(faults, 1);
    assert.deepStrictEqual(tooLong.push(Buffer.from(`\n{"type":"heartbeat"}\n`)), []);
  });

  it("survives random bytes", () => {
    const prng = createPrng(99);
    const decoder = new SimLineDecoder(decodeSimClientLine);
    let faults = 0;
    for (let round = 0; round < 200; round += 1) {
      const noise = Buffer.from(Array.from({ length: 500 }, () => prng.nextUint32() & 0xff));
      faults += decoder.push(noise).filter((line) => line.kind === "fault").length;
    }
    assert.isAbove(faults, 100);
  });
});
