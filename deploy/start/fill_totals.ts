/**
 * Sums of executions, exact, by venue, instrument and side. Pure.
 *
 * Two records of the same trades agree where count, quantity, value and fees all agree.
 */
import {
  addDecimals,
  formatDecimal,
  multiplyDecimals,
  parseDecimal,
  zero,
} from "../../protocols/kernel/decimal.ts";
import type { Decimal } from "../../protocols/kernel/decimal.ts";

/** One execution as either side of the wire tells it. */
export interface Fill {
  readonly venue: string;
  readonly instrument: string;
  readonly side: string;
  readonly lastQty: string;
  readonly lastPx: string;
  /** `0` where none was charged. */
  readonly fee: string;
}

/** Sums of one venue, instrument and side. */
export interface FillTotal {
  readonly count: number;
  readonly qty: string;
  readonly value: string;
  readonly fees: string;
}

interface Sum {
  count: number;
  qty: Decimal;
  value: Decimal;
  fees: Decimal;
}

const decimal = (text: string): Decimal => {
  const parsed = parseDecimal(text);
  if (parsed === undefined) throw new TypeError(`"${text}" is not a decimal`);
  return parsed;
};

/** Running sums. */
export class FillTotals {
  readonly #sums = new Map<string, Sum>();

  /** Adds an execution; throws TypeError where a number is malformed. */
  add(fill: Fill): void {
    const key = `${fill.venue} ${fill.instrument} ${fill.side === "buy" ? "buy" : "sell"}`;
    const sum = this.#sums.get(key) ?? { count: 0, qty: zero, value: zero, fees: zero };
    const qty = decimal(fill.lastQty);
    sum.count += 1;
    sum.qty = addDecimals(sum.qty, qty);
    sum.value = addDecimals(sum.value, multiplyDecimals(qty, decimal(fill.lastPx)));
    sum.fees = addDecimals(sum.fees, decimal(fill.fee));
    this.#sums.set(key, sum);
  }

  /** The sums by `venue instrument side`, sorted. */
  totals(): ReadonlyMap<string, FillTotal> {
    const keys = [...this.#sums.keys()].toSorted();
    return new Map(
      keys.flatMap((key) => {
        const sum = this.#sums.get(key);
        if (sum === undefined) return [];
        const { count, qty, value, fees } = sum;
        const total: FillTotal = {
          count,
          qty: formatDecimal(qty),
          value: formatDecimal(value),
          fees: formatDecimal(fees),
        };
        return [[key, total] as const];
      }),
    );
  }
}

/** Where two records differ, a line each; empty when they agree. */
export const differences = (
  ours: ReadonlyMap<string, FillTotal>,
  theirs: ReadonlyMap<string, FillTotal>,
): readonly string[] => {
  const show = (total: FillTotal | undefined): string =>
    total === undefined
      ? "nothing"
      : `${total.count} fills, ${total.qty} for ${total.value}, fees ${total.fees}`;
  return [...new Set([...ours.keys(), ...theirs.keys()])].toSorted().flatMap((key) => {
    const [mine, other] = [show(ours.get(key)), show(theirs.get(key))];
    return mine === other ? [] : [`${key}: ours ${mine}; the venue's ${other}`];
  });
};
