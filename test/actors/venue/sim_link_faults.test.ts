/**
 * The simulator's adapter against venues that break the contract, fall silent, or read nothing.
 */
import { afterEach, describe, expect, test } from "vitest";
import { bareLink } from "./bare_link.ts";
import { LiveShard, realTimers } from "./live_shard.ts";
import { HandVenue, logonAck, say, until } from "./tcp_stage.ts";
import { legOf, place } from "./venue_requests.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const kept = <A extends { stop: () => unknown }>(thing: A): A => {
  cleanUp.push(() => thing.stop());
  return thing;
};

describe("bad venues", () => {
  test("one that accepts and says nothing is left after the logon's time", async () => {
    const venue = kept(await new HandVenue(() => {}).start());
    const { downs } = kept(bareLink(venue.port, 0, { silence_ms_max: 60_000 }));
    await until("down", () => downs.length === 1);
    expect(downs).toEqual(["lost: logging_on for more than 300 ms"]);
  });

  test("one that falls silent is left, one that is only idle is not", async () => {
    const silent = kept(
      await new HandVenue((message, socket) => {
        if (message.type === "logon") say(socket, logonAck(0));
      }).start(),
    );
    const idle = kept(
      await new HandVenue((message, socket) => {
        say(socket, message.type === "logon" ? logonAck(0) : { type: "heartbeat" });
      }).start(),
    );
    const left = kept(bareLink(silent.port));
    const stays = kept(bareLink(idle.port));
    await until("down", () => left.downs.length === 1);
    expect(left.downs).toEqual(["lost: silent for 200 ms"]);
    await until("many heartbeats", () => idle.heard.length > 8);
    expect(stays.said).toEqual(["loggedOn 0", "caughtUp"]);
  });

  test("one that promises reports and does not send them is left", async () => {
    const venue = kept(
      await new HandVenue((message, socket) => {
        say(socket, message.type === "logon" ? logonAck(3) : { type: "heartbeat" });
      }).start(),
    );
    const { downs, owed } = kept(bareLink(venue.port));
    await until("down", () => downs.length === 1);
    expect(downs).toEqual(["lost: catching_up for more than 300 ms"]);
    expect(owed).toEqual([3]);
  });

  test("one that keeps no missed report owes none: the link is live at once", async () => {
    const venue = kept(
      await new HandVenue((message, socket) => {
        const ack = { ...logonAck(3), firstSeqAvailable: 4 } as const;
        say(socket, message.type === "logon" ? ack : { type: "heartbeat", lastSeq: 3 });
      }).start(),
    );
    const { said } = kept(bareLink(venue.port, 1));
    await until("live", () => said.includes("caughtUp"));
    // Its newest number is told more than twice.
    const heartbeats = () => venue.heard.filter(({ type }) => type === "heartbeat").length;
    await until("heartbeats", () => heartbeats() > 6);
    expect(said).toEqual(["loggedOn 3", "caughtUp"]);
  });

  test.each([
    ["garbage bytes", Buffer.from([0xff, 0xfe, 0x00, 0x0a])],
    ["text that is not JSON", "hello\n"],
    ["an unknown field", '{"type":"heartbeat","extra":1}\n'],
    ["a line without an end", "x".repeat(70_000)],
    ["a report without a number", '{"type":"report","clOrdId":"x"}\n'],
    ["an error", '{"type":"error","text":"no"}\n'],
    ["words of another connection", '{"type":"control_ok","requestId":"r"}\n'],
  ])("one that says %s is a fault: the link ends with a reason", async (_, bytes) => {
    const venue = kept(
      await new HandVenue((message, socket) => {
        if (message.type !== "logon") return;
        say(socket, logonAck(0));
        socket.write(bytes);
      }).start(),
    );
    const { downs, said } = kept(bareLink(venue.port));
    await until("down", () => downs.length === 1);
    expect(downs[0]).toMatch(/^fault: ./);
    expect(said).toEqual(["loggedOn 0", "caughtUp", "down"]);
  });

  const unreadableVenue = (...lines: readonly object[]): Promise<HandVenue> =>
    new HandVenue((message, socket) => {
      if (message.type === "query_order") {
        const answer = { type: "order_status", requestId: message.requestId, found: 1e9 };
        socket.write(`${JSON.stringify(answer)}\n`);
      } else if (message.type !== "logon") {
        say(socket, { type: "heartbeat" });
      } else {
        say(socket, logonAck(lines.length));
        for (const line of lines) socket.write(`${JSON.stringify(line)}\n`);
      }
    }).start();

  const offGrid = {
    type: "report",
    seq: 1,
    execId: "E1",
    venueOrderId: "O1",
    clOrdId: "x",
    execType: "new",
    ordStatus: "new",
    instrument: "BTC-USDT",
    side: "buy",
    orderQty: "0.01",
    price: "50000.001",
    cumQty: "0",
    leavesQty: "0.01",
    avgPx: "0",
    tsEvent: "1",
  } as const;
  const onGrid = { ...offGrid, price: "50000" };

  test("one whose reports cannot be read is told of each, and the link stays", async () => {
    const strange = { ...onGrid, seq: 2, liquidity: "☃".repeat(9_000) };
    const noId = { type: "report", seq: 3, clOrdId: ["x"] };
    const venue = kept(await unreadableVenue(offGrid, strange, noId, { ...onGrid, seq: 4 }));
    const { said, downs } = kept(bareLink(venue.port));
    await until("caught up", () => said.includes("caughtUp"));
    expect(said.map((line) => line.slice(0, 13))).toEqual([
      "loggedOn 4",
      "unreadable 1:",
      "unreadable 2:",
      "unreadable 3:",
      "report 4",
      "caughtUp",
    ]);
    expect(said[1]).toBe("unreadable 1: report 1: price=50000.001 step=0.01");
    for (const line of said) expect(Buffer.byteLength(line)).toBeLessThan(300);
    const before = venue.heard.length;
    await until("heartbeats", () => venue.heard.length > before + 3);
    expect(downs).toEqual([]);
  });

  test("one whose answer cannot be read is told so, and the link stays", async () => {
    const venue = kept(await unreadableVenue());
    const { link, said, answers, downs } = kept(bareLink(venue.port));
    await until("caught up", () => said.includes("caughtUp"));
    const clOrdId = legOf("a", "new:0");
    const { deadline: askedAt } = place("a", 1n);
    link.query({ asker: clOrdId, clOrdId, purpose: "order", askedAt });
    await until("an answer", () => answers.length === 1);
    const [answer] = answers;
    expect(answer).toMatchObject({ clOrdId, order: undefined });
    expect(answer).toHaveProperty("unreadable");
    expect(downs).toEqual([]);
  });

  test("one that gives a long reason in any script is left with a short one", async () => {
    const venue = kept(
      await new HandVenue((message, socket) => {
        if (message.type !== "logon") return;
        say(socket, logonAck(0), { type: "error", text: `\u0007${"ł€😀".repeat(120)}` });
      }).start(),
    );
    const { downs } = kept(bareLink(venue.port));
    await until("down", () => downs.length === 1);
    expect(downs[0]).toMatch(/^fault: error while live: \?ł€😀/);
    expect(Buffer.byteLength(downs[0] ?? "")).toBeLessThanOrEqual("fault: ".length + 256);
  });

  test("one that does not listen is tried again and again, with a reason", async () => {
    const gone = await new HandVenue(() => {}).start();
    await gone.stop();
    const shard = kept(new LiveShard(gone.port));
    await until("three attempts", () => (shard.bench.session?.counters.disconnects ?? 0) >= 3);
    expect(shard.bench.session?.reason).toMatch(/ECONNREFUSED|link/);
  });

  test("one that reads nothing gets no order that would have to wait", async () => {
    const venue = kept(
      await new HandVenue((message, socket) => {
        if (message.type === "logon") say(socket, logonAck(0));
        socket.pause();
      }).start(),
    );
    const { link, said, downs } = kept(bareLink(venue.port));
    await until("caught up", () => said.includes("caughtUp"));
    const deadline_ns = realTimers.now_ns() + 100_000_000n;
    let refusal: string | undefined;
    for (let no = 0; no < 200_000 && refusal === undefined; no += 1) {
      const outcome = link.send(place(`w${no}`, deadline_ns));
      if (outcome.type === "refused") refusal = outcome.reason;
    }
    expect(refusal).toBe("the venue takes no bytes at the moment");
    await until("cut", () => downs.length === 1);
    expect(downs).toEqual(["lost: an order could not leave before its deadline"]);
  });

  test("one that reads nothing gets no order that waits when the link is given up", async () => {
    let reads = false;
    const venue = kept(
      await new HandVenue((message, socket) => {
        if (message.type === "logon") say(socket, logonAck(0));
        if (!reads) socket.pause();
      }).start(),
    );
    const slow = { heartbeat_ms: 5_000, silence_ms_max: 60_000 };
    const { link, said } = kept(bareLink(venue.port, 0, slow));
    await until("caught up", () => said.includes("caughtUp"));
    const deadline_ns = realTimers.now_ns() + 60_000_000_000n;
    let sent = 0;
    while (link.send(place(`w${sent}`, deadline_ns)).type === "sent") sent += 1;
    link.close();
    reads = true;
    const [socket] = venue.sockets;
    socket?.resume();
    await until("the connection's end", () => socket?.destroyed === true);
    // All but the last, of which the kernel had not taken all bytes.
    const ids = venue.heard.flatMap((one) => (one.type === "new_order" ? [one.clOrdId] : []));
    expect(ids).not.toContain(legOf(`w${sent - 1}`, "new:0"));
    expect(venue.heard.some(({ type }) => type === "logout")).toBe(false);
  });
});
