/**
 * The exchange simulator as a venue under test: its real process, killed and started at will.
 *
 * Owns: the process, its control connection, the other participant, the folder of its record.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simConnector } from "../../actors/venue/sim_link.ts";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import { formatSteps, toSteps } from "../../protocols/kernel/grid.ts";
import type { SimFaultSettings } from "../../protocols/sim_wire.ts";
import { simOptions } from "../actors/venue/live_shard.ts";
import { btc, grid } from "../actors/venue/venue_requests.ts";
import { SimClient } from "../simulator/sim_client.ts";
import { topOf } from "../simulator/venue_fixture.ts";
import { startVenue } from "../simulator/venue_process.ts";
import type { Trouble, VenueUnderTest } from "./venue_under_test.ts";

const rule = { name: "w", window_ms: 60_000, limit: 10, counts: "weight" } as const;
const refuse = { probability: 1, reasons: ["insufficient_funds"] } as const;

/** Each trouble in the simulator's words: the family, and the setting. */
const faultsOf: Readonly<Record<Trouble, SimFaultSettings>> = {
  swallows_requests: { silence: { swallow: 1 } },
  keeps_reports_back: { silence: { unreported: 1 } },
  loses_reports: { reports: { drop: 1 } },
  repeats_reports: { reports: { duplicate: 1 } },
  rejects_orders: { rejects: { new_order: refuse } },
  limits_rate: { rateLimits: { rules: [rule], weights: { query_order: 0 } } },
  is_ambiguous_executed: { ambiguous: { executed: 1 } },
  is_ambiguous_lost: { ambiguous: { lost: 1 } },
  forgets_history: { history: { orders: 0, reports: 0 } },
};

/** A machine that is busy with other tests is not a venue that is silent. */
const patience = { silence_ms_max: 2_000, heartbeat_ms: 200, logonTimeout_ms: 3_000 } as const;

/** Starts a simulator for acceptance. */
export const simUnderTest = async (): Promise<VenueUnderTest> => {
  const folder = mkdtempSync(join(tmpdir(), "natoms-acceptance-"));
  const args = ["--speed", "0", "--instruments", "BTC-USDT", "--seed", "7"];
  args.push("--state", join(folder, "state.jsonl"));
  let process = await startVenue(...args);
  const { port } = process;
  let control = await VenueControl.open(port);
  let hits = 0;

  const hit: VenueUnderTest["hit"] = async (side, price_ticks, qty_lots) => {
    hits += 1;
    const clOrdId = `hit-${hits}`;
    const other = new SimClient(port);
    await other.logon(`other-${hits}`);
    other.say({
      type: "new_order",
      clOrdId,
      instrument: btc,
      side: side === "buy" ? "sell" : "buy",
      ordType: "limit",
      timeInForce: "ioc",
      orderQty: formatSteps(qty_lots, grid.lot),
      price: formatSteps(price_ticks, grid.tick),
    });
    const end = await other.until(
      "report",
      ({ execType, leavesQty }) => execType !== "new" && leavesQty === "0",
    );
    await other.close();
    if (end.execType !== "trade") throw new Error(`nothing to hit at ${price_ticks}`);
  };

  return {
    name: "simulator",
    instrument: { id: btc, grid },
    connector: (session) => simConnector({ ...simOptions(port), ...patience, session }),
    top: async () => {
      const { bid, ask } = await topOf(port);
      return { bid_ticks: ticksOf(bid), ask_ticks: ticksOf(ask) };
    },
    hit,
    ordersOf: async (session) => {
      const { orders } = await control.dump();
      return orders.filter((one) => one.session === session).length;
    },
    trouble: async (kind, isOn) => {
      if (isOn) await control.setFaults(faultsOf[kind], { clear: true, seed: 1 });
      else await control.clearFaults();
      return true;
    },
    disconnect: (session, how) => control.disconnect(how, session),
    restart: async (numbering) => {
      control.close();
      process.child.kill("SIGKILL");
      await process.ended;
      process = await startVenue(...args, "--restart-as", numbering, "--port", String(port));
      control = await VenueControl.open(port);
    },
    stop: async () => {
      control.close();
      await process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const ticksOf = (price: string): number => {
  const ticks = toSteps(price, grid.tick);
  if (ticks === undefined) throw new Error(`${price} is off the grid`);
  return ticks;
};
