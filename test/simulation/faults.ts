/**
 * Everything that can go wrong in a simulated world: one table, a fault a line.
 *
 * A fault's probability is per opportunity (one operation, one message, one look of the chaos at
 * the world). Each seed turns some of them off and scales the others, so that rare combinations get
 * seeds of their own ("swarm testing": Groce et al., ISSTA 2012); every tenth seed has none at all.
 *
 * Owns: which faults there are, whether one strikes now, and how often each did.
 */
import { makePrng } from "./prng.ts";
import type { Prng } from "./prng.ts";

/** The faults and their probabilities. */
export const faultTable = {
  // Services: what a shard asks of NATS.
  append_delayed: 0.2,
  append_lost: 0.004,
  append_answer_lost: 0.004,
  append_lands_late: 0.004,
  publish_delayed: 0.2,
  publish_lost: 0.02,
  publish_answer_lost: 0.02,
  publish_doubled: 0.02,
  publish_lands_late: 0.01,
  feed_delayed: 0.2,
  feed_lost: 0.02,
  feed_answer_lost: 0.02,
  feed_doubled: 0.02,
  feed_lands_late: 0.01,
  delivery_delayed: 0.1,
  read_lost: 0.02,
  snapshot_lost: 0.1,
  snapshot_lands_late: 0.05,
  snapshot_spoiled: 0.05,
  // The wire between a venue shard and its venue.
  connect_refused: 0.15,
  connect_silent: 0.05,
  wire_delayed: 0.2,
  wire_cut_before: 0.02,
  wire_cut_after: 0.03,
  wire_lingers: 0.06,
  wire_silent: 0.01,
  report_dropped: 0.02,
  report_doubled: 0.02,
  report_late: 0.03,
  answer_lost: 0.2,
  answer_late: 0.2,
  // The venue itself.
  venue_slow: 0.05,
  venue_rejects: 0.05,
  venue_rejects_change: 0.08,
  venue_cancels: 0.05,
  venue_expires: 0.05,
  fill_before_ack: 0.1,
  fill_beats_cancel: 0.25,
  late_fill: 0.12,
  execution_repeated: 0.1,
  execution_repeated_late: 0.05,
  trade_busted: 0.1,
  trade_corrected: 0.07,
  amend_repeated: 0.3,
  venue_restates: 0.04,
  venue_suspends: 0.06,
  venue_done_for_day: 0.03,
  report_unreadable: 0.01,
  // A part of a fill is counted, never reported, and told by the record some time later.
  execution_swallowed: 0.08,
  // Asked once per action for each venue, and then for each order that is open there.
  venue_restarts: 0.002,
  venue_forgets_order: 0.3,
  venue_drops_reports: 0.002,
  venue_drops_executions: 0.3,
  // The market.
  book_missing: 0.02,
  book_stale: 0.02,
  // Processes. Asked once per life, once per turn, then every few steps.
  clock_skewed: 0.3,
  lease_lies: 0.5,
  turn_throws: 0.02,
  shard_killed: 0.01,
  node_killed: 0.006,
  node_paused: 0.004,
  stale_owner: 0.006,
  shard_moved: 0.005,
  // Strategies.
  command_doubled: 0.05,
  command_late: 0.02,
  // The wire again.
  part_unknown: 0.1,
  answer_doubled: 0.05,
  // Services again, and the feed of prices to a shard.
  append_doubled: 0.02,
  read_delayed: 0.1,
  mailbox_broken: 0.001,
  price_unheard: 0.05,
  price_late: 0.05,
  // At a venue with limits, asked at each request: others have used up what it allows.
  limit_used_by_others: 0.02,
  // Where breakers are nervous, asked once per action for each venue.
  venue_bad_spell: 0.1,
  // Where persons trade by hand, asked once per action for each venue.
  venue_traded_by_hand: 0.02,
} as const;

/** The name of a fault. */
export type FaultName = keyof typeof faultTable;

/** The faults of one run. */
export interface Faults {
  /** Whether a fault strikes at this opportunity. */
  readonly strikes: (name: FaultName) => boolean;
  /** From now on nothing goes wrong any more. */
  readonly end: () => void;
  /** How often each has struck. */
  readonly counts: ReadonlyMap<FaultName, number>;
  readonly prng: Prng;
}

const scales = [0.3, 1, 1, 3];

/** Faults whose probability is not left to the seed, by name. */
export type FaultSettings = Readonly<Partial<Record<FaultName, number>>>;

/** Whether there is a fault of that name. */
export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faultTable, name);

/** The faults of a seed; what is set is as it is set, whatever the seed. */
export const makeFaults = (seed: number, settings: FaultSettings = {}): Faults => {
  const prng = makePrng(seed, "faults");
  const probabilities = new Map<FaultName, number>();
  const names = Object.keys(faultTable) as FaultName[];
  const calm = seed % 10 === 0;
  for (const name of names) {
    // A stream of its own: a fault that is added shifts nothing of the others.
    const own = makePrng(seed, `fault ${name}`);
    const scale = own.chance(0.35) ? 0 : own.pick(scales);
    const ofSeed = calm ? 0 : Math.min(0.5, faultTable[name] * scale);
    probabilities.set(name, settings[name] ?? ofSeed);
  }
  const counts = new Map<FaultName, number>();
  let over = false;
  return {
    strikes: (name) => {
      const probability = probabilities.get(name) ?? 0;
      if (over || probability === 0 || !prng.chance(probability)) return false;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return true;
    },
    end: () => {
      over = true;
    },
    counts,
    prng,
  };
};
