/**
 * Acceptance, questions: what the venue says about orders and executions when it is asked.
 */
import { expect } from "vitest";
import type { AcceptanceCase } from "./case.ts";
import { until } from "./stage.ts";

const big_lots = 90_000_000;

/** A-501 and on. */
export const questionCases: readonly AcceptanceCase[] = [
  {
    no: "A-501",
    title: "an open order is found by our id, as its reports have told it",
    needs: ({ queryById }) => queryById,
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      const told = await link.report(stage.id("a"), "new");
      const { order, asOfSeq } = await link.ask(stage.id("a"));
      expect(order).toMatchObject({
        clOrdId: stage.id("a"),
        venueOrderId: told.venueOrderId,
        ordStatus: "new",
        orderQty_lots: 1_000,
        price_ticks: 5_000_000,
        cumQty_lots: 0,
      });
      expect(asOfSeq).toBe(1);
    },
  },
  {
    no: "A-502",
    title: "an order that has ended is found by our id",
    needs: ({ queryById }) => queryById,
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      link.send(stage.cancel("a"));
      await link.report(stage.id("a", "cancel:1"), "canceled");
      expect((await link.ask(stage.id("a"))).order?.ordStatus).toBe("canceled");
    },
  },
  {
    no: "A-503",
    title: "an id that the venue has never seen is absent, which is an answer",
    needs: ({ queryById }) => queryById,
    run: async (stage) => {
      const link = await stage.open();
      const answer = await link.ask(stage.id("nobody"));
      expect(answer.order).toBeUndefined();
      expect(answer.unreadable).toBeUndefined();
    },
  },
  {
    no: "A-504",
    title: "a question behind an order is answered behind it",
    needs: ({ queryById }) => queryById,
    run: async (stage) => {
      const link = await stage.open();
      for (let no = 0; no < 50; no += 1) {
        link.send(stage.place(`n${no}`));
        const { order, asOfSeq } = await link.ask(stage.id(`n${no}`));
        expect(order?.ordStatus).toBe("new");
        await until("its report", () => link.lastSeq >= asOfSeq);
      }
    },
  },
  {
    no: "A-505",
    title: "executions are told again under the ids that they had",
    run: async (stage) => {
      const { venue } = stage;
      const link = await stage.open();
      const { ask_ticks } = await venue.top();
      link.send(stage.place("a", { price_ticks: ask_ticks, orderQty_lots: big_lots }));
      const first = await link.report(stage.id("a"), "trade");
      for (const qty_lots of [2, 3, 4]) await venue.hit("buy", ask_ticks, qty_lots);
      const trades = () => link.of(stage.id("a")).filter(({ execType }) => execType === "trade");
      await until("all trades", () => trades().at(-1)?.lastQty_lots === 4);
      const { venueOrderId } = first;
      expect(venueOrderId).toBeDefined();
      const answer = await link.ask(stage.id("a"), {
        purpose: "executions",
        afterSeq: 0,
        ...(venueOrderId === undefined ? {} : { venueOrderId }),
      });
      const numbers = ({ execId, lastQty_lots, lastPx_ticks }: typeof first) =>
        [execId, lastQty_lots, lastPx_ticks].join(" ");
      expect(answer.executions?.map(numbers)).toEqual(trades().map(numbers));
      link.send(stage.cancel("a"));
      await link.report(stage.id("a", "cancel:1"), "canceled");
    },
  },
];
