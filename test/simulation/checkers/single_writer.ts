/**
 * Invariant 1: a journal has one writer at a time, its frames form one chain, and nothing leaves
 * (to another shard or on the event feed) but what a stored frame says, word for word.
 */
import { isDeepStrictEqual } from "node:util";
import { shardName, shardOfName } from "../../../protocols/kernel/shard.ts";
import { parseMailboxSubject } from "../../../protocols/kernel/subjects.ts";
import { checkChain, noSum } from "../../../runtime/frame.ts";
import type { Outgoing } from "../../../runtime/frame.ts";
import { decodeParcel } from "../../../runtime/parcel.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "single_writer";

interface Chain {
  seq: number;
  sum: string;
  epoch: number;
  writer: number;
}

/** Makes the checker. */
export const singleWriter: CheckerMaker = () => {
  const chains = new Map<string, Chain>();
  const committed = new Map<string, Outgoing>();

  const demandCommitted = (id: string, said: string, isSame: (out: Outgoing) => boolean): void => {
    const out = committed.get(id);
    if (out === undefined) throw new Violation(name, `${id} left and is in no journal: ${said}`);
    if (!isSame(out)) {
      throw new Violation(name, `${id} left as ${said}, committed is ${JSON.stringify(out)}`);
    }
  };
  return {
    name,
    onFrame: ({ name: shard, frame, writer }) => {
      const chain = chains.get(shard) ?? { seq: 0, sum: noSum, epoch: 0, writer: 0 };
      try {
        checkChain(frame, chain);
      } catch (cause) {
        throw new Violation(name, `${shard}: ${String(cause)}`);
      }
      const { seq, sum, epoch, content } = frame;
      if (content.kind === "turns" && writer !== chain.writer) {
        const of = `${shard} frame ${seq} epoch ${epoch}`;
        throw new Violation(name, `${of}: owner ${writer} writes for ${chain.writer}`);
      }
      chains.set(shard, { seq, sum, epoch, writer });
      if (content.kind === "epoch") return;
      let index = 0;
      for (const out of frame.out()) {
        committed.set(`${shard}:${seq}:${index}`, out);
        index += 1;
      }
    },
    onMail: (subject, data) => {
      if (parseMailboxSubject(subject).type !== "parcel") return;
      const to = shardName(shardOfName(subject.split(".").slice(4, 6).join("-")));
      const { from, items } = decodeParcel(data);
      for (const [frame, index, message] of items) {
        const text = JSON.stringify(message);
        demandCommitted(
          `${from}:${frame}:${index}`,
          text,
          (out) => "to" in out && out.to === to && isDeepStrictEqual(out.message, message),
        );
      }
    },
    onFeed: ({ subject, data, msgId }) => {
      const text = Buffer.from(data).toString();
      demandCommitted(
        msgId,
        text,
        (out) =>
          "subject" in out &&
          out.subject === subject &&
          isDeepStrictEqual(out.body, JSON.parse(text)),
      );
    },
  };
};
