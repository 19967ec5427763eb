/**
 * Answers in pieces are gathered, within a bound: of more executions of one order than that the
 * newest are told. Those from the beginning are known as a rule; what is missing was traded lately.
 */
import { expect, test } from "vitest";
import { simGridsOf } from "../../../actors/venue/sim_adapter.ts";
import { SimQuestions } from "../../../actors/venue/sim_questions.ts";
import type { VenueAnswer } from "../../../actors/venue/venue_link.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { SimReport } from "../../../protocols/sim_wire.ts";
import { btc, instruments, legOf } from "./venue_requests.ts";

const clOrdId = legOf("a", "new:0");

const trade = (seq: number): SimReport => ({
  ...{ type: "report", seq, execId: `T${seq}`, venueOrderId: "O1", clOrdId, instrument: btc },
  ...{ execType: "trade", ordStatus: "partially_filled", side: "buy", orderQty: "1" },
  ...{ cumQty: `0.0${1_000 + seq}`, leavesQty: "0.5", avgPx: "1", lastQty: "0.00001", lastPx: "1" },
  tsEvent: "1",
});

test("of 300 executions the newest 256 are told", () => {
  const answers: VenueAnswer[] = [];
  const questions = new SimQuestions(
    simGridsOf(instruments),
    { answer: (answer) => void answers.push(answer) },
    () => true,
  );
  const askedAt = toNanos(1n);
  questions.ask({ asker: clOrdId, clOrdId, purpose: "executions", venueOrderId: "O1", askedAt });
  const head = { type: "executions", requestId: "q1", firstSeqAvailable: 1, asOfSeq: 300 } as const;
  for (let from = 1; from <= 300; from += 100) {
    const reports = Array.from({ length: 100 }, (_, no) => trade(from + no));
    questions.take({ ...head, reports, last: from > 200 });
  }
  const ids = answers[0]?.executions?.map(({ execId }) => execId) ?? [];
  expect(ids).toHaveLength(256);
  expect([ids[0], ids.at(-1)]).toEqual(["T45", "T300"]);
});
