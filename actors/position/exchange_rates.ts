/**
 * What one currency is worth in another, from the mids of instruments: exact, fresh, or missing.
 *
 * An instrument with base B and quote Q says what one B is worth in Q. A rate is that mid, its
 * inverse, or a chain of them over as few instruments as there can be; of equally short chains the
 * one over instruments named first. A stale or absent mid is no rate, and nothing stands in for it:
 * the pair is named as missing.
 *
 * Owns: rates as exact fractions, the search, and why there is none.
 * Never: reads a market or a clock (it is told which mids are fresh), or rounds.
 */

/** `numerator / denominator`, both above zero. */
export interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** What an instrument says of two currencies. */
export interface QuotedPair {
  readonly base: string;
  readonly quote: string;
  /** One unit of the base in the quote; absent where there is no usable mid. */
  readonly mid?: Rate;
  /** True where the mid may be used now. */
  readonly fresh: boolean;
}

/** A rate that is not known. */
export interface MissingRate {
  readonly from: string;
  readonly to: string;
  /** `stale`: with mids that are too old there would be one. */
  readonly reason: "stale" | "unknown";
}

/** Rates at one moment. */
export interface RatesView {
  /** What one unit of `from` is worth in `to`. */
  readonly rate: (from: string, to: string) => Rate | MissingRate;
}

/** Longest chain of instruments that makes a rate. */
export const chain_max = 3;

/** The rate of a currency in itself. */
export const parity: Rate = { numerator: 1n, denominator: 1n };

/** Whether a rate is known. */
export const isRate = (found: Rate | MissingRate): found is Rate => "numerator" in found;

interface Edge {
  readonly to: string;
  readonly rate: Rate;
}

/** The rates that these pairs make; the order of pairs breaks ties. */
export const ratesOf = (pairs: Iterable<QuotedPair>): RatesView => {
  const fresh = new Map<string, Edge[]>();
  const known = new Map<string, Edge[]>();
  for (const { base, quote, mid, fresh: isFresh } of pairs) {
    if (mid === undefined || mid.numerator <= 0n || mid.denominator <= 0n) continue;
    connect(known, base, quote, mid);
    if (isFresh) connect(fresh, base, quote, mid);
  }
  const found = new Map<string, Rate | MissingRate>();
  return {
    rate: (from, to) => {
      const key = `${from}/${to}`;
      const before = found.get(key);
      if (before !== undefined) return before;
      const reason = search(known, from, to) === undefined ? "unknown" : "stale";
      const missing: MissingRate = { from, to, reason };
      const answer = search(fresh, from, to) ?? missing;
      found.set(key, answer);
      return answer;
    },
  };
};

/** The mid of a bid and an ask in ticks of `units / 10^scale`. */
export const midRate = (
  bid_ticks: number,
  ask_ticks: number,
  tick: { readonly units: number; readonly scale: number },
): Rate => ({
  numerator: (BigInt(bid_ticks) + BigInt(ask_ticks)) * BigInt(tick.units),
  denominator: 2n * 10n ** BigInt(tick.scale),
});

const connect = (edges: Map<string, Edge[]>, base: string, quote: string, mid: Rate): void => {
  const inverse = { numerator: mid.denominator, denominator: mid.numerator };
  push(edges, base, { to: quote, rate: mid });
  push(edges, quote, { to: base, rate: inverse });
};

const push = (edges: Map<string, Edge[]>, from: string, edge: Edge): void => {
  const list = edges.get(from);
  if (list === undefined) edges.set(from, [edge]);
  else list.push(edge);
};

/** Breadth first: the shortest chain, and of those the one first named. */
const search = (
  edges: ReadonlyMap<string, readonly Edge[]>,
  from: string,
  to: string,
): Rate | undefined => {
  if (from === to) return parity;
  let reached = new Map<string, Rate>([[from, parity]]);
  const seen = new Set([from]);
  for (let chain = 0; chain < chain_max; chain += 1) {
    const next = new Map<string, Rate>();
    for (const [at, rate] of reached) {
      for (const edge of edges.get(at) ?? []) {
        if (seen.has(edge.to)) continue;
        seen.add(edge.to);
        const further = times(rate, edge.rate);
        if (edge.to === to) return further;
        next.set(edge.to, further);
      }
    }
    reached = next;
  }
  return undefined;
};

const times = (a: Rate, b: Rate): Rate => ({
  numerator: a.numerator * b.numerator,
  denominator: a.denominator * b.denominator,
});
