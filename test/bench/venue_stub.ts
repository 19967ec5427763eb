/**
 * A venue that costs as little as a venue can, as a process: it speaks the simulator's protocol,
 * fills every order at once, and notes when an order's first byte arrived.
 *
 * It exists beside the simulator because a matching engine on the same two cores would be measured
 * with the product. Lines are read with JSON.parse alone; strict reading is the product's matter.
 *
 * Owns: arrival times. A line that begins with `#` is a floor's order and is answered with itself.
 */
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { now_us } from "./monotonic.ts";
import { serveJobs } from "./worker.ts";

/** What the stub is asked. */
export type VenueStubJobs = {
  /** Listens for the OMS; gives the port. */
  readonly listen: (setup: VenueStubSetup) => Promise<number>;
  /** Arrival times of orders since the last time this was asked, in microseconds, in order. */
  readonly arrivals: (input: null) => readonly number[];
};

/** Who the stub is. */
export interface VenueStubSetup {
  readonly venue: string;
  readonly instruments: readonly string[];
  readonly bid: string;
  readonly ask: string;
}

interface Session {
  seq: number;
}

type Line = Readonly<Record<string, string>>;

const depth_ms = 500;
const arrivals: number[] = [];
let orders = 0;

const nowText = (): string => `${BigInt(Date.now()) * 1_000_000n}`;

const report = (session: Session, order: Line, execType: "new" | "trade"): object => {
  session.seq += 1;
  const isTrade = execType === "trade";
  const { clOrdId, instrument, side, orderQty, price } = order;
  return {
    type: "report",
    seq: session.seq,
    execId: `E${session.seq}`,
    venueOrderId: `V${orders}`,
    clOrdId,
    execType,
    ordStatus: isTrade ? "filled" : "new",
    instrument,
    side,
    orderQty,
    price,
    cumQty: isTrade ? orderQty : "0",
    leavesQty: isTrade ? "0" : orderQty,
    avgPx: isTrade ? price : "0",
    ...(isTrade ? { lastQty: orderQty, lastPx: price, lastLiquidityInd: "removed" } : {}),
    ...(isTrade ? { fee: { amount: "0.01", currency: "USDT" } } : {}),
    tsEvent: nowText(),
  };
};

const subscribe = (socket: Socket, { instruments, bid, ask }: VenueStubSetup): void => {
  const say = (): void => {
    for (const instrument of instruments) {
      const book = { bids: [[bid, "100"]], asks: [[ask, "100"]], tsEvent: nowText() };
      socket.write(`${JSON.stringify({ type: "depth", instrument, ...book })}\n`);
    }
  };
  say();
  const timer = setInterval(say, depth_ms);
  socket.once("close", () => clearInterval(timer));
};

/** The answer to one line; some have none. */
const answerTo = (line: Line, session: Session, setup: VenueStubSetup, socket: Socket): string => {
  const write = (...messages: readonly object[]): string =>
    messages.map((message) => `${JSON.stringify(message)}\n`).join("");
  const { type = "nothing" } = line;
  switch (type) {
    case "new_order":
      orders += 1;
      return write(report(session, line, "new"), report(session, line, "trade"));
    case "logon":
      return write({
        type: "logon_ack",
        session: line["session"],
        venue: setup.venue,
        incarnation: `stub-${process.pid}`,
        lastSeqSent: session.seq,
        firstSeqAvailable: 1,
      });
    case "heartbeat":
      return write({ type: "heartbeat" });
    case "subscribe":
      subscribe(socket, setup);
      return "";
    case "logout":
      socket.end();
      return "";
    default:
      throw new Error(`the stub knows no ${type}`);
  }
};

const serve = (socket: Socket, session: Session, setup: VenueStubSetup): void => {
  socket.setNoDelay(true);
  let rest = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    const arrived_us = now_us();
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    let answers = "";
    for (const text of lines) {
      if (text.startsWith("#")) {
        arrivals.push(arrived_us);
        answers += `${text}\n`;
        continue;
      }
      const line = JSON.parse(text) as Line;
      if (line["type"] === "new_order") arrivals.push(arrived_us);
      answers += answerTo(line, session, setup, socket);
    }
    if (answers !== "") socket.write(answers);
  });
};

const listen = (setup: VenueStubSetup): Promise<number> =>
  new Promise((resolve) => {
    const session: Session = { seq: 0 };
    const server = createServer((socket) => serve(socket, session, setup));
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

const jobs: VenueStubJobs = { listen, arrivals: () => arrivals.splice(0) };
serveJobs(jobs);
