/**
 * A part of a snapshot, gathered from the simulator's pieces.
 *
 * Owns: when it is whole, and which reports are younger than it. Bounded: of more than the maximum
 * the part is unknown.
 * Never: takes a piece for the whole, or a part that cannot be read for an empty one.
 */
import { Result } from "effect";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { SimClientMessage } from "../../protocols/sim_wire.ts";
import { isExecution } from "./recorded_executions.ts";
import { readSimOrder, readSimPosition, readSimReport } from "./sim_adapter.ts";
import type { SimGrids } from "./sim_adapter.ts";
import type { SimReading } from "./sim_reading.ts";
import type { VenueReport } from "./venue_link.ts";
import type {
  PartContent,
  SnapshotAnswer,
  SnapshotExecution,
  SnapshotOrder,
  SnapshotQuestion,
  UnknownPart,
} from "./venue_snapshot.ts";

/** Orders, executions or positions in a part, and reports that come meanwhile, at most. */
export const partItems_max = 20_000;

/** The part's question in the venue's words. */
export const partQuestionOf = (question: SnapshotQuestion, requestId: string): SimClientMessage => {
  switch (question.part) {
    case "open_orders":
      return { type: "query_open_orders", requestId };
    case "executions":
      return { type: "query_executions", requestId, afterSeq: question.afterSeq ?? 0 };
    case "positions":
      return { type: "query_positions", requestId };
    default:
      return question.part satisfies never;
  }
};

type Piece = Extract<SimReading, { readonly type: "open_orders" | "executions" | "positions" }>;

/** Whether a message is a piece of a part. */
export const isPiece = (message: SimReading): message is Piece =>
  message.type === "open_orders" || message.type === "executions" || message.type === "positions";

/** One part on its way. */
export class PartGathering {
  readonly question: SnapshotQuestion;
  readonly #grids: SimGrids;
  readonly #orders: SnapshotOrder[] = [];
  readonly #executions: SnapshotExecution[] = [];
  /** The first piece may be of an earlier moment than the last one. */
  #oldest_seq = Number.POSITIVE_INFINITY;
  readonly #heard: { readonly seq: number; readonly ids: readonly LegClOrdId[] }[] = [];

  constructor(question: SnapshotQuestion, grids: SimGrids) {
    this.question = question;
    this.#grids = grids;
  }

  /** A report was told meanwhile: what the part says of its order may be older. */
  heard(seq: number, { clOrdId, origClOrdId }: Pick<VenueReport, "clOrdId" | "origClOrdId">): void {
    const ids = origClOrdId === undefined ? [clOrdId] : [clOrdId, origClOrdId];
    if (this.#heard.length <= partItems_max) this.#heard.push({ seq, ids });
  }

  /** Takes a piece; gives the answer once it is whole, or cannot be had. */
  take(piece: Piece): SnapshotAnswer | undefined {
    const { part } = this.question;
    this.#oldest_seq = Math.min(this.#oldest_seq, piece.asOfSeq);
    if (piece.type !== part) return this.unknown(`answered with ${piece.type}`);
    if (piece.type === "open_orders") this.#takeOrders(piece);
    if (piece.type === "executions") {
      const { firstSeqAvailable: keptFrom_seq } = piece;
      if (keptFrom_seq > (this.question.afterSeq ?? 0) + 1) {
        return { ...this.unknown(`kept from ${keptFrom_seq} on`), areGone: true };
      }
      const fault = this.#takeExecutions(piece);
      if (fault !== undefined) return this.unknown(fault);
    }
    const gathered = this.#orders.length + this.#executions.length + this.#heard.length;
    if (gathered > partItems_max) return this.unknown(`more than ${partItems_max} of it`);
    if (piece.type !== "positions" && !piece.last) return undefined;
    const { asOfSeq } = piece;
    const oldest = this.#oldest_seq;
    const younger = this.#heard.flatMap(({ seq, ids }) => (seq > oldest ? ids : []));
    return { askedAt: this.question.askedAt, asOfSeq, younger, ...this.#contentOf(piece) };
  }

  /** The part cannot be known. */
  unknown(why: string): UnknownPart {
    const { part, askedAt } = this.question;
    return { part, askedAt, unknown: why };
  }

  #contentOf(last: Piece): PartContent {
    switch (last.type) {
      case "open_orders":
        return { part: "open_orders", orders: this.#orders };
      case "executions":
        return { part: "executions", executions: this.#executions };
      case "positions": {
        const positions = last.positions.map((one) => readSimPosition(one, this.#grids));
        return { part: "positions", positions };
      }
      default:
        return last satisfies never;
    }
  }

  #takeOrders({ orders }: Extract<Piece, { readonly type: "open_orders" }>): void {
    for (const order of orders) {
      const view = readSimOrder(order, this.#grids);
      const clOrdId = order.clOrdId as LegClOrdId;
      this.#orders.push(
        Result.isSuccess(view)
          ? view.success
          : { clOrdId, venueOrderId: order.venueOrderId, unreadable: view.failure },
      );
    }
  }

  /** Gives why the executions cannot be known. */
  #takeExecutions(piece: Extract<Piece, { readonly type: "executions" }>): string | undefined {
    for (const said of piece.reports) {
      if (!isExecution(said)) continue;
      const report = readSimReport(said, this.#grids);
      if (Result.isFailure(report)) return report.failure;
      this.#executions.push({ seq: said.seq, report: report.success });
    }
    return undefined;
  }
}
