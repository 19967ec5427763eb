/**
 * Invariant 7: every stored command has exactly one answer in the turn that takes it, whatever is
 * put on its way by it is answered exactly once later, and every order event on the feed carries
 * the order's next version, a repeat being the same event word for word.
 */
import { orderIdOf } from "../../../protocols/kernel/ids.ts";
import { parseMailboxSubject } from "../../../protocols/kernel/subjects.ts";
import { isVisible } from "../../../protocols/order.ts";
import type { OrderEvent } from "../../../protocols/order.ts";
import type { TurnRecord } from "../../../runtime/frame.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, WorldAtRest } from "./checker.ts";
import { unresolvedOrders } from "./not_told.ts";

const name = "one_answer_per_command";

const orderEvents = (turn: TurnRecord): OrderEvent[] =>
  (turn.events as readonly OrderEvent[]).filter((event) => "execType" in event);

const answers: ReadonlySet<string> = new Set([
  "canceled",
  "expired",
  "replaced",
  "cancel_rejected",
  "replace_rejected",
]);

/** Whether it answers a command that was put on its way; one with a digest does so on arrival. */
const endsWait = (event: OrderEvent): boolean =>
  answers.has(event.execType) &&
  !("digest" in event && event.digest !== undefined) &&
  !event.commandId.startsWith("report:") &&
  !event.commandId.startsWith("timer:");

/** Makes the checker. */
export const oneAnswerPerCommand: CheckerMaker = (evidence) => {
  /** Commands on their way, by order and command id. */
  const underWay = new Set<string>();
  const versions = new Map<string, number>();
  const bodies = new Map<string, string>();

  const follow = (event: OrderEvent): void => {
    if (isVisible(event)) versions.set(event.orderId, (versions.get(event.orderId) ?? 0) + 1);
    const key = `${event.orderId} ${event.commandId}`;
    const { execType } = event;
    if (execType === "pending_cancel" || execType === "pending_replace") underWay.add(key);
    if (execType === "early_cancel") underWay.add(key);
    if (!endsWait(event)) return;
    if (!underWay.delete(key)) throw new Violation(name, `${key} is answered again: ${execType}`);
  };
  return {
    name,
    onFrame: ({ shard, frame: { content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(orderEvents)) follow(event);
    },
    onFeed: ({ subject, data }) => {
      if (!subject.includes(".evt.order.")) return;
      const text = Buffer.from(data).toString();
      const { orderId, version } = JSON.parse(text) as { orderId: string; version: number };
      const key = `${orderId}#${version}`;
      const before = bodies.get(key);
      if (before === undefined) bodies.set(key, text);
      else if (before !== text) throw new Violation(name, `${key} is ${text}, and was ${before}`);
    },
    atRest: (world) => {
      // Left to a person: nothing can prove any more what became of them.
      const unresolved = unresolvedOrders(evidence);
      for (const key of underWay) {
        if (unresolved.has(key.split(" ")[0] ?? "")) underWay.delete(key);
      }
      for (const key of underWay) throw new Violation(name, `${key} has no answer`);
      for (const [orderId, version] of versions) {
        for (let at = 1; at <= version; at += 1) {
          if (!bodies.has(`${orderId}#${at}`)) {
            throw new Violation(name, `${orderId} version ${at} of ${version} was not published`);
          }
        }
      }
      checkTurns(world);
    },
  };
};

/** Whether it may be a strategy's command of that kind: what a group asks for is nobody's. */
const isAbout = (commandId: string, verb: string): boolean =>
  commandId.startsWith(verb) && !commandId.startsWith(`${verb}:_contingency-`);

/** Each command's turn answers it once; what else was on its way may end in that turn too. */
const checkTurns = ({ shards, frames, mailbox }: WorldAtRest): void => {
  for (const shard of shards.filter(({ kind }) => kind === "acct")) {
    const turns = new Map<string, TurnRecord>();
    for (const { content } of frames.get(`acct-${shard.key}`) ?? []) {
      if (content.kind === "epoch") continue;
      for (const turn of content.turns) turns.set(turn.in, turn);
    }
    for (const lane of ["h", "n"] as const) {
      for (const { seq, subject } of mailbox(shard, lane)) {
        const turn = turns.get(`${lane}:${seq}`);
        const parsed = parseMailboxSubject(subject);
        if (parsed.type !== "command" || turn === undefined) continue;
        const { account, strategy, clOrdId, verb } = parsed.target;
        if (clOrdId === undefined) continue;
        const id = orderIdOf(account, strategy, clOrdId);
        const answers = orderEvents(turn)
          // A cancel that waits for its submit is not answered yet, and that is all of its turn.
          .filter((event) => isVisible(event) || event.execType === "early_cancel")
          .filter(
            (event) => event.orderId === id && isAbout(event.commandId, verb) && !endsWait(event),
          );
        if (answers.length === 1) continue;
        throw new Violation(name, `${subject} has ${answers.length} answers in its turn`);
      }
    }
  }
};
