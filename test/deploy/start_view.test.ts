/** The terminal view: the whole screen against a golden one, and what must never happen to it. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { render } from "../../deploy/view/render.ts";
import { statusLine } from "../../deploy/view/status_line.ts";
import { Rates } from "../../deploy/view/view_state.ts";
import type { OrderRow, ViewState } from "../../deploy/view/view_state.ts";

const order = (owner: string, ordStatus: string, cumQty: string): OrderRow => ({
  owner,
  instrument: "BTC-USDT",
  side: "buy",
  orderQty: "0.00200",
  price: "61998.50",
  cumQty,
  ordStatus,
});

const state: ViewState = {
  nats: "nats://127.0.0.1:4222",
  ran_ms: 12_400,
  left_ms: 17_600,
  notice: "",
  orders_per_s: 41.25,
  fills_per_s: 12.5,
  counts: {
    orders: 512,
    accepted: 510,
    fills: 160,
    denied: 2,
    rejected: 1,
    canceled: 30,
    replaced: 200,
    inDoubt: 0,
    gaps: 0,
    unreadable: 0,
  },
  openOrders: 5,
  hops: [
    { name: "submit → first order event", count: 512, p50_ms: 0.512, p99_ms: 2.4 },
    { name: "accepted → new at venue", count: 0, p50_ms: undefined, p99_ms: undefined },
  ],
  positions: [
    {
      account: "MM1",
      instrument: "BTC-USDT",
      netQty: "-0.00400",
      avgPx: "62000.1",
      realizedPnl: "1.25",
      unrealizedPnl: "-0.5",
    },
  ],
  venues: [
    { venue: "SIMX", up: true, in_per_s: 55.5, out_per_s: 40 },
    { venue: "SIMY", up: false, in_per_s: 0, out_per_s: 0 },
  ],
  orders: [
    order("MM1.quotes", "new", "0.00000"),
    order("MM1.quotes", "partially_filled", "0.00100"),
    order("TWAP1.twap-btc", "filled", "0.00200"),
    order("DEMO.hand", "denied", "0.00000"),
    order("DEMO.hand", "in_doubt", "0.00000"),
  ],
};

// eslint-disable-next-line no-control-regex -- colours are escape sequences
const plain = (line: string): string => line.replace(/\u001b\[\d+m/g, "");

describe("the terminal view", () => {
  it("is the golden screen", () => {
    const golden = readFileSync(new URL("golden/screen.txt", import.meta.url), "utf8");
    const screen = render(state, { columns: 80, rows: 24 });
    expect(`${screen.map(plain).join("\n")}\n`).toBe(golden);
  });

  it("never exceeds the terminal, however small", () => {
    for (const columns of [1, 20, 80, 200]) {
      for (const rows of [1, 5, 24, 60]) {
        const screen = render(state, { columns, rows });
        expect(screen.length).toBeLessThanOrEqual(rows);
        for (const line of screen) expect(plain(line).length).toBeLessThanOrEqual(columns);
      }
    }
  });

  it("tells every status by a sign as well as by its colour", () => {
    const screen = render(state, { columns: 100, rows: 40 });
    for (const [sign, owner] of [
      ["●", "MM1.quotes"],
      ["◐", "MM1.quotes"],
      ["✓", "TWAP1.twap-btc"],
      ["✗", "DEMO.hand"],
      ["?", "DEMO.hand"],
    ]) {
      expect(screen.map(plain).some((line) => line.startsWith(`${sign} ${owner}`))).toBe(true);
    }
    expect(screen.find((line) => line.includes("✓ TWAP1"))).toContain("\u001b[32m");
  });

  it("lets no control character of an event through", () => {
    const hostile = order("\u001b[2J\u0007evil", "new", "0");
    const screen = render({ ...state, orders: [hostile] }, { columns: 100, rows: 40 });
    const line = screen.find((text) => text.includes("evil")) ?? "";
    expect(plain(line)).toContain("?[2J?evil");
    expect(line).not.toContain("\u0007");
  });

  it("shows a notice and gaps in red, on the line too", () => {
    const trouble = { ...state, notice: "node-1 died", counts: { ...state.counts, gaps: 3 } };
    const screen = render(trouble, { columns: 100, rows: 40 });
    expect(screen[1]).toBe("\u001b[31m! node-1 died\u001b[0m");
    expect(screen.find((line) => line.includes("gaps 3"))).toContain("\u001b[31m!");
    expect(statusLine(trouble)).toContain("gaps 3 in doubt 0 | ! node-1 died");
    expect(statusLine(state)).toContain("orders 512 (41.3/s)");
  });
});

describe("rates", () => {
  it("are per second over the last three seconds and begin anew after a fall", () => {
    const rates = new Rates();
    expect(rates.rate("a", 0, 0)).toBe(0);
    expect(rates.rate("a", 10, 1_000)).toBe(10);
    expect(rates.rate("a", 20, 5_000)).toBe(2.5);
    expect(rates.rate("a", 5, 6_000)).toBe(0);
    expect(rates.rate("a", 7, 7_000)).toBe(2);
  });
});
