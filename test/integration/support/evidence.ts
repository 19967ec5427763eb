/**
 * What all sides say at the end of a fault test, gathered once nothing moves any more.
 */
import { auditPositions } from "../../../deploy/audit.ts";
import type { AuditReport } from "../../../deploy/audit.ts";
import { querySubject, streams } from "../../../protocols/kernel/subjects.ts";
import type { SimReport } from "../../../protocols/sim_wire.ts";
import type { AckedCommand } from "./command_sender.ts";
import { readEvents, readStream } from "./event_record.ts";
import type { EventRecord } from "./event_record.ts";
import type { FaultWorld } from "./fault_world.ts";
import { readJournals } from "./journal_record.ts";
import type { JournalRecord } from "./journal_record.ts";
import { proveStates } from "./state_proof.ts";
import type { StateProofs } from "./state_proof.ts";
import { reportsOf } from "./venue_truth.ts";
import type { VenueTruth } from "./venue_truth.ts";

/** A position as a query of the OMS gives it. */
export interface AskedPosition {
  readonly account: string;
  readonly instrument: string;
  readonly netQty: string;
  readonly openBuyQty: string;
  readonly openSellQty: string;
}

/** Every side's account of the same run. */
export interface Evidence {
  readonly commands: readonly AckedCommand[];
  readonly events: EventRecord;
  readonly journals: JournalRecord;
  readonly audit: AuditReport;
  readonly proofs: StateProofs;
  readonly positions: readonly AskedPosition[];
  /** What could not be processed, with its cause. */
  readonly deadLetters: readonly string[];
  readonly truths: readonly VenueTruth[];
  /** Every report that a venue ever made to the OMS, by venue. */
  readonly reports: ReadonlyMap<string, readonly SimReport[]>;
}

/**
 * Gathers all of it; a node must run and everything must be settled. Ends the nodes, because the
 * venues' reports are read by taking their session over.
 */
export const gatherEvidence = async (
  world: FaultWorld,
  accounts: readonly string[],
): Promise<Evidence> => {
  const { sender, nats, file } = world;
  const positions: AskedPosition[] = [];
  for (const account of accounts) {
    const answer = await sender.askPatiently(querySubject(account, "any", "positions"));
    const list = (answer as { readonly positions: readonly Omit<AskedPosition, "account">[] })
      .positions;
    positions.push(...list.map((position) => ({ ...position, account })));
  }
  const truths = await world.truths();
  for (const node of world.nodes) {
    if (node.exit === undefined) await node.drain();
  }
  const reports = new Map<string, readonly SimReport[]>();
  for (const { name, process } of world.venues) reports.set(name, await reportsOf(process.port));
  const letters = await readStream(sender.connection, streams.deadLetters);
  return {
    commands: sender.acked,
    events: await readEvents(sender.connection),
    journals: await readJournals(nats.url, file.config),
    audit: await auditPositions([nats.url], file.config),
    proofs: await proveStates(nats.url, file.config),
    positions,
    deadLetters: letters.map(({ data }) => data),
    truths,
    reports,
  };
};
