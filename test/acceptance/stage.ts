/**
 * One acceptance case's stage: links of a session, what they said, and orders to send.
 *
 * Owns: waiting (bounded), ids that are unique in the run, and the contract that every link keeps
 * in every case: numbers once and in order from the resume position on, nothing after `down` or
 * `close`, no callback before `connect` returned.
 */
import {
  AccountId,
  ClOrdId,
  legClOrdIdOf,
  orderIdOf,
  StrategyId,
} from "../../protocols/kernel/ids.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { CancelLeg, PlaceLeg, ReplaceLeg } from "../../protocols/venue.ts";
import type {
  LinkEnd,
  LogonAnswer,
  MassCancelAnswer,
  SendOutcome,
  VenueAnswer,
  VenueLink,
  VenueLinkSink,
  VenueQuery,
  VenueRefusal,
  VenueReport,
  VenueRequest,
} from "../../actors/venue/venue_link.ts";
import type { KnownPart, SnapshotAnswer, SnapshotPart } from "../../actors/venue/venue_snapshot.ts";
import type { VenueUnderTest } from "./venue_under_test.ts";

const wait_ms_max = 10_000;
const intent_ms = 2_000;

/** Waits until something holds. Throws when it does not within 10 s. */
export const until = async (what: string, holds: () => boolean): Promise<void> => {
  const until_ms = performance.now() + wait_ms_max;
  while (!holds()) {
    if (performance.now() > until_ms) throw new Error(`never: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
};

/** A link and all that it told. */
export class StagedLink {
  readonly logons: LogonAnswer[] = [];
  readonly reports: { readonly seq: number; readonly report: VenueReport }[] = [];
  readonly unreadable: number[] = [];
  readonly answers: VenueAnswer[] = [];
  readonly refusals: VenueRefusal[] = [];
  readonly snapshots: SnapshotAnswer[] = [];
  readonly massCancels: MassCancelAnswer[] = [];
  readonly downs: { readonly reason: string; readonly fault: boolean; readonly end?: LinkEnd }[] =
    [];
  /** What broke the contract of links. */
  readonly breaches: string[] = [];
  isCaughtUp = false;
  readonly link: VenueLink;
  #lastSeq: number;
  #isConnecting = true;
  #isOver = false;

  constructor(venue: VenueUnderTest, session: string, seq: number) {
    this.#lastSeq = seq;
    this.link = venue.connector(session).connect({ seq }, this.#sink(), () => true);
    this.#isConnecting = false;
  }

  /** Reports about one of our ids. */
  of(clOrdId: LegClOrdId): readonly VenueReport[] {
    return this.reports.map(({ report }) => report).filter((one) => one.clOrdId === clOrdId);
  }

  /** The first report of that kind about that id. */
  async report(clOrdId: LegClOrdId, execType: VenueReport["execType"]): Promise<VenueReport> {
    const find = () => this.of(clOrdId).find((one) => one.execType === execType);
    await until(`${execType} of ${clOrdId}`, () => find() !== undefined);
    const found = find();
    if (found === undefined) throw new Error("it was there");
    return found;
  }

  /** Asks, and waits for the answer. */
  async ask(clOrdId: LegClOrdId, more: Partial<VenueQuery> = {}): Promise<VenueAnswer> {
    const before = this.answers.length;
    const asked = this.link.query({
      asker: clOrdId,
      clOrdId,
      purpose: "order",
      askedAt: now(),
      ...more,
    });
    if (!asked) throw new Error("the link takes no question");
    await until(`an answer about ${clOrdId}`, () => this.answers.length > before);
    const answer = this.answers[before];
    if (answer === undefined) throw new Error("it was there");
    return answer;
  }

  /** Asks for a part of a snapshot. Throws where it stays unknown. */
  async snapshot<Part extends SnapshotPart>(
    part: Part,
    afterSeq?: number,
  ): Promise<Extract<KnownPart, { readonly part: Part }>> {
    const answer = await this.snapshotAnswer(part, afterSeq);
    if ("unknown" in answer) throw new Error(`${part} is unknown: ${answer.unknown}`);
    return answer as Extract<KnownPart, { readonly part: Part }>;
  }

  /** Asks for a part of a snapshot, known or unknown. */
  async snapshotAnswer(part: SnapshotPart, afterSeq?: number): Promise<SnapshotAnswer> {
    const before = this.snapshots.length;
    const more = afterSeq === undefined ? {} : { afterSeq };
    if (this.link.snapshot?.({ part, askedAt: now(), ...more }) !== true) {
      throw new Error("the link takes no question");
    }
    await until(`an answer about ${part}`, () => this.snapshots.length > before);
    const answer = this.snapshots[before];
    if (answer === undefined) throw new Error("it was there");
    return answer;
  }

  send(request: VenueRequest): SendOutcome {
    return this.link.send(request);
  }

  /** The last number that was told: where a next link resumes. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  close(): void {
    this.#isOver = true;
    this.link.close();
  }

  #sink(): VenueLinkSink {
    const heard = (what: string, act: () => void): void => {
      if (this.#isConnecting) this.breaches.push(`${what} before connect returned`);
      if (this.#isOver) this.breaches.push(`${what} after the end`);
      act();
    };
    const numbered = (seq: number): void => {
      // A repeat is the model's to drop; a number that is too high is a hole, which it asks for.
      if (seq === this.#lastSeq + 1) this.#lastSeq = seq;
    };
    return {
      loggedOn: (answer) => heard("loggedOn", () => void this.logons.push(answer)),
      report: (seq, report) =>
        heard("report", () => {
          numbered(seq);
          this.reports.push({ seq, report });
        }),
      unreadable: (seq) =>
        heard("unreadable", () => {
          numbered(seq);
          this.unreadable.push(seq);
        }),
      caughtUp: () =>
        heard("caughtUp", () => {
          if (this.logons.length === 0) this.breaches.push("caught up without a logon");
          this.isCaughtUp = true;
        }),
      answer: (answer) => heard("answer", () => void this.answers.push(answer)),
      snapshot: (answer) => heard("snapshot", () => void this.snapshots.push(answer)),
      massCanceled: (answer) => heard("massCanceled", () => void this.massCancels.push(answer)),
      refused: (refusal) => heard("refused", () => void this.refusals.push(refusal)),
      down: (reason, fault, end) =>
        heard("down", () => {
          this.#isOver = true;
          this.downs.push({ reason, fault, ...(end === undefined ? {} : { end }) });
        }),
    };
  }
}

const now = () => toNanos(BigInt(Date.now()) * 1_000_000n);

/** What a case has to work with. */
export class Stage {
  readonly venue: VenueUnderTest;
  readonly session: string;
  readonly #links: StagedLink[] = [];
  readonly #prefix: string;

  constructor(venue: VenueUnderTest, no: string) {
    this.venue = venue;
    this.#prefix = no.toLowerCase();
    this.session = `accept-${this.#prefix}`;
  }

  /** A link that has caught up. */
  async open(seq = 0, session = this.session): Promise<StagedLink> {
    const link = this.connect(seq, session);
    await until("caught up", () => link.isCaughtUp || link.downs.length > 0);
    const [down] = link.downs;
    if (down !== undefined) throw new Error(`the link went down: ${down.reason}`);
    return link;
  }

  /** A link that has just begun. */
  connect(seq = 0, session = this.session): StagedLink {
    const link = new StagedLink(this.venue, session, seq);
    this.#links.push(link);
    return link;
  }

  /** An id of ours: that of an order of this case, or of a request about it. */
  id(name: string, purpose = "new:0"): LegClOrdId {
    return legClOrdIdOf(3, this.#orderId(name), purpose);
  }

  /** A limit order that rests far from the market. */
  place(name: string, change: Partial<PlaceLeg> = {}): PlaceLeg {
    const { id, grid } = this.venue.instrument;
    return {
      kind: "place",
      orderId: this.#orderId(name),
      clOrdId: this.id(name),
      instrument: id,
      grid,
      side: "buy",
      ordType: "limit",
      timeInForce: "gtc",
      orderQty_lots: 1_000,
      price_ticks: 5_000_000,
      deadline: toNanos(BigInt(Date.now() + intent_ms) * 1_000_000n),
      ...change,
    };
  }

  /** A cancel of the order's first id, or of `origClOrdId`. */
  cancel(name: string, no = 1, origClOrdId = this.id(name)): CancelLeg {
    const { orderId, instrument, grid } = this.place(name);
    const clOrdId = this.id(name, `cancel:${no}`);
    return { kind: "cancel", orderId, clOrdId, origClOrdId, instrument, grid };
  }

  /** A replace of the order's first id, or of another one. */
  replace(name: string, no: number, change: Partial<ReplaceLeg> = {}): ReplaceLeg {
    const { orderId, instrument, grid, deadline } = this.place(name);
    return {
      kind: "replace",
      orderId,
      clOrdId: this.id(name, `replace:${no}`),
      origClOrdId: this.id(name),
      instrument,
      grid,
      orderQty_lots: 2_000,
      price_ticks: 5_000_100,
      deadline,
      ...change,
    };
  }

  /** Ends the links and says what broke the contract. */
  end(): readonly string[] {
    for (const link of this.#links) link.close();
    return this.#links.flatMap(({ breaches }) => breaches);
  }

  #orderId(name: string) {
    return orderIdOf(AccountId.make("ACCEPT"), StrategyId.make(this.#prefix), ClOrdId.make(name));
  }
}
