/**
 * Process entry of the example market maker.
 *
 *   node deploy/strategies/market_maker.ts --nats nats://127.0.0.1:4222 --account MM1
 *     --strategy quotes --instrument BTC-USDT --tick 0.01 --lot 0.00001 --qty 0.001
 *     --half-spread 1.00 --requote 0.50 --max-position 0.01 --skew 1.00 --rate 20
 *
 * Prices are distances in the quote currency, quantities in the base currency. It sees the market
 * through `oms.v1.md` and acts through the strategy client, nothing else.
 *
 * Owns: the two quotes and the position, counted from its own trades.
 */
import { liveClock } from "../../protocols/client/client_clock.ts";
import { formatSteps, toSteps } from "../../protocols/kernel/grid.ts";
import { ActionBudget } from "./action_budget.ts";
import { ConsolidatedBbo } from "./consolidated_bbo.ts";
import { decideQuotes } from "./market_maker_model.ts";
import type { MakerAction, MakerSettings, Quote } from "./market_maker_model.ts";
import { OrderSlot } from "./order_slot.ts";
import type { SlotState } from "./order_slot.ts";
import { OwnTrades } from "./own_trades.ts";
import { integerOption, readOptions, stepsOption } from "./strategy_options.ts";
import type { CommonOptions } from "./strategy_options.ts";
import { runStrategy } from "./strategy_process.ts";
import type { RunningStrategy, StrategyContext } from "./strategy_process.ts";

const defaults = {
  qty: "0.001",
  "half-spread": "1.00",
  requote: "0.50",
  "max-position": "0.01",
  skew: "1.00",
  rate: "20",
} as const;

/** Older prices are no prices. */
const priceAge_ms_max = 5_000;

const make = (
  { client, options, watch, newId }: StrategyContext,
  settings: MakerSettings,
  rate_per_s: number,
): RunningStrategy => {
  const { instrument, tick, lot } = options;
  const clock = liveClock;
  const prices = new ConsolidatedBbo(tick, priceAge_ms_max);
  const budget = new ActionBudget(rate_per_s, rate_per_s, clock.now_ms());
  const slots = {
    buy: new OrderSlot(client, clock, watch),
    sell: new OrderSlot(client, clock, watch),
  };
  const trades = new OwnTrades(lot);
  client.onEvent((event) => trades.take(event));
  const stop = client.marketData("*", instrument, (bbo) => prices.update(bbo, clock.now_ms()));
  let orders = 0;
  let requotes = 0;

  const act = (action: MakerAction): void => {
    if (action.type === "submit") {
      orders += 1;
      slots[action.side].submit({
        clOrdId: newId(),
        instrument,
        side: action.side,
        ordType: "limit",
        timeInForce: "day",
        execInst: ["post_only"],
        orderQty: formatSteps(action.qty_lots, lot),
        price: formatSteps(action.price_ticks, tick),
      });
      return;
    }
    const slot = slots.buy.clOrdId === action.clOrdId ? slots.buy : slots.sell;
    if (action.type === "cancel") return slot.cancel();
    requotes += 1;
    slot.replace(formatSteps(action.price_ticks, tick));
  };
  return {
    step: () => {
      const now_ms = clock.now_ms();
      const actions = decideQuotes(settings, {
        best: prices.best(now_ms),
        position_lots: trades.position_lots,
        buy: quoteOf(slots.buy.look(), options),
        sell: quoteOf(slots.sell.look(), options),
      });
      // A cancel never waits for the budget.
      for (const action of actions)
        if (action.type === "cancel" || budget.take(now_ms)) act(action);
    },
    stop,
    describe: () => ({
      orders,
      requotes,
      trades: trades.count,
      position: formatSteps(trades.position_lots, lot),
    }),
  };
};

/** A slot's order as a quote; one whose numbers are not on the grid is left alone. */
const quoteOf = (slot: SlotState, { tick, lot }: CommonOptions): Quote => {
  if (slot.state !== "working") return slot;
  const { clOrdId, view } = slot;
  const price_ticks = toSteps(view.last?.price ?? "", tick);
  const leaves_lots = toSteps(view.last?.leavesQty ?? "", lot);
  return price_ticks === undefined || leaves_lots === undefined
    ? { state: "busy", clOrdId }
    : { state: "working", clOrdId, price_ticks, leaves_lots };
};

await runStrategy(() => {
  const { common, own } = readOptions(process.argv.slice(2), defaults);
  const settings: MakerSettings = {
    qty_lots: stepsOption("qty", own.qty, common.lot),
    halfSpread_ticks: stepsOption("half-spread", own["half-spread"], common.tick),
    requote_ticks: stepsOption("requote", own.requote, common.tick),
    maxPosition_lots: stepsOption("max-position", own["max-position"], common.lot),
    skew_ticks: stepsOption("skew", own.skew, common.tick, 0),
  };
  const rate_per_s = integerOption("rate", own.rate, 1, 10_000);
  return { options: common, make: (context) => make(context, settings, rate_per_s) };
});
