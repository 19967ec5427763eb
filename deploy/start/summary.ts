/**
 * The text at the end of a run. Pure.
 */
import type { PositionEventMessage } from "../../protocols/client/event_message.ts";
import type { LatencyHistogram } from "./latency_histogram.ts";
import type { RunRecord } from "./run_record.ts";

/** One check of the end of a run. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What differs, or what was compared. */
  readonly lines: readonly string[];
}

/** One row of the table of hops, durations in milliseconds. */
export interface HopRow {
  readonly name: string;
  readonly count: number;
  readonly p50_ms: number | undefined;
  readonly p99_ms: number | undefined;
}

/** A row of a histogram that was counted here. */
export const hopRow = (name: string, histogram: LatencyHistogram): HopRow => {
  const ms = (share: number): number | undefined => {
    const value_us = histogram.quantile_us(share);
    return value_us === undefined ? undefined : value_us / 1_000;
  };
  return { name, count: histogram.count, p50_ms: ms(0.5), p99_ms: ms(0.99) };
};

/** Everything that the summary says. */
export interface Summary {
  readonly ran_ms: number;
  readonly record: RunRecord;
  readonly hops: readonly HopRow[];
  readonly checks: readonly Check[];
  readonly deaths: readonly string[];
}

/** A duration in milliseconds with three digits, or a dash. */
export const showMs = (value_ms: number | undefined): string =>
  value_ms === undefined
    ? "–"
    : `${value_ms < 100 ? value_ms.toPrecision(3) : value_ms.toFixed(0)} ms`;

/** Pads each column to its widest cell; the first column is left, the rest right. */
export const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
};

const positionRow = (position: PositionEventMessage): readonly string[] => [
  `${position.account} ${position.instrument}`,
  position.netQty,
  position.avgPx ?? "–",
  position.realizedPnl ?? "–",
  position.unrealizedPnl ?? "–",
  Object.entries(position.fees ?? {})
    .map(([currency, amount]) => `${amount} ${currency}`)
    .join(" ") || "–",
];

/** The lines of a summary. */
export const summaryLines = (summary: Summary): readonly string[] => {
  const { counts, positions, fills } = summary.record;
  const indent = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);
  const hops = [
    ["hop", "count", "p50", "p99"],
    ...summary.hops.map(({ name, count, p50_ms, p99_ms }) => [
      name,
      String(count),
      showMs(p50_ms),
      showMs(p99_ms),
    ]),
  ];
  const held = [
    ["position", "net", "avg px", "realised", "unrealised", "fees"],
    ...[...positions.keys()].toSorted().flatMap((key) => {
      const position = positions.get(key);
      return position === undefined ? [] : [positionRow(position)];
    }),
  ];
  const traded = [
    ["fills", "count", "quantity", "value"],
    ...[...fills.totals()].map(([key, total]) => [
      key,
      String(total.count),
      total.qty,
      total.value,
    ]),
  ];
  return [
    `natoms ran ${(summary.ran_ms / 1_000).toFixed(1)} s`,
    `  orders ${counts.orders}   fills ${counts.fills}   canceled ${counts.canceled}   ` +
      `replaced ${counts.replaced}`,
    `  denied ${counts.denied}   rejected ${counts.rejected}   in doubt ${counts.inDoubt}   ` +
      `event gaps ${counts.gaps}`,
    "",
    ...indent(table(hops)),
    "",
    ...indent(table(traded)),
    "",
    ...indent(table(held)),
    "",
    ...summary.checks.flatMap(({ name, ok, lines }) => [
      `  ${ok ? "ok    " : "FAILED"}  ${name}`,
      ...lines.map((text) => `          ${text}`),
    ]),
    ...summary.deaths.map((death) => `  DIED    ${death}`),
  ];
};

/** Whether a run was good: every check holds and nothing died. */
export const isGood = ({ checks, deaths }: Summary): boolean =>
  deaths.length === 0 && checks.every(({ ok }) => ok);
