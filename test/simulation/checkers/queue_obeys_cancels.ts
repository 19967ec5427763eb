/**
 * What waits for a venue's rate budget obeys its cancel: a place that was canceled while it waited
 * never leaves. And cancels go before new orders: no cancel that only waits for the budget sees a
 * second place or replace leave before it. One that its venue has just refused waits for that to be
 * over, not for the budget: what is of another kind may leave meanwhile.
 */
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import type { VenueKinds } from "../../../actors/venue/venue_state.ts";
import type { VenueId } from "../../../protocols/kernel/ids.ts";
import type { ReadonlySpace } from "../../../runtime/shard_model.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "queue_obeys_cancels";

/** Makes the checker. */
export const queueObeysCancels: CheckerMaker = ({ mirrors }) => {
  const queued = new Set<string>();
  /** Places that were canceled while they waited, by who asked for it. */
  const doomed = new Map<string, string>();
  /** Cancels that wait, and how many frames with new orders each has seen since. */
  const overtaken = new Map<string, number>();

  const take = (event: VenueEvent): void => {
    if (event.type === "order_queued" && event.command.kind === "place") {
      queued.add(event.command.clOrdId);
    } else if (event.type === "order_withdrawn") {
      queued.delete(event.clOrdId);
    } else if (event.type === "order_released") {
      checkDoomed(event.clOrdId);
      queued.delete(event.clOrdId);
    }
    if (!("command" in event) || event.command.kind !== "cancel") return;
    const { clOrdId, origClOrdId } = event.command;
    if (queued.has(origClOrdId)) doomed.set(origClOrdId, clOrdId);
  };
  const checkDoomed = (clOrdId: string): void => {
    const by = doomed.get(clOrdId);
    if (by !== undefined) throw new Violation(name, `${clOrdId} leaves: ${by} had canceled it`);
  };
  const checkOrder = (venue: VenueId, space: ReadonlySpace<VenueKinds>, leaves: boolean): void => {
    const session = space.get("session", venue);
    const isOpen = session?.status === "open" && session.doubting === undefined;
    const isRefused = space.get("rate", venue)?.closed["kind:cancel"] !== undefined;
    const waits = new Set<string>();
    for (const [clOrdId, { command }] of space.entries("waiting")) {
      const isFree = space.get("request", command.origClOrdId)?.stage !== "in_doubt";
      if (isOpen && isFree && !isRefused) waits.add(clOrdId);
      const seen = (overtaken.get(clOrdId) ?? 0) + (leaves ? 1 : 0);
      if (waits.has(clOrdId)) overtaken.set(clOrdId, seen);
      else overtaken.delete(clOrdId);
      if (waits.has(clOrdId) && seen > 1) {
        throw new Violation(name, `${clOrdId} waits at ${venue} while new orders leave`);
      }
    }
  };
  return {
    name,
    onFrame: ({ shard, frame: { content } }) => {
      if (shard.kind !== "venue" || content.kind === "epoch") return;
      const venue = shard.key as VenueId;
      const events = content.turns.flatMap((turn) => turn.events as readonly VenueEvent[]);
      for (const event of events) take(event);
      const space = mirrors.venues.get(venue)?.space;
      if (space === undefined || space.size("waiting") === 0) return;
      checkOrder(venue, space, events.some(isNew));
    },
    onSend: ({ request: { clOrdId } }) => checkDoomed(clOrdId),
  };
};

/** Whether a place or replace leaves by it. */
const isNew = (event: VenueEvent): boolean =>
  event.type === "order_released" ||
  (event.type === "request_sending" && event.command.kind !== "cancel");
