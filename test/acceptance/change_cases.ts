/**
 * Acceptance, changes of orders: cancels and replaces, their refusals and their races.
 */
import { expect } from "vitest";
import type { AcceptanceCase } from "./case.ts";
import { until } from "./stage.ts";

const isNative = ({ replace }: { readonly replace: string }): boolean => replace === "native";

/** A-301 and on: cancels. A-401 and on: replaces. */
export const changeCases: readonly AcceptanceCase[] = [
  {
    no: "A-301",
    title: "a working order is canceled, once, and has ended",
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      await link.report(stage.id("a"), "new");
      link.send(stage.cancel("a"));
      const canceled = await link.report(stage.id("a", "cancel:1"), "canceled");
      expect(canceled).toMatchObject({ origClOrdId: stage.id("a"), ended: true, cumQty_lots: 0 });
    },
  },
  {
    no: "A-302",
    title: "a cancel of an order that has ended is rejected and changes nothing",
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      await link.report(stage.id("a"), "new");
      link.send(stage.cancel("a"));
      await link.report(stage.id("a", "cancel:1"), "canceled");
      link.send(stage.cancel("a", 2));
      const rejected = await link.report(stage.id("a", "cancel:2"), "cancel_rejected");
      expect(rejected.text).not.toBe("");
      expect((await link.ask(stage.id("a"))).order?.ordStatus).toBe("canceled");
    },
  },
  {
    no: "A-303",
    title: "a cancel of an order that the venue does not know is rejected as such",
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.cancel("nobody"));
      const rejected = await link.report(stage.id("nobody", "cancel:1"), "cancel_rejected");
      expect(rejected.venueOrderId).toBeUndefined();
    },
  },
  {
    no: "A-304",
    title: "cancels leave also when many orders are on their way",
    run: async (stage) => {
      const link = await stage.open();
      const names = Array.from({ length: 200 }, (_, no) => `n${no}`);
      for (const name of names) link.send(stage.place(name));
      for (const name of names) expect(link.send(stage.cancel(name)).type).toBe("sent");
      const isDone = (name: string): boolean =>
        link.of(stage.id(name, "cancel:1")).some(({ execType }) => execType === "canceled");
      await until("all canceled", () => names.every(isDone));
    },
  },
  {
    no: "A-401",
    title: "a replace changes price and total and gives the order its new id",
    needs: isNative,
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      await link.report(stage.id("a"), "new");
      link.send(stage.replace("a", 1));
      const replaced = await link.report(stage.id("a", "replace:1"), "replaced");
      expect(replaced).toMatchObject({
        origClOrdId: stage.id("a"),
        orderQty_lots: 2_000,
        price_ticks: 5_000_100,
      });
      link.send(stage.cancel("a", 1, stage.id("a", "replace:1")));
      await link.report(stage.id("a", "cancel:1"), "canceled");
    },
  },
  {
    no: "A-402",
    title: "a replaced order is found by every id that it had",
    needs: (capabilities) => isNative(capabilities) && capabilities.queryById,
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      link.send(stage.replace("a", 1));
      await link.report(stage.id("a", "replace:1"), "replaced");
      const byOld = await link.ask(stage.id("a"));
      const byNew = await link.ask(stage.id("a", "replace:1"));
      expect(byOld.order).toEqual(byNew.order);
      expect(byNew.order?.clOrdId).toBe(stage.id("a", "replace:1"));
    },
  },
  {
    no: "A-403",
    title: "a replace to no more than is filled leaves the order filled (FIX 4.4 App. D, D11)",
    needs: isNative,
    run: async (stage) => {
      const { venue } = stage;
      const link = await stage.open();
      const { ask_ticks } = await venue.top();
      link.send(stage.place("a", { price_ticks: ask_ticks, orderQty_lots: 90_000_000 }));
      await link.report(stage.id("a"), "trade");
      await venue.hit("buy", ask_ticks, 5);
      link.send(stage.replace("a", 1, { orderQty_lots: 1, price_ticks: ask_ticks }));
      const replaced = await link.report(stage.id("a", "replace:1"), "replaced");
      expect(replaced.ended).toBe(true);
      expect(replaced.orderQty_lots).toBe(replaced.cumQty_lots);
    },
  },
  {
    no: "A-404",
    title: "a replace of an unknown or ended order is rejected and changes nothing",
    needs: isNative,
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.replace("nobody", 1));
      await link.report(stage.id("nobody", "replace:1"), "replace_rejected");
      link.send(stage.place("a"));
      link.send(stage.cancel("a"));
      await link.report(stage.id("a", "cancel:1"), "canceled");
      link.send(stage.replace("a", 1));
      await link.report(stage.id("a", "replace:1"), "replace_rejected");
      expect((await link.ask(stage.id("a"))).order?.ordStatus).toBe("canceled");
    },
  },
  {
    no: "A-405",
    title: "replaces in a chain, sent without waiting, end at the last one",
    needs: isNative,
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      link.send(stage.replace("a", 1, { orderQty_lots: 1_500 }));
      const origClOrdId = stage.id("a", "replace:1");
      link.send(stage.replace("a", 2, { orderQty_lots: 1_700, origClOrdId }));
      await link.report(stage.id("a", "replace:2"), "replaced");
      const { order } = await link.ask(stage.id("a"));
      expect(order).toMatchObject({ orderQty_lots: 1_700, clOrdId: stage.id("a", "replace:2") });
    },
  },
  {
    no: "A-406",
    title: "where the venue has no replace, none leaves",
    needs: (capabilities) => !isNative(capabilities),
    run: async (stage) => {
      const link = await stage.open();
      link.send(stage.place("a"));
      await link.report(stage.id("a"), "new");
      expect(link.send(stage.replace("a", 1)).type).toBe("refused");
    },
  },
];
