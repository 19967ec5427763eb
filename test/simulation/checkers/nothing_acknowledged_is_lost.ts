/**
 * Invariant 10: what was acknowledged is not lost, and nothing is taken twice. Every stored command
 * has exactly one turn; every message that one shard's journal sends to another has exactly one
 * turn there, in order; every report of a venue is taken.
 */
import type { VenueId } from "../../../protocols/kernel/ids.ts";
import { shardName, shardOfName } from "../../../protocols/kernel/shard.ts";
import { parseMailboxSubject } from "../../../protocols/kernel/subjects.ts";
import type { Frame } from "../../../runtime/frame.ts";
import type { HighWater } from "../../../runtime/parcel.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence, FrameSeen, WorldAtRest } from "./checker.ts";

const name = "nothing_acknowledged_is_lost";

/** Makes the checker. */
export const nothingAcknowledgedIsLost: CheckerMaker = ({ mirrors, venues }) => {
  const untold: FrameSeen[] = [];
  const sent = new Map<string, Sent>();
  return {
    name,
    onFrame: (seen) => untold.push(seen),
    unrest: () => {
      for (const { name: from, frame } of untold.splice(0)) noteSent(sent, from, frame);
      return onItsWay(sent.values(), mirrors);
    },
    atRest: (world) => {
      checkCommands(world);
      checkMessages(world);
      for (const [id, venue] of venues) {
        const taken = mirrors.venues.get(id)?.space.get("session", id)?.inboundSeq ?? 0;
        const told = venue.log.lastSeq;
        if (taken !== told) throw new Violation(name, `${id} reported ${told}, taken are ${taken}`);
      }
    },
  };
};

/** The last message that one shard's journal has for another. */
interface Sent {
  readonly from: string;
  readonly to: string;
  readonly at: HighWater;
}

const noteSent = (sent: Map<string, Sent>, from: string, { seq, content, out }: Frame): void => {
  if (content.kind === "epoch") return;
  for (const [index, item] of out().entries()) {
    if ("to" in item) sent.set(`${from}>${item.to}`, { from, to: item.to, at: [seq, index] });
  }
};

/** A message that its receiver has not taken yet, though it may be in no mailbox. */
const onItsWay = (
  sent: Iterable<Sent>,
  { accounts, venues }: Evidence["mirrors"],
): string | undefined => {
  for (const { from, to, at } of sent) {
    const { key } = shardOfName(to);
    const receiver = accounts.get(to) ?? venues.get(key as VenueId);
    if (!reaches(receiver?.high.get(from), at)) {
      return `${from} has sent ${to} what it has not taken`;
    }
  }
  return undefined;
};

const turnsOf = (frames: readonly Frame[] | undefined) =>
  (frames ?? []).flatMap(({ content }) => (content.kind === "epoch" ? [] : content.turns));

const checkCommands = ({ shards, frames, mailbox, acknowledged }: WorldAtRest): void => {
  let stored = 0;
  for (const shard of shards) {
    const taken = new Map<string, number>();
    for (const turn of turnsOf(frames.get(shardName(shard)))) {
      taken.set(turn.in, (taken.get(turn.in) ?? 0) + 1);
    }
    for (const lane of ["h", "n"] as const) {
      for (const { seq, subject } of mailbox(shard, lane)) {
        if (parseMailboxSubject(subject).type === "parcel") continue;
        stored += 1;
        const turns = taken.get(`${lane}:${seq}`) ?? 0;
        if (turns !== 1) throw new Violation(name, `${subject} has ${turns} turns`);
      }
    }
  }
  if (stored < acknowledged.size) {
    throw new Violation(name, `${acknowledged.size} acknowledged, ${stored} stored`);
  }
};

const checkMessages = ({ shards, frames }: WorldAtRest): void => {
  const sent = new Map<string, string[]>();
  const taken = new Map<string, string[]>();
  const note = (to: Map<string, string[]>, key: string, id: string): void => {
    to.set(key, [...(to.get(key) ?? []), id]);
  };
  for (const shard of shards) {
    const from = shardName(shard);
    for (const { seq, content, out } of frames.get(from) ?? []) {
      if (content.kind === "epoch") continue;
      for (const turn of content.turns) {
        if (turn.from !== undefined) {
          const [sender, frame, at] = turn.from;
          note(taken, `${sender}>${from}`, `${frame}:${at}`);
        }
      }
      for (const [index, item] of out().entries()) {
        if ("to" in item) note(sent, `${from}>${item.to}`, `${seq}:${index}`);
      }
    }
  }
  for (const route of new Set([...sent.keys(), ...taken.keys()])) {
    const [said = "", heard = ""] = [sent.get(route)?.join(" "), taken.get(route)?.join(" ")];
    if (said !== heard) throw new Violation(name, `${route}: sent ${said}; taken ${heard}`);
  }
};

const reaches = (high: HighWater | undefined, [frame, index]: HighWater): boolean =>
  high !== undefined && (high[0] > frame || (high[0] === frame && high[1] >= index));
