/**
 * A venue's own record of a session beside what its shard keeps and has told: order by order, fill
 * by fill, and the position that they make.
 *
 * Owns: the comparison. An empty list is the proof.
 */
import type { VenueDump } from "../../../deploy/simulator/control_client.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import type { LegReport } from "../../../protocols/venue.ts";
import { btc } from "./venue_requests.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

const open: ReadonlySet<string> = new Set(["new", "partially_filled"]);

/** Every contradiction, a line each. The shard must have nothing under way. */
export const recordFaults = (bench: VenueShardBench, record: VenueDump): readonly string[] => [
  ...orderFaults(bench, record),
  ...fillFaults(bench, record),
  ...positionFaults(bench, record),
];

const orderFaults = ({ space }: VenueShardBench, { orders }: VenueDump): readonly string[] => {
  const faults: string[] = [];
  const there = new Map<string, string>();
  for (const { order: theirs } of orders) {
    const root = space.get("id", theirs.clOrdId);
    const ours = root === undefined ? undefined : space.get("order", root);
    const name = `${theirs.venueOrderId} ${theirs.clOrdId}`;
    if (root === undefined || ours === undefined) {
      faults.push(`${name} is none of ours`);
      continue;
    }
    const other = there.get(root);
    if (other !== undefined) faults.push(`${name} and ${other} are both ${root}`);
    there.set(root, name);
    const cum_lots = lotsOf(theirs.cumQty);
    if (ours.cumQty_lots !== cum_lots) {
      faults.push(`${name} has ${cum_lots}, here ${ours.cumQty_lots}`);
    }
    const isOpen = open.has(theirs.ordStatus);
    if (isOpen !== (ours.endedAt === undefined)) {
      faults.push(`${name} is ${theirs.ordStatus}, here it has ${isOpen ? "" : "not "}ended`);
    }
  }
  for (const [root, { endedAt }] of space.entries("order")) {
    if (endedAt === undefined && !there.has(root)) faults.push(`${root} is open here alone`);
  }
  return faults;
};

/** What a fill is: whatever is told again of it must be the same. */
const fillOf = (
  { clOrdId, execId, lastQty_lots, lastPx_ticks }: LegReport,
  rootOf: (id: LegClOrdId) => LegClOrdId | undefined,
): string => `${execId} of ${rootOf(clOrdId) ?? clOrdId}: ${lastQty_lots} at ${lastPx_ticks}`;

const fillFaults = (bench: VenueShardBench, { executions }: VenueDump): readonly string[] => {
  const rootOf = (id: string): LegClOrdId | undefined => bench.space.get("id", id);
  const told = new Set<string>();
  for (const report of bench.reports()) {
    if (report.execType === "trade") told.add(fillOf(report, rootOf));
  }
  const faults: string[] = [];
  for (const { execId, clOrdId, lastQty, lastPx } of executions) {
    const numbers = `${lotsOf(lastQty)} at ${ticksOf(lastPx)}`;
    const fill = `${execId} of ${rootOf(clOrdId) ?? clOrdId}: ${numbers}`;
    if (!told.delete(fill)) faults.push(`never told: ${fill}`);
  }
  for (const fill of told) faults.push(`told, and not there: ${fill}`);
  return faults;
};

const positionFaults = (
  { space }: VenueShardBench,
  { executions }: VenueDump,
): readonly string[] => {
  const theirs = executions.reduce(
    (sum, { side, lastQty }) => sum + (side === "buy" ? 1 : -1) * lotsOf(lastQty),
    0,
  );
  const ours = space.get("tally", btc)?.net_lots ?? 0;
  return ours === theirs ? [] : [`the position is ${theirs}, here ${ours}`];
};

const lotsOf = (qty: string): number => Math.round(Number(qty) * 1e5);
const ticksOf = (price: string): number => Math.round(Number(price) * 100);
