/**
 * The wire between a venue shard and its paper venue: the adapter contract of `venue_link.ts`, with
 * everything that can happen on a wire.
 *
 * Bytes travel in order in each direction, in bounded time. A connection can be cut with bytes
 * under way: a part of them still arrives, the rest is lost. A venue talks to one connection at a
 * time: a new logon ends the one before.
 *
 * Owns: connections. Never: keeps a `send` for later, or calls a sink of a dead process.
 */
import { simCapabilities } from "../../actors/venue/sim_publisher.ts";
import type {
  VenueConnector,
  VenueLink,
  VenueLinkSink,
  VenueRequest,
} from "../../actors/venue/venue_link.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { ArrivalSeen } from "./checkers/checker.ts";
import type { Faults } from "./faults.ts";
import type { SnapshotAnswer, SnapshotQuestion } from "../../actors/venue/venue_snapshot.ts";
import type { LoggedReport } from "./paper_log.ts";
import { paperPart, youngerIds } from "./paper_snapshot.ts";
import type { PaperVenue } from "./paper_venue.ts";
import type { Process, VirtualWorld } from "./virtual_world.ts";

/** A venue as it is reached over wires. */
export interface VenueGateway {
  /** The adapter of a shard that runs in that process. */
  readonly connector: (process: Process) => VenueConnector;
  /** The venue ends the connection in use; what is under way may or may not arrive. */
  readonly breakOff: (reason: string) => void;
}

/** What a gateway stands on. */
export interface GatewayOptions {
  readonly id: VenueId;
  readonly venue: PaperVenue;
  readonly world: VirtualWorld;
  readonly faults: Faults;
  /** Bytes leave, in the same instant. */
  readonly onSend: (venue: VenueId, request: VenueRequest, sender: Process) => void;
  /** They have arrived. */
  readonly onArrive: (seen: ArrivalSeen) => void;
}

const ms = 1_000;
const silence_us = 5_000 * ms;

interface Connection {
  readonly process: Process;
  readonly sink: VenueLinkSink;
  stage: "connecting" | "catching_up" | "live" | "over";
  /** The wire carries nothing any more. */
  cut: boolean;
  /** The venue's side says nothing any more, and hears nothing. */
  silent: boolean;
  paused: boolean;
  readonly held: (() => void)[];
  seq: number;
  catchUpTo: number;
  toVenue_us: number;
  fromVenue_us: number;
  progress: () => void;
}

/** Makes the gateway of a venue. */
export const makeVenueGateway = (options: GatewayOptions): VenueGateway => {
  const { venue } = options;
  let current: Connection | undefined;
  const logon = (connection: Connection): void => {
    if (current !== undefined && current !== connection) {
      endByVenue(options, current, "another logon");
    }
    current = connection;
    const { incarnation, firstSeq: firstSeqAvailable, lastSeq: lastSeqSent } = venue.log;
    connection.catchUpTo = lastSeqSent;
    fromVenue(options, connection, () => {
      connection.stage = "catching_up";
      connection.sink.loggedOn({ incarnation, lastSeqSent, firstSeqAvailable });
      checkCaughtUp(options, connection);
    });
    for (let seq = connection.seq + 1; seq <= lastSeqSent; seq += 1) {
      const logged = venue.log.get(seq);
      if (logged !== undefined) sendReport(options, connection, seq, logged);
    }
  };
  venue.onReport = (seq) => {
    const logged = venue.log.get(seq);
    if (current === undefined || current.cut || logged === undefined) return;
    sendReport(options, current, seq, logged);
  };
  return {
    connector: (process) => ({
      capabilities: { ...simCapabilities, replace: venue.options.replace ?? "native" },
      connect: (resume, sink) => connect(options, process, resume.seq, sink, logon),
    }),
    breakOff: (reason) => {
      if (current !== undefined) endByVenue(options, current, reason);
    },
  };
};

const connect = (
  options: GatewayOptions,
  process: Process,
  seq: number,
  sink: VenueLinkSink,
  logon: (connection: Connection) => void,
): VenueLink => {
  const { world, faults } = options;
  const connection: Connection = {
    process,
    sink,
    stage: "connecting",
    cut: false,
    silent: false,
    paused: false,
    held: [],
    seq,
    catchUpTo: 0,
    toVenue_us: 0,
    fromVenue_us: 0,
    progress: () => undefined,
  };
  process.onDeath(() => cut(options, connection));
  const delay_us = faults.prng.between(100, 3 * ms);
  if (faults.strikes("connect_refused")) {
    world.after(delay_us, process, () => over(connection, "connection refused"));
  } else if (!faults.strikes("connect_silent")) {
    toVenue(options, connection, () => logon(connection));
  }
  expectProgress(options, connection);
  return linkOf(options, connection);
};

const linkOf = (options: GatewayOptions, connection: Connection): VenueLink => ({
  send: (request) => {
    const { faults } = options;
    if (connection.stage !== "live") return { type: "refused", reason: "not logged on" };
    options.onSend(options.id, request, connection.process);
    if (faults.strikes("wire_cut_before")) breakDown(options, connection);
    const lingers = faults.strikes("wire_lingers");
    if (lingers) connection.toVenue_us = options.world.now_us() + faults.prng.between(50, 400) * ms;
    toVenue(options, connection, () => receive(options, connection, request));
    if (lingers) breakDown(options, connection);
    if (faults.strikes("wire_cut_after")) breakDown(options, connection);
    if (faults.strikes("wire_silent")) fallSilent(options, connection);
    return { type: "sent" };
  },
  query: (query) => {
    const { faults, venue } = options;
    if (connection.stage !== "live") return false;
    toVenue(options, connection, () => {
      const { clOrdId, afterSeq = 0, purpose } = query;
      const said = { ...query, asOfSeq: venue.log.lastSeq };
      const answer =
        purpose === "executions"
          ? { ...said, order: undefined, executions: venue.executions(clOrdId, afterSeq) }
          : { ...said, order: venue.find(clOrdId) };
      if (faults.strikes("answer_lost")) return;
      const late_us = faults.strikes("answer_late") ? faults.prng.between(1, 3_000) * ms : 0;
      const copies = faults.strikes("answer_doubled") ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        fromVenue(options, connection, () => connection.sink.answer(answer), late_us);
      }
    });
    return true;
  },
  snapshot: (question) => {
    if (connection.stage !== "live") return false;
    askPart(options, connection, question);
    return true;
  },
  pause: () => {
    connection.paused = true;
  },
  resume: () => {
    connection.paused = false;
    for (const run of connection.held.splice(0)) connection.process.post(run);
  },
  close: () => {
    connection.stage = "over";
    cut(options, connection);
  },
});

/** A request arrives: what is over a limit is refused unseen. */
const receive = (options: GatewayOptions, connection: Connection, request: VenueRequest): void => {
  const { id, venue, onArrive } = options;
  const now_ns = options.world.now_ns();
  const over = venue.limits?.take(request.kind, Number(now_ns / 1_000_000n));
  const away = venue.hasSpell("unavailable") ? ({ code: "unavailable" } as const) : undefined;
  const refusal = over ?? away;
  onArrive({ venue: id, request, refusal, now_ns });
  if (refusal === undefined) {
    venue.receive(request);
    return;
  }
  const { clOrdId } = request;
  fromVenue(options, connection, () => connection.sink.refused?.({ clOrdId, ...refusal }));
};

/** The venue's record as it is when the question arrives; reports may overtake the answer. */
const askPart = (
  options: GatewayOptions,
  connection: Connection,
  question: SnapshotQuestion,
): void => {
  const { faults, venue } = options;
  const { part, askedAt } = question;
  toVenue(options, connection, () => {
    const { lastSeq: asOfSeq } = venue.log;
    const content = paperPart(venue, question);
    if (faults.strikes("answer_lost")) return;
    const late_us = faults.strikes("answer_late") ? faults.prng.between(1, 3_000) * ms : 0;
    const isUnknown = faults.strikes("part_unknown");
    const answer = (): SnapshotAnswer => {
      if (isUnknown) return { part, askedAt, unknown: "refused" };
      const younger = youngerIds(venue.log, asOfSeq, connection.seq);
      return { askedAt, asOfSeq, younger, ...content };
    };
    fromVenue(options, connection, () => connection.sink.snapshot?.(answer()), late_us);
  });
};

/** The link is over; its sink is told, once. */
const over = (connection: Connection, reason: string): void => {
  if (connection.stage === "over") return;
  connection.stage = "over";
  connection.cut = true;
  connection.progress();
  connection.sink.down(reason, false);
};

/** Nothing more gets through: what was sent lately may or may not have arrived. */
const cut = (_options: GatewayOptions, connection: Connection): void => {
  connection.cut = true;
  connection.progress();
};

const breakDown = (options: GatewayOptions, connection: Connection): void => {
  if (connection.cut) return;
  cut(options, connection);
  const { world, faults } = options;
  world.after(faults.prng.between(100, 50 * ms), connection.process, () => {
    over(connection, "connection reset");
  });
};

const endByVenue = (options: GatewayOptions, connection: Connection, reason: string): void => {
  if (connection.cut) return;
  cut(options, connection);
  options.world.after(500, connection.process, () => over(connection, reason));
};

const fallSilent = (options: GatewayOptions, connection: Connection): void => {
  if (connection.silent || connection.cut) return;
  connection.silent = true;
  options.world.after(silence_us, connection.process, () => over(connection, "silence"));
};

/** Ends the link unless the logon gets on in time. */
const expectProgress = (options: GatewayOptions, connection: Connection): void => {
  connection.progress();
  if (connection.stage === "live") return;
  connection.progress = options.world.after(silence_us, connection.process, () =>
    over(connection, "the logon does not get on"),
  );
};

const checkCaughtUp = (options: GatewayOptions, connection: Connection): void => {
  if (connection.stage !== "catching_up") return;
  if (connection.seq < connection.catchUpTo) {
    expectProgress(options, connection);
    return;
  }
  connection.stage = "live";
  connection.progress();
  connection.sink.caughtUp();
};

const wireDelay_us = (faults: Faults): number =>
  faults.strikes("wire_delayed") ? faults.prng.between(1, 200) * ms : faults.prng.between(50, 500);

/** Brings something to the venue. After a cut, what was under way arrives or not. */
const toVenue = (options: GatewayOptions, connection: Connection, arrive: () => void): void => {
  const { world, faults } = options;
  const isSlow = options.venue.hasSpell("slow");
  const spell_us = isSlow ? faults.prng.between(200, 900) * ms : 0;
  const busy_us = faults.strikes("venue_slow") ? faults.prng.between(1, 100) * ms : spell_us;
  const at_us = Math.max(connection.toVenue_us, world.now_us() + wireDelay_us(faults) + busy_us);
  connection.toVenue_us = at_us;
  const wasCut = connection.cut;
  if (wasCut || connection.silent) return;
  world.after(at_us - world.now_us(), undefined, () => {
    // The first bytes that a cut swallows take all behind them along.
    if (connection.cut && faults.prng.chance(0.4)) connection.silent = true;
    if (!connection.silent) arrive();
  });
};

/** Brings something from the venue, in order, except what is late on purpose. */
const fromVenue = (
  options: GatewayOptions,
  connection: Connection,
  arrive: () => void,
  late_us = 0,
): void => {
  const { world, faults } = options;
  if (connection.cut || connection.silent) return;
  const mute_us = options.venue.options.spells?.until_us("mute") ?? 0;
  const soon_us = Math.max(mute_us, world.now_us() + wireDelay_us(faults));
  const at_us = Math.max(connection.fromVenue_us, soon_us);
  if (late_us === 0) connection.fromVenue_us = at_us;
  const run = (): void => {
    if (connection.paused) connection.held.push(run);
    else if (!connection.cut && !connection.silent && connection.stage !== "over") arrive();
  };
  world.after(at_us + late_us - world.now_us(), connection.process, run);
};

const sendReport = (
  options: GatewayOptions,
  connection: Connection,
  seq: number,
  { report, isUnreadable }: LoggedReport,
): void => {
  const { faults } = options;
  if (faults.strikes("report_dropped")) {
    // A wire that swallowed something breaks, at the latest when it is not acknowledged.
    options.world.after(faults.prng.between(1, 3_000) * ms, undefined, () => {
      breakDown(options, connection);
    });
    return;
  }
  if (faults.strikes("report_late")) {
    // Everything behind it waits with it: a session is in order.
    connection.fromVenue_us = options.world.now_us() + faults.prng.between(1, 3_000) * ms;
  }
  const arrive = (): void => {
    connection.seq = Math.max(connection.seq, seq);
    if (isUnreadable) {
      const { clOrdId, execType: raw } = report;
      connection.sink.unreadable(seq, { reason: "garbled", raw, clOrdId });
    } else {
      connection.sink.report(seq, report);
    }
    checkCaughtUp(options, connection);
  };
  fromVenue(options, connection, arrive);
  if (faults.strikes("report_doubled")) fromVenue(options, connection, arrive);
};
