/**
 * A simulator's link without a shard behind it, and everything that it said.
 */
import { simConnector } from "../../../actors/venue/sim_link.ts";
import type { SimConnectorOptions } from "../../../actors/venue/sim_link.ts";
import type { VenueLink, VenueLinkSink } from "../../../actors/venue/venue_link.ts";
import { simOptions } from "./live_shard.ts";

/** A link and what it told its sink, as text. */
export interface BareLink {
  readonly link: VenueLink;
  readonly said: string[];
  readonly downs: string[];
  /** What else was known of each end. */
  readonly causes: (string | undefined)[];
  readonly owed: (number | undefined)[];
  readonly answers: unknown[];
  readonly stop: () => void;
}

/** Connects session `s` to SIMX at that port, resuming behind report `seq`. */
export const bareLink = (
  port: number,
  seq = 0,
  change: Partial<SimConnectorOptions> = {},
  mayAct = (): boolean => true,
): BareLink => {
  const said: string[] = [];
  const downs: string[] = [];
  const causes: (string | undefined)[] = [];
  const owed: (number | undefined)[] = [];
  const answers: unknown[] = [];
  const sink: VenueLinkSink = {
    loggedOn: ({ lastSeqSent }) => void said.push(`loggedOn ${lastSeqSent}`),
    report: (no) => void said.push(`report ${no}`),
    unreadable: (no, { reason }) => void said.push(`unreadable ${no}: ${reason}`),
    caughtUp: () => void said.push("caughtUp"),
    answer: (answer) => void answers.push(answer),
    down: (reason, fault, end) => {
      causes.push(end?.cause);
      owed.push(end?.owedSeq);
      said.push("down");
      downs.push(`${fault ? "fault" : "lost"}: ${reason}`);
    },
  };
  const link = simConnector({ ...simOptions(port), ...change }).connect({ seq }, sink, mayAct);
  return { link, said, downs, causes, owed, answers, stop: () => link.close() };
};
