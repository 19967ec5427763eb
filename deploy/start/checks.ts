/**
 * The checks at the end of a run: the journals against themselves, the events against the venues.
 *
 * Owns: what is compared with what. Never: repairs anything.
 */
import { auditPositions } from "../audit.ts";
import type { DeploymentConfig } from "../reference_config.ts";
import { FillTotals, differences } from "./fill_totals.ts";
import type { RunRecord } from "./run_record.ts";
import type { Check } from "./summary.ts";
import { fetchVenueRecord } from "./venue_records.ts";

/** Position = Σ fills, computed from the journals; also their checksums and state proofs. */
export const checkJournals = async (nats: string, config: DeploymentConfig): Promise<Check> => {
  const name = "position = Σ fills, from the journals";
  try {
    const { ok, lines, frames, trades } = await auditPositions([nats], config);
    return { name, ok, lines: [`${frames} frames, ${trades} trades`, ...lines] };
  } catch (error) {
    return failed(name, error);
  }
};

/** Every execution that the venues know is a trade event of ours, and the other way round. */
export const checkVenues = async (
  record: RunRecord,
  venues: readonly { readonly venue: string; readonly port: number }[],
): Promise<readonly Check[]> => {
  const same = "fills = the venues' own records";
  const empty = "no order is left open at a venue";
  try {
    const theirs = new FillTotals();
    const left: string[] = [];
    for (const { venue, port } of venues) {
      const { executions, open } = await fetchVenueRecord(port);
      for (const execution of executions) {
        theirs.add({ ...execution, venue, fee: execution.fee.amount });
      }
      if (open > 0) left.push(`${venue} has ${open} open`);
    }
    const lines = differences(record.fills.totals(), theirs.totals());
    return [
      { name: same, ok: lines.length === 0, lines },
      { name: empty, ok: left.length === 0, lines: left },
    ];
  } catch (error) {
    return [failed(same, error)];
  }
};

/** The feed told everything: no version is missing and nothing was unreadable. */
export const checkFeed = ({ counts, open }: RunRecord, complete: boolean): Check => {
  const lines = [
    ...(complete ? [] : ["the end of the feed was not reached in time"]),
    ...(counts.gaps === 0 ? [] : [`${counts.gaps} event versions are missing`]),
    ...(counts.unreadable === 0 ? [] : [`${counts.unreadable} events are unreadable`]),
    ...[...open.values()].slice(0, 5).map((o) => `${o.orderId} is still ${o.ordStatus}`),
  ];
  return { name: "event feed complete, every order ended", ok: lines.length === 0, lines };
};

const failed = (name: string, error: unknown): Check => ({
  name,
  ok: false,
  lines: [error instanceof Error ? error.message : String(error)],
});
