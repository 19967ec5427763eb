/**
 * Acceptance, orders: what is offered is taken and reported exactly, what is not offered never
 * leaves.
 */
import { expect } from "vitest";
import { ordTypes, timesInForce } from "../../protocols/ord_words.ts";
import type { VenueReport } from "../../actors/venue/venue_link.ts";
import type { AcceptanceCase } from "./case.ts";
import { until } from "./stage.ts";

const firstAnswers: ReadonlySet<VenueReport["execType"]> = new Set(["new", "trade", "expired"]);
const big_lots = 90_000_000;

/** A-201 and on. */
export const orderCases: readonly AcceptanceCase[] = [
  {
    no: "A-201",
    title: "every side, order type and time in force that is offered is taken",
    run: async (stage) => {
      const { capabilities } = stage.venue.connector(stage.session);
      const link = await stage.open();
      const names: string[] = [];
      for (const side of capabilities.sides) {
        for (const ordType of capabilities.ordTypes) {
          for (const timeInForce of capabilities.timesInForce) {
            if (ordType !== "limit" && ordType !== "market") continue;
            if (timeInForce === "gtd") continue;
            const name = `${side}-${ordType}-${timeInForce}`;
            const price_ticks = side === "buy" ? 5_000_000 : 9_000_000;
            const order = stage.place(name, { side, ordType, timeInForce, price_ticks });
            const { price_ticks: _, ...priceless } = order;
            expect(link.send(ordType === "market" ? priceless : order)).toEqual({ type: "sent" });
            names.push(name);
          }
        }
      }
      await until("all answered", () => names.every((name) => link.of(stage.id(name)).length > 0));
      for (const name of names) {
        const [first] = link.of(stage.id(name));
        expect(firstAnswers, `${name}: ${first?.execType} ${first?.text}`).toContain(
          first?.execType,
        );
      }
    },
  },
  {
    no: "A-202",
    title: "what is not offered is refused here, with a reason, and nothing reaches the venue",
    run: async (stage) => {
      const { capabilities } = stage.venue.connector(stage.session);
      const link = await stage.open();
      const refused = [
        ...ordTypes
          .filter((ordType) => !capabilities.ordTypes.includes(ordType))
          .map((ordType) => stage.place(ordType, { ordType })),
        ...timesInForce
          .filter((timeInForce) => !capabilities.timesInForce.includes(timeInForce))
          .map((timeInForce) => stage.place(timeInForce, { timeInForce })),
        ...(["buy", "sell", "sell_short"] as const)
          .filter((side) => !capabilities.sides.includes(side))
          .map((side) => stage.place(side, { side })),
        stage.place("zero", { orderQty_lots: 0 }),
        stage.place("fraction", { orderQty_lots: 0.5 }),
        stage.place("below", { price_ticks: -1 }),
      ];
      for (const order of refused) {
        const outcome = link.send(order);
        expect(outcome.type, JSON.stringify(order)).toBe("refused");
        expect(outcome.type === "refused" ? outcome.reason : "").not.toBe("");
      }
      link.send(stage.place("good"));
      await link.report(stage.id("good"), "new");
      expect(await stage.venue.ordersOf(stage.session)).toBe(1);
    },
  },
  {
    no: "A-203",
    title: "ids of ours fit the venue's alphabet and length, and come back as they were",
    run: async (stage) => {
      const { clOrdIdAlphabet, clOrdIdLength_max } = stage.venue.connector("x").capabilities;
      const id = stage.id("a");
      expect(id).toMatch(clOrdIdAlphabet);
      expect(id.length).toBeLessThanOrEqual(clOrdIdLength_max);
      const link = await stage.open();
      link.send(stage.place("a"));
      expect((await link.report(id, "new")).clOrdId).toBe(id);
    },
  },
  {
    no: "A-204",
    title: "an order's figures are on the grid, and add up from report to report",
    run: async (stage) => {
      const { venue } = stage;
      const link = await stage.open();
      const { ask_ticks } = await venue.top();
      link.send(stage.place("a", { price_ticks: ask_ticks, orderQty_lots: big_lots }));
      await link.report(stage.id("a"), "trade");
      await until("it rests", () => link.of(stage.id("a")).length > 1);
      for (const qty_lots of [1, 7, 100]) await venue.hit("buy", ask_ticks, qty_lots);
      const trades = (): readonly VenueReport[] =>
        link.of(stage.id("a")).filter(({ execType }) => execType === "trade");
      await until("three more trades", () => trades().slice(-3).map(qtyOf).join() === "1,7,100");
      let cum_lots = 0;
      for (const trade of trades()) {
        cum_lots += qtyOf(trade);
        expect(trade.cumQty_lots).toBe(cum_lots);
        // Told or not, never wrong.
        expect(trade.leavesQty_lots ?? big_lots - cum_lots).toBe(big_lots - cum_lots);
        expect(trade.orderQty_lots).toBe(big_lots);
        expect(trade.ended).toBe(false);
      }
      expect(trades().at(-1)).toMatchObject({ lastPx_ticks: ask_ticks, lastLiquidityInd: "added" });
      link.send(stage.cancel("a"));
      const canceled = await link.report(stage.id("a", "cancel:1"), "canceled");
      expect(canceled).toMatchObject({ cumQty_lots: cum_lots, ended: true });
    },
  },
  {
    no: "A-205",
    title: "executions have ids that are unique in the session, and their fees",
    run: async (stage) => {
      const { venue } = stage;
      const link = await stage.open();
      const { ask_ticks } = await venue.top();
      link.send(stage.place("a", { price_ticks: ask_ticks, orderQty_lots: big_lots }));
      await link.report(stage.id("a"), "trade");
      for (let i = 0; i < 5; i += 1) await venue.hit("buy", ask_ticks, 3);
      const trades = (): readonly VenueReport[] =>
        link.of(stage.id("a")).filter(({ execType }) => execType === "trade");
      await until("all trades", () => trades().filter((one) => qtyOf(one) === 3).length >= 5);
      const ids = link.reports.map(({ report }) => report.execId);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { fee } of trades()) expect(fee?.currency).toMatch(/^[A-Z]+$/);
      link.send(stage.cancel("a"));
      await link.report(stage.id("a", "cancel:1"), "canceled");
    },
  },
  {
    no: "A-206",
    title: "what may not rest ends with its remainder",
    needs: ({ timesInForce: offered }) => offered.includes("ioc"),
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a", { timeInForce: "ioc" }));
      const end = await link.report(stage.id("a"), "expired");
      expect(end).toMatchObject({ cumQty_lots: 0, ended: true });
    },
  },
  {
    no: "A-207",
    title: "an id that is used again makes no second order and does not end the first",
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      await link.report(stage.id("a"), "new");
      link.send(stage.place("a"));
      await until("answered", () => link.of(stage.id("a")).length === 2);
      expect(link.of(stage.id("a"))[1]).toMatchObject({ duplicateId: true });
      expect((await link.ask(stage.id("a"))).order?.ordStatus).toBe("new");
      expect(await stage.venue.ordersOf(stage.session)).toBe(1);
    },
  },
];

const qtyOf = ({ lastQty_lots = 0 }: VenueReport): number => lastQty_lots;
