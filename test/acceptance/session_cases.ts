/**
 * Acceptance, the session: logon, resumption, losing and leaving a connection.
 */
import { expect } from "vitest";
import type { AcceptanceCase } from "./case.ts";
import { until } from "./stage.ts";

/** How long a link may take to notice that nothing comes any more, milliseconds. */
const notice_ms_max = 5_000;

/** A-101 and on. */
export const sessionCases: readonly AcceptanceCase[] = [
  {
    no: "A-101",
    title: "a first logon tells the numbering and catches up with nothing",
    run: async (stage) => {
      const link = await stage.open();
      expect(link.logons).toHaveLength(1);
      expect(link.logons[0]).toMatchObject({ lastSeqSent: 0 });
      expect(link.logons[0]?.incarnation).not.toBe("");
      expect(link.reports).toEqual([]);
    },
  },
  {
    no: "A-102",
    title: "reports are numbered 1, 2, 3… in the order of the venue",
    run: async (stage) => {
      const link = await stage.open();
      for (const name of ["a", "b", "c"]) link.send(stage.place(name));
      await until("three reports", () => link.reports.length === 3);
      expect(link.reports.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    },
  },
  {
    no: "A-103",
    title: "a link that resumes gets every report behind its position, once, before it is live",
    needs: ({ resend }) => resend,
    run: async (stage) => {
      const first = await stage.open();
      for (const name of ["a", "b", "c"]) first.send(stage.place(name));
      await until("three reports", () => first.reports.length === 3);
      first.close();
      const second = await stage.open(1);
      expect(second.reports.map(({ seq }) => seq)).toEqual([2, 3]);
      expect(second.logons[0]).toMatchObject({ lastSeqSent: 3, firstSeqAvailable: 1 });
      const third = await stage.open(3);
      expect(third.reports).toEqual([]);
    },
  },
  {
    no: "A-104",
    title: "what happened while nobody was connected is told on the next logon",
    needs: ({ resend }) => resend,
    run: async (stage) => {
      const { venue } = stage;
      const first = await stage.open();
      const { ask_ticks } = await venue.top();
      // Takes what stands there and rests alone at that price.
      first.send(stage.place("a", { price_ticks: ask_ticks, orderQty_lots: 90_000_000 }));
      await first.report(stage.id("a"), "new");
      await until(
        "quiet",
        quietly(() => first.reports.length),
      );
      first.close();
      const known = first.lastSeq;
      await venue.hit("buy", ask_ticks, 10);
      const second = await stage.open(known);
      const missed = await second.report(stage.id("a"), "trade");
      expect(missed).toMatchObject({ lastQty_lots: 10, lastPx_ticks: ask_ticks });
      second.send(stage.cancel("a"));
      await second.report(stage.id("a", "cancel:1"), "canceled");
    },
  },
  {
    no: "A-105",
    title: "nothing is sent before the link is live",
    run: async (stage) => {
      const link = stage.connect();
      const outcome = link.send(stage.place("a"));
      expect(outcome.type).toBe("refused");
      await until("caught up", () => link.isCaughtUp);
      expect(await stage.venue.ordersOf(stage.session)).toBe(0);
    },
  },
  {
    no: "A-106",
    title: "a connection that the venue resets or finishes ends the link once, with a reason",
    run: async (stage) => {
      for (const how of ["reset", "finish"] as const) {
        const link = await stage.open();
        await stage.venue.disconnect(stage.session, how);
        await until("down", () => link.downs.length > 0);
        expect(link.downs).toHaveLength(1);
        expect(link.downs[0]).toMatchObject({ fault: false });
        expect(link.downs[0]?.reason).not.toBe("");
        expect(link.send(stage.place(how)).type).toBe("refused");
      }
    },
  },
  {
    no: "A-107",
    title: "a half-open connection is noticed in bounded time",
    run: async (stage) => {
      const link = await stage.open();
      const began_ms = performance.now();
      await stage.venue.disconnect(stage.session, "half_open");
      await until("down", () => link.downs.length > 0);
      expect(performance.now() - began_ms).toBeLessThan(notice_ms_max);
    },
  },
  {
    no: "A-108",
    title: "closing ends the session in order, and nothing is heard after it",
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      link.close();
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
      // The stage's end checks that nothing was heard.
      const again = await stage.open();
      expect(again.logons).toHaveLength(1);
    },
  },
  {
    no: "A-109",
    title: "a second connection of one session is noticed by the first, which sends nothing more",
    run: async (stage) => {
      const first = await stage.open();
      const second = stage.connect();
      await until("one of them is over", () => first.downs.length + second.downs.length > 0);
      const [over] = [first, second].filter(({ downs }) => downs.length > 0);
      expect(over?.send(stage.place("a")).type).toBe("refused");
    },
  },
  {
    no: "A-110",
    title: "a venue that was killed is the same one, or tells that its numbering began anew",
    run: async (stage) => {
      const { venue } = stage;
      const first = await stage.open();
      first.send(stage.place("a"));
      await first.report(stage.id("a"), "new");
      await venue.restart("same");
      await until("down", () => first.downs.length > 0);
      const same = await stage.open(1);
      expect(same.logons[0]?.incarnation).toBe(first.logons[0]?.incarnation);
      await venue.restart("new");
      const anew = await stage.open(0);
      expect(anew.logons[0]?.incarnation).not.toBe(first.logons[0]?.incarnation);
    },
  },
];

/** True once a figure has stood still for a while. */
const quietly = (figure: () => number): (() => boolean) => {
  let last = -1;
  let since_ms = performance.now();
  return () => {
    if (figure() !== last) {
      last = figure();
      since_ms = performance.now();
    }
    return performance.now() - since_ms > 100;
  };
};
