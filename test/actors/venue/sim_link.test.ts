/**
 * The simulator's adapter against the real simulator process, and a proxy that cuts.
 */
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SimVenueMessage } from "../../../protocols/sim_wire.ts";
import { SimClient } from "../../simulator/sim_client.ts";
import { startVenue } from "../../simulator/venue_process.ts";
import type { VenueProcess } from "../../simulator/venue_process.ts";
import { liveReconcile, LiveShard, realTimers } from "./live_shard.ts";
import { bareLink } from "./bare_link.ts";
import { HandVenue, logonAck, say, TcpProxy, until } from "./tcp_stage.ts";
import { cancel, legOf, place, replace } from "./venue_requests.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const kept = <A extends { stop: () => unknown }>(thing: A): A => {
  cleanUp.push(() => thing.stop());
  return thing;
};

const soon = (): bigint => realTimers.now_ns() + 250_000_000n;

const isExec = ({ execId }: { readonly execId: string }): boolean => execId.startsWith("SIMX-");

/** The venue's own record, over its control connection. */
const dump = async (port: number) => {
  const control = new SimClient(port);
  control.say({ type: "control" }, { type: "dump", requestId: "d" });
  await control.until("dump_done");
  await control.close();
  return control.all("dump_order").map(({ order }) => order);
};

describe("against the simulator", () => {
  let venue: VenueProcess;
  beforeAll(async () => {
    venue = await startVenue("--speed", "0", "--instruments", "BTC-USDT", "--seed", "7");
  });
  afterAll(() => venue.stop());

  test("an order rests, is replaced and cancelled, another one trades, on the grid", async () => {
    const shard = kept(new LiveShard(venue.port));
    await until("open", () => shard.isOpen);
    shard.message(place("a", soon()));
    shard.message(replace("a", 1, soon()));
    shard.message(cancel("a", 1, legOf("a", "replace:1")));
    shard.message(place("b", soon(), { price_ticks: 9_000_000, timeInForce: "ioc" }));
    await until("settled", () => shard.isSettled && shard.bench.reports().length >= 5);
    expect(shard.bench.said(legOf("a", "new:0"))).toEqual(["new"]);
    expect(shard.bench.said(legOf("a", "replace:1"))).toEqual(["replaced"]);
    expect(shard.bench.said(legOf("a", "cancel:1"))).toEqual(["canceled"]);
    const [ack, ...trades] = shard.bench
      .reports()
      .filter(({ clOrdId }) => clOrdId === legOf("b", "new:0"));
    expect(ack).toMatchObject({ execType: "new", orderQty_lots: 1_000, price_ticks: 9_000_000 });
    expect(trades.at(-1)).toMatchObject({ execType: "trade", lastLiquidityInd: "removed" });
    const filled = trades.reduce((sum, { lastQty_lots = 0 }) => sum + lastQty_lots, 0);
    expect(trades.at(-1)?.cumQty_lots).toBe(filled);
    expect(shard.bench.incidents()).toEqual([]);
  });

  test("a question is answered with the venue's record, or that there is none", async () => {
    const { link, said, answers } = kept(bareLink(venue.port));
    await until("caught up", () => said.includes("caughtUp"));
    link.send(place("q", soon()));
    const ask = (clOrdId: ReturnType<typeof legOf>): boolean =>
      link.query({
        asker: clOrdId,
        clOrdId,
        purpose: "order",
        askedAt: place("q", 1n).deadline,
      });
    expect([ask(legOf("q", "new:0")), ask(legOf("nothing", "new:0"))]).toEqual([true, true]);
    await until("two answers", () => answers.length === 2);
    expect(answers).toMatchObject([
      { order: { ordStatus: "new", orderQty_lots: 1_000, cumQty_lots: 0 } },
      { order: undefined, clOrdId: legOf("nothing", "new:0") },
    ]);
  });

  test("executions of one order are answered from the venue's log", async () => {
    const own = kept(await startVenue("--speed", "0", "--instruments", "BTC-USDT", "--seed", "7"));
    const shard = kept(new LiveShard(own.port));
    await until("open", () => shard.isOpen);
    for (const name of ["x", "y"]) {
      shard.message(place(name, soon(), { price_ticks: 9_000_000, timeInForce: "ioc" }));
    }
    await until(
      "settled",
      () => shard.isSettled && shard.bench.said(legOf("y", "new:0")).length > 1,
    );
    const own_trades = shard.bench
      .reports()
      .filter(({ clOrdId, execType }) => clOrdId === legOf("x", "new:0") && execType === "trade");
    shard.stop();
    const { link, said, answers } = kept(bareLink(own.port));
    await until("caught up", () => said.includes("caughtUp"));
    const clOrdId = legOf("x", "new:0");
    const { deadline: askedAt } = place("x", 1n);
    const about = { asker: clOrdId, clOrdId, askedAt, purpose: "executions" } as const;
    const venueOrderId = own_trades[0]?.venueOrderId ?? "none";
    link.query({ ...about, venueOrderId, afterSeq: 0 });
    await until("the executions", () => answers.length === 1);
    const [answer] = answers as { executions: { execId: string }[] }[];
    expect(own_trades.length).toBeGreaterThan(0);
    expect(answer?.executions.map(({ execId }) => execId)).toEqual(
      own_trades.map(({ execId }) => execId),
    );
  });

  test("a new logon gets exactly the missed reports before it is caught up", async () => {
    const own = kept(await startVenue("--speed", "0", "--instruments", "BTC-USDT"));
    const first = kept(bareLink(own.port));
    await until("caught up", () => first.said.includes("caughtUp"));
    for (let no = 1; no <= 5; no += 1) first.link.send(place(`m${no}`, soon()));
    await until("five reports", () => first.said.includes("report 5"));
    first.link.close();
    const second = kept(bareLink(own.port, 2));
    await until("caught up", () => second.said.includes("caughtUp"));
    expect(second.said).toEqual(["loggedOn 5", "report 3", "report 4", "report 5", "caughtUp"]);
    const third = kept(bareLink(own.port, 5));
    await until("caught up", () => third.said.includes("caughtUp"));
    expect(third.said).toEqual(["loggedOn 5", "caughtUp"]);
    await until("the second was taken over", () => second.downs.length === 1);
  });

  test("a logon at another venue is a fault and no order leaves", async () => {
    const other = kept(await startVenue("--speed", "0", "--venue", "OTHER"));
    const { link, downs } = kept(bareLink(other.port));
    await until("down", () => downs.length === 1);
    expect(downs).toEqual(["fault: logged on as s at OTHER"]);
    expect(link.send(place("a", soon())).type).toBe("refused");
  });
});

describe("connections that are cut mid-flight", () => {
  test("leave every order with one true outcome and every report told once", async () => {
    const args = ["--speed", "0", "--instruments", "BTC-USDT", "--latency", "uniform:0ms,3ms"];
    const venue = kept(await startVenue(...args));
    const proxy = kept(await new TcpProxy(venue.port).start());
    const shard = kept(new LiveShard(proxy.port));
    const names: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      await until("open", () => shard.isOpen);
      proxy.cutAfter_bytes = 400 + round * 731;
      for (let no = 0; no < 60; no += 1) {
        const name = `r${round}n${no}`;
        names.push(name);
        shard.message(place(name, soon()));
        if (no % 3 === 0) shard.message(cancel(name));
      }
      if (round % 4 === 3) shard.crash();
      await until("settled again", () => shard.isSettled);
    }
    expect(proxy.connections).toBeGreaterThan(12);
    const orders = new Map((await dump(venue.port)).map((order) => [order.clOrdId, order]));
    const { bench } = shard;
    let unsent = 0;
    for (const name of names) {
      const words = bench.said(legOf(name, "new:0")).filter((word) => word !== "in_doubt");
      const order = orders.get(legOf(name, "new:0"));
      expect(words).toEqual([order === undefined ? "not_sent" : "new"]);
      if (order === undefined) unsent += 1;
      const isCanceled = bench.said(legOf(name, "cancel:1")).includes("canceled");
      expect(isCanceled).toBe(order?.ordStatus === "canceled");
    }
    expect(orders.size).toBe(names.length - unsent);
    expect(unsent).toBeGreaterThan(0);
    expect(orders.size).toBeGreaterThan(names.length / 10);
    const execIds = bench
      .reports()
      .filter(isExec)
      .map(({ execId }) => execId);
    expect(new Set(execIds).size).toBe(execIds.length);
    expect(execIds.length).toBe(bench.session?.inboundSeq);
    expect(bench.incidents()).toEqual([]);
  });

  test("a venue killed and started anew is noticed, and nothing unproven is claimed", async () => {
    const args = ["--speed", "0", "--instruments", "BTC-USDT"];
    const first = kept(await startVenue(...args, "--latency", "constant:20ms"));
    const proxy = kept(await new TcpProxy(first.port).start());
    const shard = kept(new LiveShard(proxy.port));
    await until("open", () => shard.isOpen);
    shard.message(place("a", soon()));
    await until("acknowledged", () => shard.isSettled);
    shard.message(place("b", soon()));
    first.child.kill("SIGKILL");
    const second = kept(await startVenue(...args));
    proxy.target = second.port;
    await until("open again", () => shard.isOpen && shard.bench.incidents().includes("unresolved"));
    expect(shard.bench.said(legOf("b", "new:0"))).toEqual(["in_doubt"]);
    expect(shard.bench.incidents()).toContain("venue_restarted");
    // What worked there works nowhere any more, and its owner is told.
    expect(shard.bench.said(legOf("a", "new:0"))).toEqual(["new", "canceled"]);
    expect(shard.bench.incidents()).toContain("order_lost");
    shard.message(place("c", soon()));
    await until("c", () => shard.bench.said(legOf("c", "new:0")).length > 0);
    expect(shard.bench.said(legOf("c", "new:0"))).toEqual(["new"]);
  });
});

test("a shard without room makes the socket wait, and then hears everything in order", async () => {
  const text = "x".repeat(300);
  const report = (seq: number): SimVenueMessage => ({
    type: "report",
    seq,
    execId: `E${seq}`,
    venueOrderId: "O1",
    clOrdId: "x",
    execType: "new",
    ordStatus: "new",
    instrument: "BTC-USDT",
    side: "buy",
    orderQty: "0.01",
    price: "50000",
    cumQty: "0",
    leavesQty: "0.01",
    avgPx: "0",
    text,
    tsEvent: "1",
  });
  let sent = 0;
  const sendMore = (socket: Socket): void => {
    for (let more = 0; more < 2_000; more += 1) say(socket, report((sent += 1)));
  };
  const venue = kept(
    await new HandVenue((message, socket) => {
      if (message.type !== "logon") say(socket, { type: "heartbeat" });
      else say(socket, logonAck(0));
    }).start(),
  );
  const shard = kept(new LiveShard(venue.port, { reconcile: { ...liveReconcile, parts: [] } }));
  await until("open", () => shard.isOpen);
  shard.room_max = 0;
  const sleep = (span_ms: number): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, span_ms);
    });
  const [socket] = venue.sockets;
  if (socket === undefined) throw new Error("the shard is connected");
  // It says more until nothing leaves any more: however much the buffers of both hosts take.
  let left_bytes = -1;
  const isStuck = (): boolean => left_bytes === socket.bytesWritten - socket.writableLength;
  while (socket.writableLength === 0 || !isStuck()) {
    left_bytes = socket.bytesWritten - socket.writableLength;
    if (socket.writableLength === 0) sendMore(socket);
    await sleep(100);
  }
  const { inboundSeq } = shard.bench.session ?? {};
  // Longer than the silence that would end a link: a pause of ours is not the venue's silence.
  await sleep(600);
  expect(isStuck()).toBe(true);
  expect(shard.bench.session?.inboundSeq).toBe(inboundSeq);
  shard.room_max = 100;
  await until("all heard", () => shard.bench.session?.inboundSeq === sent && shard.isOpen);
  expect(shard.largest).toBeLessThanOrEqual(1_000);
  expect(venue.sockets).toHaveLength(1);
  expect(shard.bench.session?.counters.disconnects).toBe(0);
});
