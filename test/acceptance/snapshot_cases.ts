/**
 * Acceptance, snapshots and mass cancels: what the venue says of a session as a whole, and ends.
 */
import { expect } from "vitest";
import type { SnapshotPart } from "../../actors/venue/venue_snapshot.ts";
import type { VenueCapabilities } from "../../actors/venue/venue_link.ts";
import type { AcceptanceCase } from "./case.ts";
import { until } from "./stage.ts";

const has =
  (part: SnapshotPart) =>
  ({ snapshot }: VenueCapabilities): boolean =>
    snapshot.includes(part);

/** A-701 and on: snapshots. A-801 and on: mass cancels. */
export const snapshotCases: readonly AcceptanceCase[] = [
  {
    no: "A-701",
    title: "all open orders are told, and none that has ended, however many there are",
    needs: has("open_orders"),
    run: async (stage) => {
      const link = await stage.open();
      const names = Array.from({ length: 600 }, (_, no) => `n${no}`);
      for (const name of names) link.send(stage.place(name));
      await until("all work", () => link.reports.length === names.length);
      link.send(stage.cancel("n7"));
      await link.report(stage.id("n7", "cancel:1"), "canceled");
      const { orders, asOfSeq } = await link.snapshot("open_orders");
      const open = names.filter((name) => name !== "n7").map((name) => stage.id(name));
      expect(orders.map(({ clOrdId }) => clOrdId).toSorted()).toEqual(open.toSorted());
      expect(orders.every((order) => !("unreadable" in order))).toBe(true);
      expect(asOfSeq).toBe(names.length + 1);
    },
  },
  {
    no: "A-702",
    title: "a session without open orders has none, which is known",
    needs: has("open_orders"),
    run: async (stage) => {
      const link = await stage.open();
      const { orders } = await link.snapshot("open_orders");
      expect(orders).toEqual([]);
    },
  },
  {
    no: "A-703",
    title: "executions behind a number are told again, and only those",
    needs: has("executions"),
    run: async (stage) => {
      const { venue } = stage;
      const link = await stage.open();
      const { ask_ticks } = await venue.top();
      for (const name of ["a", "b"]) {
        link.send(stage.place(name, { price_ticks: ask_ticks, orderQty_lots: 10 }));
        await link.report(stage.id(name), "trade");
      }
      const numbers = link.reports
        .filter(({ report }) => report.execType === "trade")
        .map(({ seq, report }) => `${seq} ${report.execId} ${report.lastQty_lots}`);
      const told = async (afterSeq: number): Promise<readonly string[]> =>
        (await link.snapshot("executions", afterSeq)).executions.map(
          ({ seq, report }) => `${seq} ${report.execId} ${report.lastQty_lots}`,
        );
      expect(await told(0)).toEqual(numbers);
      expect(await told(link.lastSeq)).toEqual([]);
    },
  },
  {
    no: "A-704",
    title: "a position is what the session bought less what it sold, on the grid",
    needs: has("positions"),
    run: async (stage) => {
      const { venue } = stage;
      const link = await stage.open();
      const { ask_ticks, bid_ticks } = await venue.top();
      link.send(stage.place("a", { price_ticks: ask_ticks, orderQty_lots: 30 }));
      await link.report(stage.id("a"), "trade");
      const sale = { side: "sell", price_ticks: bid_ticks, orderQty_lots: 12 } as const;
      link.send(stage.place("b", sale));
      await link.report(stage.id("b"), "trade");
      const { positions } = await link.snapshot("positions");
      expect(positions).toEqual([{ instrument: venue.instrument.id, net_lots: 18 }]);
    },
  },
  {
    no: "A-705",
    title: "a part that is refused is unknown, not empty",
    needs: has("open_orders"),
    trouble: "limits_rate",
    run: async (stage) => {
      const link = await stage.open();
      for (let no = 0; no < 5; no += 1) link.send(stage.place(`n${no}`));
      await until("all work", () => link.reports.length === 5);
      await stage.venue.trouble("limits_rate", true);
      for (let no = 5; no < 20; no += 1) link.send(stage.place(`n${no}`));
      const answer = await link.snapshotAnswer("open_orders");
      expect(answer).toHaveProperty("unknown");
    },
  },
  {
    no: "A-801",
    title: "a mass cancel ends every open order of the session, each by a report of its own",
    needs: ({ massCancel }) => massCancel === true,
    run: async (stage) => {
      const link = await stage.open();
      const other = await stage.open(0, `${stage.session}-other`);
      const names = Array.from({ length: 50 }, (_, no) => `n${no}`);
      for (const name of names) link.send(stage.place(name));
      await until("all work", () => link.reports.length === names.length);
      other.send(stage.place("other"));
      await other.report(stage.id("other"), "new");
      const clOrdId = stage.id("all", "cancel:1");
      expect(link.link.massCancel?.({ kind: "mass_cancel", clOrdId })).toEqual({ type: "sent" });
      await until("the answer", () => link.massCancels.length === 1);
      expect(link.massCancels[0]).toMatchObject({ clOrdId, outcome: "reported", affected: 50 });
      const ended = new Set(
        link.reports.filter(({ report }) => report.ended).map(({ report }) => report.venueOrderId),
      );
      expect(ended.size).toBe(50);
      expect((await other.ask(stage.id("other"))).order?.ordStatus).toBe("new");
    },
  },
  {
    no: "A-802",
    title: "where the venue has no mass cancel, none leaves",
    needs: ({ massCancel }) => massCancel !== true,
    run: async (stage) => {
      const link = await stage.open();
      const clOrdId = stage.id("all", "cancel:1");
      const outcome = link.link.massCancel?.({ kind: "mass_cancel", clOrdId });
      expect(outcome?.type ?? "refused").toBe("refused");
    },
  },
];
