/** The strategy client against a real nats-server, with a stand-in for the OMS. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countingIds } from "../../protocols/client/client_clock.ts";
import { ClientClosed, CommandFailed } from "../../protocols/client/client_error.ts";
import { connectStrategy } from "../../protocols/client/strategy_client.ts";
import type { StrategyClient, StrategyOptions } from "../../protocols/client/strategy_client.ts";
import type { StrategyEvent } from "../../protocols/client/strategy_event.ts";
import { positionEventFilter } from "../../protocols/client/subscription_subject.ts";
import { bboFilter } from "../../protocols/client/subscription_subject.ts";
import { streams } from "../../protocols/kernel/subjects.ts";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer } from "../support/nats_server.ts";
import { FakeOms, account, eventually, strategy } from "./fake_oms.ts";

const limitOrder = {
  instrument: "BTC-USDT",
  side: "buy",
  ordType: "limit",
  orderQty: "1",
  price: "60000.00",
} as const;

let server: NatsServer;
let oms: FakeOms;
let client: StrategyClient;
let seen: StrategyEvent[];

const open = async (options: Partial<StrategyOptions> = {}): Promise<StrategyClient> => {
  const opened = await connectStrategy({
    servers: server.url,
    account,
    strategy,
    ids: countingIds("t"),
    eventLimits: { hold_ms: 200 },
    ...options,
  });
  opened.onEvent((event) => seen.push(event));
  return opened;
};

/** Versions of one order as they were shown; gaps as `from..to`. */
const versions = (clOrdId: string): string[] =>
  seen.flatMap((event) => {
    if (event.type === "order" && event.event.clOrdId === clOrdId)
      return [`${event.event.version}`];
    if (event.type === "gap") return [`${event.gap.from}..${event.gap.to}`];
    return [];
  });

beforeEach(async () => {
  server = await startNatsServer();
  oms = await FakeOms.start(server.url);
  seen = [];
  client = await open();
});

afterEach(async () => {
  await client.close();
  await oms.stop();
  await server.stop();
});

describe("a command", () => {
  it("is acknowledged when it is stored, and answered by its first event", async () => {
    await oms.respond();
    const receipt = await client.submit({ ...limitOrder, clOrdId: "o1" });
    expect(receipt.ack).toMatchObject({ stream: streams.mailbox.n, seq: 1, duplicate: false });
    expect(await receipt.answer).toMatchObject({ version: 1, execType: "pending_new" });
    await eventually("the order works", () => client.order("o1")?.last?.execType === "new");
    expect(client.openOrders().map((view) => view.clOrdId)).toEqual(["o1"]);
    const [command] = await oms.stored(streams.mailbox.n);
    expect(JSON.parse(command?.body ?? "")).toEqual(limitOrder);
  });

  it("gets an id of its own when the caller gives none", async () => {
    const first = await client.submit(limitOrder);
    const second = await client.submit(limitOrder);
    expect(first.clOrdId).not.toBe(second.clOrdId);
    expect(client.order(first.clOrdId)).toMatchObject({ received: true, open: true });
  });

  it("replaces, cancels and cancels all on the subjects of the contract", async () => {
    const replace = await client.replace("o1", { price: "60001.00", replaceId: "r1" });
    const cancel = await client.cancel("o1", "c1");
    await client.cancelAll({ instrument: "BTC-USDT" });
    await oms.publishOrderEvent("o1", 1, { execType: "pending_replace", commandId: "replace:r1" });
    await oms.publishOrderEvent("o1", 2, { execType: "canceled", commandId: "cancel:c1" });
    expect((await replace.answer).execType).toBe("pending_replace");
    expect((await cancel.answer).execType).toBe("canceled");
    expect(client.order("o1")?.open).toBe(false);
    const urgent = await oms.stored(streams.mailbox.h);
    expect(urgent.map((command) => command.subject)).toEqual([
      "oms.v1.order.ACC.strat.o1.cancel",
      "oms.v1.order.ACC.strat._all.cancel",
    ]);
    expect(JSON.parse(urgent[1]?.body ?? "")).toMatchObject({ instrument: "BTC-USDT" });
  });

  it("submitted three times reaches the OMS three times, with three message ids", async () => {
    for (let n = 0; n < 3; n += 1) await client.submit({ ...limitOrder, clOrdId: "o1" });
    const commands = await oms.stored(streams.mailbox.n);
    expect(new Set(commands.map((command) => command.msgId)).size).toBe(3);
  });
});

describe("a command that is not acknowledged", () => {
  it("is not sent when its id is no token", async () => {
    await expect(client.submit({ ...limitOrder, clOrdId: "a.b" })).rejects.toMatchObject({
      outcome: "not_sent",
    });
    expect(client.orders()).toEqual([]);
  });

  it("is refused when no stream takes it, and leaves no order behind", async () => {
    const impatient = await open({ publishLimits: { total_ms_max: 300 }, ids: countingIds("i") });
    await oms.deleteStream(streams.mailbox.n);
    await expect(impatient.submit({ ...limitOrder, clOrdId: "o1" })).rejects.toMatchObject({
      name: "CommandFailed",
      outcome: "refused",
    });
    expect(impatient.order("o1")).toBeUndefined();
    await impatient.close();
  });

  it("has an unknown outcome when the server froze, and stays an open order", async () => {
    const limits = { total_ms_max: 400, attempt_ms_max: 150 };
    const impatient = await open({ publishLimits: limits, ids: countingIds("i") });
    await server.suspend();
    const failure: unknown = await impatient
      .submit({ ...limitOrder, clOrdId: "o1" })
      .catch((error: unknown) => error);
    server.resume();
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(failure).toMatchObject({ outcome: "unknown" });
    expect(impatient.order("o1")).toMatchObject({ open: true, received: false });
    await impatient.close();
    // However often it was tried, it is stored at most once.
    expect((await oms.stored(streams.mailbox.n)).length).toBeLessThanOrEqual(1);
  });

  it("is refused at once when too many are in flight", async () => {
    const narrow = await open({ inFlight_max: 2, ids: countingIds("n") });
    await server.suspend();
    const first = [narrow.submit(limitOrder), narrow.submit(limitOrder)];
    await expect(narrow.submit(limitOrder)).rejects.toMatchObject({ outcome: "not_sent" });
    server.resume();
    await Promise.all(first);
    await narrow.close();
  });

  it("rejects the answers still waited for when the client closes", async () => {
    const closing = await open({ ids: countingIds("c") });
    const receipt = await closing.submit(limitOrder);
    await closing.close();
    await expect(receipt.answer).rejects.toBeInstanceOf(ClientClosed);
    await expect(closing.submit(limitOrder)).rejects.toBeInstanceOf(ClientClosed);
  });
});

describe("events", () => {
  it("are shown once and in order when the feed repeats and reorders them", async () => {
    await client.submit({ ...limitOrder, clOrdId: "o1" });
    for (const version of [2, 1, 1, 2, 4, 3, 3, 5]) {
      await oms.publishOrderEvent("o1", version, { text: "kept", aNewField: [1] });
    }
    await eventually("five events", () => versions("o1").length >= 5);
    expect(versions("o1")).toEqual(["1", "2", "3", "4", "5"]);
    expect(client.order("o1")?.last).toMatchObject({ version: 5, text: "kept" });
  });

  it("report a gap, after which the answer is the next event", async () => {
    const receipt = await client.submit({ ...limitOrder, clOrdId: "o1" });
    await oms.publishOrderEvent("o1", 3, { execType: "trade", commandId: "report:X:1" });
    expect(await receipt.answer).toMatchObject({ version: 3, execType: "trade" });
    expect(versions("o1")).toEqual(["1..2", "3"]);
  });

  it("are reported, not thrown, when they cannot be read", async () => {
    await oms.publish("oms.v1.evt.order.ACC.strat.o1.new", "{not json");
    await oms.publish("oms.v1.evt.order.ACC.strat.o1.new", '{"version":"one"}');
    await oms.publishOrderEvent("o1", 1, {});
    await eventually("the good one", () => versions("o1").length === 1);
    expect(seen.filter((event) => event.type === "unreadable")).toHaveLength(2);
  });

  it("of other strategies and accounts are not seen", async () => {
    await oms.publish("oms.v1.evt.order.ACC.other.o9.new", "{}");
    await oms.publish("oms.v1.evt.order.OTHER.strat.o9.new", "{}");
    await oms.publishOrderEvent("o1", 1, {});
    await eventually("our own", () => versions("o1").length === 1);
    expect(seen).toHaveLength(1);
  });

  it("can be read in a loop, which ends with the client", async () => {
    const looping = await open({ ids: countingIds("l") });
    const loop = (async () => {
      const types: string[] = [];
      for await (const event of looping.events()) types.push(event.type);
      return types;
    })();
    await oms.publishOrderEvent("o1", 1, {});
    await eventually("the event", () => looping.order("o1") !== undefined);
    await looping.close();
    expect(await loop).toEqual(["order"]);
  });

  it("from before are read on request, so that a restarted strategy knows its orders", async () => {
    await oms.publishOrderEvent("old", 1, { execType: "pending_new" });
    await oms.publishOrderEvent("old", 2, { execType: "new" });
    const restarted = await open({ startFrom: "all", ids: countingIds("r") });
    await eventually("the old order", () => restarted.order("old")?.last?.version === 2);
    expect(restarted.openOrders()).toHaveLength(1);
    await restarted.close();
  });
});

describe("positions and market data", () => {
  it("keep the newest version of each position", async () => {
    const subject = positionEventFilter(account).replace("*", "BTC-USDT");
    const position = { account, instrument: "BTC-USDT", avgPx: "1", tsEvent: "1", tsInit: "1" };
    for (const [version, netQty] of [
      [1, "0.5"],
      [3, "-1.5"],
      [2, "1"],
    ] as const) {
      await oms.publish(subject, JSON.stringify({ ...position, version, netQty, more: null }));
    }
    await oms.publishOrderEvent("o1", 1, {});
    await eventually("everything", () => versions("o1").length === 1);
    expect(client.positions().get("BTC-USDT")).toMatchObject({ version: 3, netQty: "-1.5" });
  });

  it("hand over best bids and offers until they are no longer wanted", async () => {
    const bids: (string | undefined)[] = [];
    const stop = client.marketData("*", "BTC-USDT", (bbo) => bids.push(bbo.bidPx));
    const subject = bboFilter("SIMX", "BTC-USDT");
    const bbo = { bidPx: "60000.01", tsEvent: "1", aNewField: {} };
    await eventually("a bid", () => {
      void oms.publishPlain(subject, JSON.stringify(bbo));
      return bids.length > 0;
    });
    expect(bids[0]).toBe("60000.01");
    stop();
    await client.submit(limitOrder);
    const count = bids.length;
    await oms.publishPlain(subject, JSON.stringify(bbo));
    await client.submit(limitOrder);
    expect(bids).toHaveLength(count);
  });
});

describe("kill -9 of nats-server under load", () => {
  it("loses no command, doubles none, and shows every event once and in order", async () => {
    await oms.respond();
    const orders_max = 300;
    let sent = 0;
    const ids: string[] = [];
    const load = (async () => {
      const running: Promise<unknown>[] = [];
      while (sent < orders_max) {
        const clOrdId = `k${sent}`;
        sent += 1;
        ids.push(clOrdId);
        running.push(client.submit({ ...limitOrder, clOrdId }));
        if (running.length >= 20) await Promise.all(running.splice(0));
      }
      await Promise.all(running);
    })();
    for (const after of [60, 160]) {
      await eventually(`${after} orders`, () => sent >= after);
      await server.kill();
      await server.restart();
    }
    await load;
    await eventually("every order works", () =>
      ids.every((clOrdId) => client.order(clOrdId)?.last?.execType === "new"),
    );
    for (const clOrdId of ids) expect(versions(clOrdId)).toEqual(["1", "2"]);
    const stored = await oms.stored(streams.mailbox.n);
    expect(stored.map((command) => command.subject).toSorted()).toEqual(
      ids.map((clOrdId) => `oms.v1.order.ACC.strat.${clOrdId}.submit`).toSorted(),
    );
    expect(seen.some((event) => event.type === "link" && event.up)).toBe(true);
  });
});
