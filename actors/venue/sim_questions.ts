/**
 * The questions that were asked of a simulator, and what has come of their answers.
 *
 * Owns: which answer belongs to which question, and the gathering of answers in pieces. Both are
 * bounded: of too many questions the oldest is forgotten (its asker asks again).
 * Never: takes a piece for the whole.
 */
import { Result } from "effect";
import type { SimClientMessage } from "../../protocols/sim_wire.ts";
import { boundedText } from "./bounded_text.ts";
import { isExecution } from "./recorded_executions.ts";
import { readSimOrder, readSimReport } from "./sim_adapter.ts";
import type { SimGrids } from "./sim_adapter.ts";
import type { SimReading, UnreadableAnswer } from "./sim_reading.ts";
import { isPiece, PartGathering, partQuestionOf } from "./sim_snapshot.ts";
import type { VenueLinkSink, VenueQuery, VenueReport } from "./venue_link.ts";
import type { SnapshotAnswer, SnapshotQuestion } from "./venue_snapshot.ts";

type Sink = Pick<VenueLinkSink, "answer" | "snapshot">;

/** Questions without an answer that are remembered; the oldest is forgotten for one more. */
const questions_max = 1_024;

/** Executions told in one answer, the newest; the model finds the rest missing. */
const executions_max = 256;

/** A question under way, and what has come of its answer. */
interface Question {
  readonly query: VenueQuery;
  readonly executions: VenueReport[];
}

type Reading<Type extends SimReading["type"]> = Extract<SimReading, { readonly type: Type }>;

/** The questions of one link. */
export class SimQuestions {
  readonly #grids: SimGrids;
  readonly #sink: Sink;
  readonly #write: (message: SimClientMessage) => boolean;
  readonly #questions = new Map<string, Question>();
  /** One of each part at most. */
  readonly #parts = new Map<string, PartGathering>();
  #asked = 0;

  /** `write` hands a message to the socket, or says that there is no room. */
  constructor(grids: SimGrids, sink: Sink, write: (message: SimClientMessage) => boolean) {
    this.#grids = grids;
    this.#sink = sink;
    this.#write = write;
  }

  /** Asks now or not at all. */
  ask(query: VenueQuery): boolean {
    this.#asked += 1;
    const requestId = `q${this.#asked}`;
    if (!this.#write(questionOf(query, requestId))) return false;
    if (this.#questions.size >= questions_max) {
      const [oldest] = this.#questions.keys();
      if (oldest !== undefined) this.#questions.delete(oldest);
    }
    this.#questions.set(requestId, { query, executions: [] });
    return true;
  }

  /** Asks for a part of a snapshot, now or not at all; an earlier question about it is void. */
  askPart(question: SnapshotQuestion): boolean {
    this.#asked += 1;
    const requestId = `q${this.#asked}`;
    if (!this.#write(partQuestionOf(question, requestId))) return false;
    for (const [id, { question: asked }] of this.#parts) {
      if (asked.part === question.part) this.#parts.delete(id);
    }
    this.#parts.set(requestId, new PartGathering(question, this.#grids));
    return true;
  }

  /** A report was told: parts under way may be older than it. */
  heard(seq: number, report: Pick<VenueReport, "clOrdId" | "origClOrdId">): void {
    for (const part of this.#parts.values()) part.heard(seq, report);
  }

  /** Takes what may be an answer; false where it is none. */
  take(message: SimReading): boolean {
    if (isPiece(message)) {
      const part = this.#parts.get(message.requestId);
      if (part !== undefined) {
        this.#tellPart(message.requestId, part.take(message));
        return true;
      }
    }
    if (message.type === "order_status") this.#answer(message);
    else if (message.type === "executions") this.#executions(message);
    else if (message.type === "unreadable_answer") this.#unreadable(message);
    else return isPiece(message);
    return true;
  }

  /** The question of that id was refused; gives it where it was about an order. */
  refused(requestId: string, why: string): VenueQuery | undefined {
    const part = this.#parts.get(requestId);
    if (part !== undefined) this.#tellPart(requestId, part.unknown(`refused: ${why}`));
    return this.#answered(requestId)?.query;
  }

  #answer({ order, found, asOfSeq, requestId }: Reading<"order_status">): void {
    const query = this.#answered(requestId)?.query;
    if (query === undefined) return;
    if (!found) {
      this.#sink.answer({ ...query, order: undefined, asOfSeq });
      return;
    }
    const view =
      order === undefined ? Result.fail("found without it") : readSimOrder(order, this.#grids);
    if (Result.isSuccess(view)) this.#sink.answer({ ...query, order: view.success, asOfSeq });
    else this.#tellUnreadable(query, view.failure, asOfSeq);
  }

  /** Gathers the executions of the order asked for; what cannot be read is missing from them. */
  #executions({ requestId, reports, last, asOfSeq }: Reading<"executions">): void {
    const question = this.#questions.get(requestId);
    if (question === undefined) return;
    const { query, executions } = question;
    for (const said of reports) {
      if (!isExecution(said) || said.venueOrderId !== query.venueOrderId) continue;
      const report = readSimReport(said, this.#grids);
      if (Result.isSuccess(report)) executions.push(report.success);
      if (executions.length > executions_max) executions.shift();
    }
    if (!last) return;
    this.#questions.delete(requestId);
    this.#sink.answer({ ...query, order: undefined, executions, asOfSeq });
  }

  #tellPart(requestId: string, answer: SnapshotAnswer | undefined): void {
    if (answer === undefined) return;
    this.#parts.delete(requestId);
    this.#sink.snapshot?.(answer);
  }

  #unreadable({ requestId, reason }: UnreadableAnswer): void {
    const part = this.#parts.get(requestId);
    if (part !== undefined) this.#tellPart(requestId, part.unknown(`unreadable: ${reason}`));
    const query = this.#answered(requestId)?.query;
    if (query !== undefined) this.#tellUnreadable(query, reason, 0);
  }

  #answered(requestId: string): Question | undefined {
    const question = this.#questions.get(requestId);
    this.#questions.delete(requestId);
    return question;
  }

  #tellUnreadable(query: VenueQuery, reason: string, asOfSeq: number): void {
    this.#sink.answer({ ...query, order: undefined, asOfSeq, unreadable: boundedText(reason) });
  }
}

/** A question in the venue's words. */
const questionOf = (query: VenueQuery, requestId: string): SimClientMessage =>
  query.purpose === "executions"
    ? { type: "query_executions", requestId, afterSeq: query.afterSeq ?? 0 }
    : { type: "query_order", requestId, clOrdId: query.clOrdId };
