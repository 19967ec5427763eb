/**
 * Acceptance, trouble: a venue that loses, repeats, refuses or does not say.
 */
import { expect } from "vitest";
import type { AcceptanceCase } from "./case.ts";
import { until } from "./stage.ts";

/** A-601 and on. The trouble that a case names is off at its start and at its end. */
export const troubleCases: readonly AcceptanceCase[] = [
  {
    no: "A-601",
    title: "a request that the venue swallowed is absent when it is asked for",
    trouble: "swallows_requests",
    run: async (stage) => {
      const link = await stage.open();
      await stage.venue.trouble("swallows_requests", true);
      expect(link.send(stage.place("a"))).toEqual({ type: "sent" });
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
      await stage.venue.trouble("swallows_requests", false);
      expect((await link.ask(stage.id("a"))).order).toBeUndefined();
      expect(link.of(stage.id("a"))).toEqual([]);
    },
  },
  {
    no: "A-602",
    title: "an order whose report was kept back is found when it is asked for",
    trouble: "keeps_reports_back",
    run: async (stage) => {
      const link = await stage.open();
      await stage.venue.trouble("keeps_reports_back", true);
      link.send(stage.place("a"));
      const { order } = await link.ask(stage.id("a"));
      expect(order?.ordStatus).toBe("new");
    },
  },
  {
    no: "A-603",
    title: "a lost report shows as a hole in the numbers, and comes again with a new link",
    trouble: "loses_reports",
    needs: ({ resend }) => resend,
    run: async (stage) => {
      const link = await stage.open();
      await stage.venue.trouble("loses_reports", true);
      link.send(stage.place("a"));
      await stage.venue.ordersOf(stage.session);
      await stage.venue.trouble("loses_reports", false);
      link.send(stage.place("b"));
      await until(
        "the second, or the end",
        () => [...link.reports].some(({ seq }) => seq === 2) || link.downs.length > 0,
      );
      expect(link.lastSeq).toBe(0);
      link.close();
      const again = await stage.open(0);
      expect(again.reports.map(({ seq }) => seq)).toEqual([1, 2]);
    },
  },
  {
    no: "A-604",
    title: "a report that comes twice comes under one number",
    trouble: "repeats_reports",
    run: async (stage) => {
      const link = await stage.open();
      await stage.venue.trouble("repeats_reports", true);
      link.send(stage.place("a"));
      await until("twice", () => link.reports.length === 2);
      const [first, second] = link.reports;
      expect(second).toEqual(first);
    },
  },
  {
    no: "A-605",
    title: "a refusal for a reason of business is a report, with the venue's words",
    trouble: "rejects_orders",
    run: async (stage) => {
      const link = await stage.open();
      await stage.venue.trouble("rejects_orders", true);
      link.send(stage.place("a"));
      const rejected = await link.report(stage.id("a"), "rejected");
      expect(rejected).toMatchObject({ ended: true, cumQty_lots: 0 });
      expect(rejected.text).not.toBe("");
      expect(rejected.duplicateId).toBeUndefined();
    },
  },
  {
    no: "A-606",
    title: "a request that is refused for the rate of requests proves that nothing came of it",
    trouble: "limits_rate",
    run: async (stage) => {
      const link = await stage.open();
      await stage.venue.trouble("limits_rate", true);
      const names = Array.from({ length: 20 }, (_, no) => `n${no}`);
      for (const name of names) link.send(stage.place(name));
      const answered = (name: string): boolean =>
        link.of(stage.id(name)).length > 0 ||
        link.refusals.some(({ clOrdId }) => clOrdId === stage.id(name));
      await until("all answered", () => names.every(answered));
      const limited = link.refusals.filter(({ code }) => code === "rate_limited");
      expect(limited.length).toBeGreaterThan(0);
      await stage.venue.trouble("limits_rate", false);
      for (const { clOrdId } of limited) {
        if (clOrdId === undefined) throw new Error("a refusal names its request");
        expect((await link.ask(clOrdId)).order).toBeUndefined();
      }
    },
  },
  {
    no: "A-607",
    title: "«internal error» is not taken for a refusal: the order may be there",
    trouble: "is_ambiguous_executed",
    run: async (stage) => {
      const link = await stage.open();
      await stage.venue.trouble("is_ambiguous_executed", true);
      link.send(stage.place("a"));
      await until("the error", () => link.refusals.length === 1);
      await stage.venue.trouble("is_ambiguous_executed", false);
      expect(link.refusals[0]).toMatchObject({ clOrdId: stage.id("a"), code: "internal_error" });
      expect((await link.ask(stage.id("a"))).order?.ordStatus).toBe("new");
    },
  },
  {
    no: "A-608",
    title: "«internal error» is not taken for an order either: it may not be there",
    trouble: "is_ambiguous_lost",
    run: async (stage) => {
      const link = await stage.open();
      await stage.venue.trouble("is_ambiguous_lost", true);
      link.send(stage.place("a"));
      await until("the error", () => link.refusals.length === 1);
      await stage.venue.trouble("is_ambiguous_lost", false);
      expect((await link.ask(stage.id("a"))).order).toBeUndefined();
    },
  },
  {
    no: "A-609",
    title: "a link that is paused reads nothing more, and goes on where it was",
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("first"));
      await link.report(stage.id("first"), "new");
      link.link.pause();
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
      const names = Array.from({ length: 100 }, (_, no) => `n${no}`);
      for (const name of names) link.send(stage.place(name));
      await new Promise((resolve) => {
        setTimeout(resolve, 150);
      });
      expect(link.reports.length).toBeLessThan(100);
      link.link.resume();
      await until("all reports", () => link.reports.length === 101);
      expect(link.reports.map(({ seq }) => seq)).toEqual(link.reports.map((_, at) => at + 1));
    },
  },
];
