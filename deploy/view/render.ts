/**
 * The terminal view as text: pure, from what is shown and the size of the terminal.
 *
 * Each state has a sign beside its colour, so that nothing is told by colour alone.
 *
 * Owns: the layout. Never: writes, or reads a clock.
 */
import { showDuration } from "../start/duration.ts";
import { showMs, table } from "../start/summary.ts";
import type { OrderRow, ViewState } from "./view_state.ts";

/** The terminal's size in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const sgr = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
type Style = keyof typeof sgr;

/** A line and how it looks. */
interface Line {
  readonly text: string;
  readonly style?: Style;
}

const signs: Readonly<Record<string, readonly [sign: string, style: Style]>> = {
  pending_new: ["…", "yellow"],
  pending_replace: ["…", "yellow"],
  pending_cancel: ["…", "yellow"],
  new: ["●", "cyan"],
  partially_filled: ["◐", "cyan"],
  filled: ["✓", "green"],
  canceled: ["–", "dim"],
  expired: ["–", "dim"],
  done_for_day: ["–", "dim"],
  denied: ["✗", "red"],
  rejected: ["✗", "red"],
  in_doubt: ["?", "red"],
  suspended: ["‖", "yellow"],
};

/** From this height on there is room for every hop and some orders. */
const roomyRows = 36;
const mainHops: ReadonlySet<string> = new Set([
  "submit → first order event",
  "accepted → new at venue",
]);

/** The screen's lines, each exactly as long as needed, at most `rows` of them. */
export const render = (state: ViewState, size: ScreenSize): readonly string[] => {
  const hops =
    size.rows < roomyRows ? state.hops.filter(({ name }) => mainHops.has(name)) : state.hops;
  const head = [...header(state), ...sections({ ...state, hops })];
  const room = Math.max(0, size.rows - head.length - 2);
  const lines = [...head, heading("orders", size), ...orderLines(state.orders, room)];
  return lines.slice(0, size.rows).map((line) => paint(line, size.columns));
};

const header = (state: ViewState): readonly Line[] => {
  const left =
    state.left_ms === undefined ? "Ctrl-C ends it" : `${showDuration(state.left_ms)} left`;
  return [
    { text: `natoms  ${state.nats}  up ${showDuration(state.ran_ms)}  ${left}`, style: "bold" },
    ...(state.notice === "" ? [] : [{ text: `! ${state.notice}`, style: "red" } as const]),
  ];
};

const heading = (title: string, { columns }: ScreenSize): Line => ({
  text: `── ${title} `.padEnd(columns, "─"),
  style: "dim",
});

const sections = (state: ViewState): readonly Line[] => {
  const { counts } = state;
  const wide: ScreenSize = { columns: 200, rows: 0 };
  const section = (title: string, rows: readonly (readonly string[])[]): readonly Line[] => [
    heading(title, wide),
    ...table(rows).map((text, index) => (index === 0 ? { text, style: "dim" as const } : { text })),
  ];
  return [
    {
      text:
        `orders ${counts.orders} (${state.orders_per_s.toFixed(1)}/s)  ` +
        `fills ${counts.fills} (${state.fills_per_s.toFixed(1)}/s)  open ${state.openOrders}  ` +
        `denied ${counts.denied}  rejected ${counts.rejected}`,
    },
    counts.gaps + counts.inDoubt + counts.unreadable > 0
      ? {
          text:
            `! event gaps ${counts.gaps}  in doubt ${counts.inDoubt}  ` +
            `unreadable ${counts.unreadable}`,
          style: "red",
        }
      : { text: "event gaps 0  in doubt 0  unreadable 0", style: "dim" },
    ...section("hops", [
      ["", "count", "p50", "p99"],
      ...state.hops.map((hop) => [
        hop.name,
        String(hop.count),
        showMs(hop.p50_ms),
        showMs(hop.p99_ms),
      ]),
    ]),
    ...section("positions", [
      ["account instrument", "net", "avg px", "realised", "unrealised"],
      ...state.positions.map((position) => [
        `${position.account} ${position.instrument}`,
        position.netQty,
        position.avgPx,
        position.realizedPnl,
        position.unrealizedPnl,
      ]),
    ]),
    ...section("venues", [
      ["", "session", "in/s", "out/s"],
      ...state.venues.map((venue) => [
        venue.venue,
        venue.up === undefined ? "? unknown" : venue.up ? "● open" : "✗ closed",
        venue.in_per_s.toFixed(1),
        venue.out_per_s.toFixed(1),
      ]),
    ]),
  ];
};

const orderLines = (orders: readonly OrderRow[], room: number): readonly Line[] => {
  const shown = orders.slice(0, room);
  const rows = shown.map((order) => {
    const [sign] = signs[order.ordStatus] ?? ["·"];
    return [
      `${sign} ${order.owner}`,
      order.instrument,
      order.side,
      order.orderQty,
      order.price,
      order.cumQty,
      order.ordStatus,
    ];
  });
  const texts = table([
    ["  strategy", "instrument", "side", "qty", "price", "filled", "status"],
    ...rows,
  ]);
  return texts.map((text, index) => {
    const style = signs[shown[index - 1]?.ordStatus ?? ""]?.[1];
    if (index === 0) return { text, style: "dim" };
    return style === undefined ? { text } : { text, style };
  });
};

/** Cuts to the width, then colours: an escape sequence is never cut in two. */
const paint = ({ text, style }: Line, columns: number): string => {
  const cut = printable(text).slice(0, columns);
  return style === undefined ? cut : `\u001b[${sgr[style]}m${cut}\u001b[0m`;
};

/** Texts of events come from outside; a control character must not reach the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, "?");
