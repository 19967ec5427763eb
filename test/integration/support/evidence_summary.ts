/**
 * One line about a run, for a failure message: how much of what it has seen.
 */
import type { Evidence } from "./evidence.ts";

/** Counts of commands, orders, events by kind, refusals by code and executions. */
export const evidenceSummary = ({
  commands,
  events,
  journals,
  proofs,
  truths,
}: Evidence): string => {
  const counts = new Map<string, number>();
  for (const list of events.orders.values()) {
    for (const { execType, rejectCode = "" } of list) {
      const key = `${execType} ${rejectCode}`.trimEnd();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return JSON.stringify({
    commands: commands.length,
    orders: events.orders.size,
    ...Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    repeatedEvents: events.repeats,
    frames: journals.frames,
    proofs: proofs.compared,
    venueOrders: truths.map(({ orders }) => orders.length),
    executions: truths.map(({ executions }) => executions.length),
  });
};
