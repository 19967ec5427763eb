/**
 * A small world for the venue shard: its model, its real driver, a venue, time, on one seed.
 *
 * Messages are on their way for a while in both directions. A lost connection loses some of what is
 * on its way to the venue and delivers the rest late, at any time before the session's next logon.
 * The shard may die between any two steps: between a turn's commit and its effects, too.
 *
 * Owns: the venue's truth (`records`), against which a test holds what orders were told.
 */
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import type { ControlVerb } from "../../../protocols/kernel/subjects.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { LinkTimers } from "../../../actors/venue/link_timers.ts";
import { makeVenueDriver } from "../../../actors/venue/venue_driver.ts";
import type { VenueDriver } from "../../../actors/venue/venue_driver.ts";
import { simCapabilities } from "../../../actors/venue/sim_publisher.ts";
import type { VenueQuery, VenueReport, VenueRequest } from "../../../actors/venue/venue_link.ts";
import type { VenueOptions } from "../../../actors/venue/venue_options.ts";
import type { VenueInput, VenueMessage } from "../../../actors/venue/venue_input.ts";
import { randomOf } from "./random_of.ts";
import type { OnTheWay, VenueRecord, Wire } from "./venue_wire.ts";
import type { SnapshotQuestion } from "../../../actors/venue/venue_snapshot.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";
import { btc } from "./venue_requests.ts";
import { snapshotOf, worldReconcile } from "./venue_world_snapshot.ts";

const trade = { lastQty_lots: 500, lastPx_ticks: 1, instrument: btc, side: "buy" } as const;

/** The world. */
export class VenueWorld {
  readonly bench: VenueShardBench;
  readonly random: () => number;
  /** What the venue holds, by every id that an order ever went by. */
  readonly records = new Map<string, VenueRecord>();
  /** Every request that arrived at the venue, in order, with when. */
  readonly arrived: { readonly request: VenueRequest; readonly at_ns: bigint }[] = [];
  /** Sends that should not have been: by one who is not the owner, or too late. */
  readonly trespasses: string[] = [];
  /** Ids handed to a socket, in order. */
  readonly written: string[] = [];
  /** Reports of the venue's present numbering, in order. */
  reports: VenueReport[] = [];
  /** Every trade that the venue ever reported. */
  readonly trades: VenueReport[] = [];
  #incarnation = 1;
  #firstSeqAvailable = 1;
  #execIds = 0;
  #orders = 0;
  readonly inputs: VenueInput[] = [];
  isOwner = true;
  /** How likely the venue is to refuse a request unseen, and how often it did so to which. */
  refuseChance = 0;
  readonly refusedUnseen = new Map<string, number>();
  #wire: Wire | undefined;
  /** Said on a lost connection, not yet carried out. */
  #late: VenueRequest[] = [];
  #timers: { readonly at_ns: bigint; readonly run: () => void; live: boolean }[] = [];
  #driver: VenueDriver;
  #isAlive = true;

  constructor(seed: number, options: Partial<VenueOptions> = {}) {
    this.random = randomOf(seed);
    this.bench = new VenueShardBench({ reconcile: worldReconcile, ...options });
    this.#driver = this.#newDriver();
    this.bench.run({ type: "started" });
  }

  #newDriver(): VenueDriver {
    const timers: LinkTimers = {
      now_ns: () => this.bench.now_ns,
      random: this.random,
      after: (delay_ms, run) => {
        const at_ns = this.bench.now_ns + BigInt(Math.round(delay_ms * 1e6));
        const timer = { at_ns, run, live: true };
        this.#timers.push(timer);
        return () => {
          timer.live = false;
        };
      },
    };
    return makeVenueDriver(
      {
        shard: { kind: "venue", key: "SIMX" },
        post: (input) => this.inputs.push(input) > 0,
        room: (callback) => callback(),
        mayAct: () => this.isOwner,
      },
      {
        timers,
        backOff: { first_ms: 5, factor: 2, max_ms: 50, jitter: 0.5, stable_ms: 20 },
        connector: {
          capabilities: simCapabilities,
          connect: (resume, sink) => {
            const wire: Wire = { sink, resume, toVenue: [], toUs: [], state: "new" };
            this.#wire = wire;
            const push = (way: OnTheWay): boolean => {
              if (wire.state === "live") wire.toVenue.push(way);
              return wire.state === "live";
            };
            return {
              send: (request) => {
                if (!push({ type: "request", request })) return { type: "refused", reason: "down" };
                this.written.push(request.clOrdId);
                const isLate =
                  request.kind !== "cancel" && this.bench.now_ns > BigInt(request.deadline);
                if (isLate || !this.isOwner) this.trespasses.push(request.clOrdId);
                return { type: "sent" };
              },
              query: (query) => push({ type: "query", query }),
              snapshot: (question) => push({ type: "snapshot", question }),
              pause: () => {},
              resume: () => {},
              close: () => this.#lose(wire),
            };
          },
        },
      },
    );
  }

  /** Does one thing that is due: an input, an effect, a message on the wire, or a bit of time. */
  step(): void {
    const r = this.random();
    if (r < 0.3) this.runInput();
    else if (r < 0.55) this.doEffect();
    else if (r < 0.75) this.#venueStep();
    else if (r < 0.9) this.#wire?.toUs.shift()?.();
    else this.pass(Math.ceil(this.random() * 20));
  }

  /** Lets the shard take one waiting input. */
  runInput(): void {
    const input = this.inputs.shift();
    if (input !== undefined) this.bench.local(input);
  }

  /** Lets the driver do one committed effect. */
  doEffect(): void {
    const effect = this.bench.effects.shift();
    if (effect !== undefined) this.#driver.perform(effect);
  }

  /**
   * A frame in which those messages and then an operator's request are taken, as the shard loop
   * commits it: what earlier frames intended has been performed, and the driver sees the frame's
   * effects before it performs the first of them.
   */
  control(what: ControlVerb, body: object, before: readonly VenueMessage[] = []): void {
    this.frame(() => {
      for (const message of before) this.bench.message(message);
      this.bench.control(what, body);
    });
  }

  /** One frame of all that the shard takes meanwhile, performed as `control` says. */
  frame(take: () => void): void {
    while (this.bench.effects.length > 0) this.doEffect();
    take();
    this.#driver.begin?.(this.bench.effects);
    while (this.bench.effects.length > 0) this.doEffect();
  }

  /** Lets time pass: the driver's timers, then the shard's, then what is late at the venue. */
  pass(span_ms: number): void {
    this.bench.pass(span_ms);
    const due = this.#timers.filter(({ at_ns }) => at_ns <= this.bench.now_ns);
    this.#timers = this.#timers.filter(({ at_ns }) => at_ns > this.bench.now_ns);
    for (const timer of due) if (timer.live && this.#isAlive) timer.run();
  }

  /** Cuts the connection. */
  cut(reason: string): void {
    const wire = this.#wire;
    if (wire === undefined || wire.state === "dead") return;
    this.#lose(wire);
    wire.sink.down(reason, false);
  }

  /** The venue's process dies and starts anew: its orders and its numbering are gone. */
  restartVenue(): void {
    this.cut("the venue died");
    this.#incarnation += 1;
    this.#firstSeqAvailable = 1;
    this.#late = [];
    this.reports = [];
    this.records.clear();
  }

  /** The venue sends none of its reports again, though it knows its orders and trades. */
  forgetReports(): void {
    this.cut("the venue lost its log");
    for (const late of this.#late) this.#carryOut(late);
    this.#late = [];
    this.#firstSeqAvailable = this.reports.length + 1;
  }

  #lose(wire: Wire): void {
    if (wire.state === "dead") return;
    wire.state = "dead";
    wire.toUs = [];
    const said = wire.toVenue.flatMap((way) => (way.type === "request" ? [way.request] : []));
    this.#late.push(...said.filter(() => this.random() < 0.5));
    wire.toVenue = [];
  }

  /** Kills the owner between two steps; a new one starts at once. */
  crash(): void {
    this.#isAlive = false;
    if (this.#wire !== undefined) this.#lose(this.#wire);
    this.#wire = undefined;
    this.#timers = [];
    this.inputs.length = 0;
    this.bench.crash();
    this.#isAlive = true;
    this.#driver = this.#newDriver();
    this.bench.run({ type: "started" });
  }

  #venueStep(): void {
    // What was said on a lost connection has its effect within the grace, or at the next logon.
    if (this.#late.length > 0 && this.random() < 0.3) {
      const late = this.#late.shift();
      if (late !== undefined) this.#carryOut(late);
      return;
    }
    const wire = this.#wire;
    if (wire === undefined || wire.state === "dead") return;
    if (wire.state === "new") {
      this.#logon(wire);
      return;
    }
    const said = wire.toVenue.shift();
    if (said === undefined) this.#trade();
    else if (said.type === "request") this.#gate(wire, said.request);
    else if (said.type === "snapshot") this.#answerPart(wire, said.question);
    else this.#answer(wire, said.query);
  }

  #logon(wire: Wire): void {
    for (const late of this.#late) this.#carryOut(late);
    this.#late = [];
    wire.state = "live";
    const { sink, resume } = wire;
    const lastSeqSent = this.reports.length;
    const firstSeqAvailable = this.#firstSeqAvailable;
    const incarnation = `i${this.#incarnation}`;
    wire.toUs.push(() => sink.loggedOn({ incarnation, lastSeqSent, firstSeqAvailable }));
    for (let seq = Math.max(resume.seq + 1, firstSeqAvailable); seq <= lastSeqSent; seq += 1)
      this.#sendReport(wire, seq);
    wire.toUs.push(() => sink.caughtUp());
  }

  #sendReport(wire: Wire, seq: number): void {
    const report = this.reports[seq - 1];
    if (report !== undefined) wire.toUs.push(() => wire.sink.report(seq, report));
  }

  #answer(wire: Wire, query: VenueQuery): void {
    const record = this.records.get(query.clOrdId);
    const asOfSeq = this.reports.length;
    if (query.purpose === "executions") {
      const executions = this.trades.filter(
        ({ venueOrderId }) => venueOrderId === query.venueOrderId,
      );
      wire.toUs.push(() => wire.sink.answer({ ...query, order: undefined, executions, asOfSeq }));
      return;
    }
    const order =
      record === undefined
        ? undefined
        : {
            clOrdId: record.clOrdId,
            venueOrderId: record.venueOrderId,
            ordStatus: record.status,
            orderQty_lots: 1_000,
            cumQty_lots: record.cum,
          };
    wire.toUs.push(() => wire.sink.answer({ ...query, order, asOfSeq }));
  }

  /** The venue's record as it is now; reports made before it reaches us are in front of it. */
  #answerPart(wire: Wire, question: SnapshotQuestion): void {
    const asOfSeq = this.reports.length;
    const content = snapshotOf(this, question);
    wire.toUs.push(() =>
      wire.sink.snapshot?.({ askedAt: question.askedAt, asOfSeq, younger: [], ...content }),
    );
  }

  /** Refuses a request unseen, or carries it out. */
  #gate(wire: Wire, request: VenueRequest): void {
    const { clOrdId } = request;
    if (this.refuseChance === 0 || this.random() >= this.refuseChance) {
      this.#carryOut(request);
      return;
    }
    this.refusedUnseen.set(clOrdId, (this.refusedUnseen.get(clOrdId) ?? 0) + 1);
    const codes = ["rate_limited", "banned", "unavailable"] as const;
    const code = codes[Math.floor(this.random() * 3)] ?? "banned";
    const retryAfter_ms = Math.ceil(this.random() * 40);
    wire.toUs.push(() => wire.sink.refused?.({ code, clOrdId, retryAfter_ms }));
  }

  #carryOut(request: VenueRequest): void {
    this.arrived.push({ request, at_ns: this.bench.now_ns });
    const { clOrdId } = request;
    if (request.kind === "place") {
      const status = this.random() < 0.2 ? "rejected" : "new";
      this.#orders += 1;
      const venueOrderId = `O${this.#orders}`;
      this.records.set(clOrdId, { venueOrderId, clOrdId, status, cum: 0 });
      this.#say(clOrdId, status, { clOrdId });
      return;
    }
    const { origClOrdId } = request;
    const record = this.records.get(origClOrdId);
    const ids = { clOrdId, origClOrdId };
    if (record === undefined || record.status !== "new") {
      this.#say(
        origClOrdId,
        request.kind === "cancel" ? "cancel_rejected" : "replace_rejected",
        ids,
      );
    } else if (request.kind === "cancel") {
      record.status = "canceled";
      this.#say(origClOrdId, "canceled", ids);
    } else {
      record.clOrdId = clOrdId;
      this.records.set(clOrdId, record);
      this.#say(clOrdId, "replaced", ids);
    }
  }

  /** Another participant trades against one of our orders. */
  #trade(): void {
    const open = [...new Set(this.records.values())].filter(({ status }) => status === "new");
    const record = open[Math.floor(this.random() * open.length)];
    if (record === undefined) return;
    record.cum += 500;
    if (record.cum === 1_000) record.status = "filled";
    this.#say(record.clOrdId, "trade", { clOrdId: record.clOrdId });
  }

  #say(
    key: LegClOrdId,
    execType: VenueReport["execType"],
    ids: Pick<VenueReport, "clOrdId" | "origClOrdId">,
  ): void {
    const record = this.records.get(key);
    this.#execIds += 1;
    const report: VenueReport = {
      execType,
      ...ids,
      ...(record === undefined ? {} : { venueOrderId: record.venueOrderId }),
      execId: `E${this.#execIds}`,
      cumQty_lots: record?.cum ?? 0,
      orderQty_lots: 1_000,
      ...(execType === "trade" ? trade : {}),
      tsEvent: toNanos(this.bench.now_ns),
      ended: record !== undefined && record.status !== "new",
    };
    this.reports.push(report);
    if (execType === "trade") this.trades.push(report);
    if (this.#wire?.state === "live") this.#sendReport(this.#wire, this.reports.length);
  }

  /** Does everything that is due until nothing is left in doubt or on its way. */
  settle(): void {
    for (let round = 0; round < 200; round += 1) {
      for (let i = 0; i < 2_000 && this.#isBusy(); i += 1) this.#workOff();
      if (this.#isSettled()) return;
      this.pass(25);
    }
    throw new Error(`the world does not settle: ${JSON.stringify(this.bench.session)}`);
  }

  #isBusy(): boolean {
    const wire = this.#wire;
    const onWire = wire === undefined ? 0 : wire.toUs.length + wire.toVenue.length;
    const isLoggingOn = wire?.state === "new";
    const { effects } = this.bench;
    return this.inputs.length + effects.length + onWire + this.#late.length > 0 || isLoggingOn;
  }

  #isSettled(): boolean {
    const { session, space } = this.bench;
    const unanswered = space.size("request") - space.size("unresolved");
    const queued = space.size("queuedPlace") + space.size("queuedReplace");
    const open = unanswered + space.size("waiting") + space.size("checking") + queued;
    return !this.#isBusy() && session?.status === "open" && open === 0;
  }

  #workOff(): void {
    if (this.inputs.length > 0) this.runInput();
    else if (this.bench.effects.length > 0) this.doEffect();
    else if ((this.#wire?.toUs.length ?? 0) > 0) this.#wire?.toUs.shift()?.();
    else this.#venueStep();
  }
}
