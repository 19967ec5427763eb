/**
 * How a venue session guards itself: against a second owner, a broken protocol, an endless end.
 */

/** The guard's configuration. */
export interface GuardOptions {
  /**
   * How long a session that was taken over by another logon leaves the venue alone; its gate stays
   * shut for as long again after it is back. Longer than a lease lives: until then one of the two
   * owners has learned that it is none.
   */
  readonly contest_ms: number;
  /** Taken over twice within this: somebody else owns the session too, and it is quarantined. */
  readonly contestPeriod_ms: number;
  /** Least wait after a logon that was refused because the session has a connection. */
  readonly inUseWait_ms: number;
  /** Faults of the protocol within `faultPeriod_ms` that quarantine the session; at most 16. */
  readonly faults_max: number;
  readonly faultPeriod_ms: number;
  /** Runs of the reconciliation in a row with a broken mapping that quarantine the session. */
  readonly brokenRuns_max: number;
  /** Links in a row on which the same report is missing, after which it is taken for lost. */
  readonly gaps_max: number;
  /** How long a gate stays shut before it says what it waits for, and until it says so anew. */
  readonly gateShut_ms: number;
  /** How long a draining session waits for answers before it logs out. */
  readonly drain_ms: number;
}

/** Fits leases that live 3 s. */
export const guardOptions_default: GuardOptions = {
  contest_ms: 5_000,
  contestPeriod_ms: 60_000,
  inUseWait_ms: 2_000,
  faults_max: 5,
  faultPeriod_ms: 60_000,
  brokenRuns_max: 3,
  gaps_max: 3,
  gateShut_ms: 10_000,
  drain_ms: 1_000,
};
