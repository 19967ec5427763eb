/**
 * What came of a venue's requests lately: rolling counts and a histogram of answer times, pure.
 *
 * Owns: the counting and the quantile. Its lengths are constants, not configuration: replay must
 * give the same states for ever.
 */

/** What came of one request. */
export type Outcome =
  /** The venue did what was asked, or what came in its place. */
  | "accepted"
  /** The venue refused an order or a change for a reason of its business. */
  | "refused"
  /** The venue did not take it because of itself: not available, an error, a limit. */
  | "trouble"
  /** No answer in time. */
  | "timeout";

/** Counts of one piece of time. */
export interface WindowSlot {
  /** Which piece of time, counted from the epoch. */
  readonly slot: number;
  readonly accepted: number;
  readonly refused: number;
  readonly trouble: number;
  readonly timeout: number;
  /** Answers by time taken: how many reached each edge of `edges_ms` and not the next. */
  readonly answers: readonly number[];
  /** Orders and changes by account: how many were accepted, and refused for business. */
  readonly byAccount?: Readonly<Record<string, readonly [accepted: number, refused: number]>>;
}

/** The newest slots, oldest first. */
export type Window = readonly WindowSlot[];

const slot_ms = 5_000;
const slots_max = 6;

/** Lower edges of the histogram's bins, milliseconds: each at most half as high again. */
export const edges_ms: readonly number[] = [
  0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_000, 1_500,
  2_000, 3_000, 4_000,
];

/** Accounts told apart in one piece of time; the others are counted together. */
const accounts_max = 16;
const otherAccounts = "_other";

const empty: Omit<WindowSlot, "slot"> = {
  accepted: 0,
  refused: 0,
  trouble: 0,
  timeout: 0,
  answers: edges_ms.map(() => 0),
};

const slotOf = (at_ms: number): number => Math.floor(at_ms / slot_ms);

/**
 * Counts an outcome; `took_ms` is the time to the answer, where there was one, `account` whose
 * order it was, where that is counted.
 */
export const countOutcome = (
  window: Window,
  outcome: Outcome,
  at_ms: number,
  took_ms: number | undefined,
  account?: string,
): Window => {
  const last = window.at(-1);
  // Time that went back (another owner's clock) is counted as now.
  const slot = Math.max(slotOf(at_ms), last?.slot ?? 0);
  const counted = last?.slot === slot ? last : { slot, ...empty };
  const answers = took_ms === undefined ? counted.answers : withAnswer(counted.answers, took_ms);
  const own = account === undefined ? {} : countAccount(counted, outcome, account);
  const next = { ...counted, [outcome]: counted[outcome] + 1, answers, ...own };
  const before = last?.slot === slot ? window.slice(0, -1) : window;
  return [...before.filter((one) => one.slot > slot - slots_max), next];
};

const countAccount = (
  { byAccount = {} }: Pick<WindowSlot, "byAccount">,
  outcome: Outcome,
  account: string,
): Pick<WindowSlot, "byAccount"> => {
  if (outcome !== "accepted" && outcome !== "refused") return {};
  const isKnown = Object.hasOwn(byAccount, account);
  const name = isKnown || Object.keys(byAccount).length < accounts_max ? account : otherAccounts;
  const [accepted, refused] = byAccount[name] ?? [0, 0];
  const counts = outcome === "accepted" ? [accepted + 1, refused] : [accepted, refused + 1];
  return { byAccount: { ...byAccount, [name]: counts as [number, number] } };
};

/**
 * Whether refusals are one account's own trouble: the venue refuses less than that share of what
 * the other accounts ask. Not where nobody else asks anything, nor where it is not counted.
 */
export const isOneAccounts = (window: Window, at_ms: number, share: number): boolean => {
  const totals = new Map<string, readonly [accepted: number, refused: number]>();
  for (const { byAccount = {} } of slotsAt(window, at_ms)) {
    for (const [account, [accepted, refused]] of Object.entries(byAccount)) {
      const [before, refusedBefore] = totals.get(account) ?? [0, 0];
      totals.set(account, [before + accepted, refusedBefore + refused]);
    }
  }
  const [, ...others] = [...totals.values()].toSorted(([, a], [, b]) => b - a);
  const accepted = others.reduce((sum, [count]) => sum + count, 0);
  const refused = others.reduce((sum, [, count]) => sum + count, 0);
  return refused < share * (accepted + refused);
};

const withAnswer = (answers: readonly number[], took_ms: number): readonly number[] => {
  const next = [...answers];
  const bin = binOf(took_ms);
  next[bin] = (next[bin] ?? 0) + 1;
  return next;
};

const binOf = (took_ms: number): number => {
  let bin = 0;
  while (bin + 1 < edges_ms.length && took_ms >= (edges_ms[bin + 1] ?? 0)) bin += 1;
  return bin;
};

/** Sums over the window as it stands at a time. */
export type Totals = Omit<WindowSlot, "slot" | "byAccount">;

/** What is counted in the window now. */
export const totalsAt = (window: Window, at_ms: number): Totals => {
  const slots = slotsAt(window, at_ms);
  const inBin = (bin: number): number => sumOf(slots, ({ answers }) => answers[bin] ?? 0);
  return { ...countsOf(slots), answers: edges_ms.map((_, bin) => inBin(bin)) };
};

/** Counts without the histogram: what is asked at every report. */
export interface Summary extends Readonly<Record<Outcome, number>> {
  /** Answers whose bin begins at the bound or later. */
  readonly slow: number;
}

/** What is counted in the window now; `bound_ms` is from when on an answer is slow. */
export const summaryAt = (window: Window, at_ms: number, bound_ms: number): Summary => {
  const slots = slotsAt(window, at_ms);
  const first = edges_ms.findIndex((edge_ms) => edge_ms >= bound_ms);
  const slowIn = ({ answers }: WindowSlot): number => {
    let slow = 0;
    for (let bin = first; bin >= 0 && bin < answers.length; bin += 1) slow += answers[bin] ?? 0;
    return slow;
  };
  return { ...countsOf(slots), slow: sumOf(slots, slowIn) };
};

const slotsAt = (window: Window, at_ms: number): Window => {
  const oldest = slotOf(at_ms) - slots_max;
  return window.filter(({ slot }) => slot > oldest);
};

const countsOf = (slots: Window): Record<Outcome, number> => ({
  accepted: sumOf(slots, ({ accepted }) => accepted),
  refused: sumOf(slots, ({ refused }) => refused),
  trouble: sumOf(slots, ({ trouble }) => trouble),
  timeout: sumOf(slots, ({ timeout }) => timeout),
});

const sumOf = (slots: Window, count: (slot: WindowSlot) => number): number => {
  let sum = 0;
  for (const slot of slots) sum += count(slot);
  return sum;
};

/**
 * A lower bound of the answer time that the share `quantile` of the requests stays below: the lower
 * edge of its bin. Undefined: no answers.
 */
export const quantile_ms = ({ answers }: Totals, quantile: number): number | undefined => {
  const count = answers.reduce((sum, one) => sum + one, 0);
  if (count === 0) return undefined;
  const rank = Math.max(1, Math.ceil(quantile * count));
  let seen = 0;
  const bin = answers.findIndex((one) => (seen += one) >= rank);
  return edges_ms[bin];
};
