/**
 * Process entry of the example TWAP.
 *
 *   node deploy/strategies/twap.ts --nats nats://127.0.0.1:4222 --account TWAP1 --strategy twap
 *     --instrument BTC-USDT --tick 0.01 --lot 0.00001 --side buy --qty 0.02 --duration 10s
 *     --slices 20 --style ioc --through 1.00
 *
 * When the total is done it starts over with the other side, so its position goes back and forth
 * between nothing and the total.
 *
 * Owns: the program under way and its one order.
 */
import { liveClock } from "../../protocols/client/client_clock.ts";
import { formatSteps } from "../../protocols/kernel/grid.ts";
import { readDuration_ms } from "../start/duration.ts";
import { ConsolidatedBbo } from "./consolidated_bbo.ts";
import { OrderSlot } from "./order_slot.ts";
import { OwnTrades } from "./own_trades.ts";
import { OptionError, integerOption, readOptions, stepsOption } from "./strategy_options.ts";
import { runStrategy } from "./strategy_process.ts";
import type { RunningStrategy, StrategyContext } from "./strategy_process.ts";
import { decideTwap } from "./twap_model.ts";
import type { SliceOrder, TwapAction, TwapProgram, TwapSettings } from "./twap_model.ts";

const defaults = {
  side: "buy",
  qty: "0.02",
  duration: "10s",
  slices: "20",
  style: "ioc",
  through: "1.00",
} as const;

const priceAge_ms_max = 5_000;

const make = (
  { client, options, watch, newId }: StrategyContext,
  settings: TwapSettings,
  firstSide: "buy" | "sell",
): RunningStrategy => {
  const { instrument, tick, lot } = options;
  const clock = liveClock;
  const prices = new ConsolidatedBbo(tick, priceAge_ms_max);
  const slot = new OrderSlot(client, clock, watch);
  const trades = new OwnTrades(lot);
  let program: TwapProgram = { side: firstSide, startedAt_ms: clock.now_ms(), filled_lots: 0 };
  let slice = 0;
  let orders = 0;
  let programs = 0;
  client.onEvent((event) => {
    const added_lots = trades.take(event);
    program = { ...program, filled_lots: program.filled_lots + added_lots };
  });
  const stop = client.marketData("*", instrument, (bbo) => prices.update(bbo, clock.now_ms()));

  const look = (): SliceOrder => {
    const state = slot.look();
    return state.state === "working" ? { state: "working", clOrdId: state.clOrdId, slice } : state;
  };
  const act = (action: TwapAction): void => {
    switch (action.type) {
      case "wait":
        return;
      case "cancel":
        return slot.cancel();
      case "turn":
        programs += 1;
        program = action.next;
        return;
      case "submit":
        orders += 1;
        slice = action.slice;
        return slot.submit({
          clOrdId: newId(),
          instrument,
          side: action.side,
          ordType: "limit",
          timeInForce: action.timeInForce,
          orderQty: formatSteps(action.qty_lots, lot),
          price: formatSteps(action.price_ticks, tick),
        });
      default:
        return action satisfies never;
    }
  };
  return {
    step: () => {
      const now_ms = clock.now_ms();
      act(decideTwap(settings, { now_ms, best: prices.best(now_ms), program, order: look() }));
    },
    stop,
    describe: () => ({
      orders,
      programs,
      side: program.side,
      filled: formatSteps(program.filled_lots, lot),
      total: formatSteps(settings.total_lots, lot),
      trades: trades.count,
      position: formatSteps(trades.position_lots, lot),
    }),
  };
};

await runStrategy(() => {
  const { common, own } = readOptions(process.argv.slice(2), defaults);
  const { side, style } = own as Readonly<Record<keyof typeof defaults, string>>;
  if (side !== "buy" && side !== "sell") throw new OptionError(`--side is buy or sell`);
  if (style !== "ioc" && style !== "limit") throw new OptionError(`--style is ioc or limit`);
  const duration_ms = readDuration_ms(own.duration);
  if (duration_ms === undefined) throw new OptionError(`--duration is like 30s or 5m`);
  const settings: TwapSettings = {
    total_lots: stepsOption("qty", own.qty, common.lot),
    duration_ms,
    slices: integerOption("slices", own.slices, 1, 100_000),
    style,
    through_ticks: stepsOption("through", own.through, common.tick, 0),
  };
  return { options: common, make: (context) => make(context, settings, side) };
});
