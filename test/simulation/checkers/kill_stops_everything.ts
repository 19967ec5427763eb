/**
 * Invariant 9: after a kill switch commits, no new order leaves; open ones are cancelled; cancels
 * pass.
 *
 * At a venue the fence is the frame with the halt: from then on no bytes of a place or replace of
 * its scope leave, also not of one whose intent stands before the halt in that frame. At an account
 * shard no place or replace is sent on by any frame after the one that halts its account. At rest
 * nothing is open in the scope of a kill that was not released, as far as venues can tell.
 */
import type { AccountEvent } from "../../../actors/account_kinds.ts";
import { tradingStateOf } from "../../../actors/account_rules.ts";
import { haltKey, haltKeysOf } from "../../../actors/venue/control_state.ts";
import { isMeant } from "../../../actors/control/operator_cancel.ts";
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import type { OrderId, VenueId } from "../../../protocols/kernel/ids.ts";
import { partsOfOrderId } from "../../../protocols/kernel/ids.ts";
import type { VenueCommand } from "../../../protocols/venue.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence, FrameSeen } from "./checker.ts";
import { notTold } from "./not_told.ts";

const name = "kill_stops_everything";

/** Makes the checker. */
export const killStopsEverything: CheckerMaker = (evidence) => {
  const venues = new Map<VenueId, Fences>();
  /** Intents that stand before a halt in its very frame. */
  const fenced = new Set<string>();
  /** By shard: accounts and strategies that were halted before the frame. */
  const rules = new Map<string, Rules>();
  return {
    name,
    onFrame: (seen) => {
      const { shard } = seen;
      if (shard.kind === "venue") followVenue(seen, shard.key as VenueId, venues, fenced);
      else followAccount(evidence, seen, rules);
    },
    onSend: ({ venue, request }) => {
      if (request.kind === "cancel") return;
      const { clOrdId, orderId } = request;
      if (isHalted(venue, venues.get(venue), orderId)) {
        throw new Violation(name, `${clOrdId} leaves for ${venue}, where it is halted`);
      }
      if (fenced.has(clOrdId)) {
        throw new Violation(name, `${clOrdId} leaves ${venue}: it stood before the halt`);
      }
    },
    unrest: () => stillOpen(evidence),
    atRest: () => {
      const open = stillOpen(evidence);
      if (open !== undefined) throw new Violation(name, open);
    },
  };
};

/** What a venue's shard has said. */
interface Fences {
  /** Keys of the halts in force. */
  readonly halts: Set<string>;
  /** Orders of requests that wait for the rate budget, by their ids. */
  readonly queued: Map<string, OrderId>;
}

const isHalted = (venue: VenueId, fences: Fences | undefined, orderId: OrderId): boolean => {
  const { account, strategy } = partsOfOrderId(orderId);
  return haltKeysOf(venue, account, strategy).some((key) => fences?.halts.has(key));
};

const followVenue = (
  { frame: { content } }: FrameSeen,
  venue: VenueId,
  venues: Map<VenueId, Fences>,
  fenced: Set<string>,
): void => {
  if (content.kind === "epoch") return;
  const fences = venues.get(venue) ?? { halts: new Set(), queued: new Map() };
  venues.set(venue, fences);
  const intents: Intent[] = [];
  for (const event of content.turns.flatMap(({ events }) => events as readonly VenueEvent[])) {
    if (event.type === "order_queued") {
      fences.queued.set(event.command.clOrdId, event.command.orderId);
    }
    const intent = intentOf(event, fences);
    if (intent !== undefined && isHalted(venue, fences, intent.orderId)) {
      throw new Violation(name, `${venue} means to send ${intent.clOrdId} while it is halted`);
    }
    if (intent !== undefined) intents.push(intent);
    if (event.type === "halt_set") {
      fences.halts.add(haltKey(venue, event));
      const stopped = intents.filter(({ orderId }) => isHalted(venue, fences, orderId));
      for (const { clOrdId } of stopped) fenced.add(clOrdId);
    }
    if (event.type === "halt_lifted") fences.halts.delete(haltKey(venue, event));
  }
};

/** A place or replace that a fact lets go. */
interface Intent {
  readonly clOrdId: string;
  readonly orderId: OrderId;
}

const intentOf = (event: VenueEvent, { queued }: Fences): Intent | undefined => {
  if (event.type === "order_released") {
    const { clOrdId } = event;
    const orderId = queued.get(clOrdId);
    queued.delete(clOrdId);
    return orderId === undefined ? undefined : { clOrdId, orderId };
  }
  if (event.type !== "request_sending" || event.command.kind === "cancel") return undefined;
  return event.command;
};

/** Which strategies a shard's orders may not be sent of, as it was before a frame. */
type Rules = (orderId: OrderId) => boolean;

const followAccount = (
  { mirrors }: Evidence,
  { name: shard, frame }: FrameSeen,
  rules: Map<string, Rules>,
): void => {
  const { content } = frame;
  if (content.kind === "epoch") return;
  const wasHalted = rules.get(shard) ?? (() => false);
  const events = content.turns.flatMap((turn) => turn.events as readonly AccountEvent[]);
  const isLifted = events.some((event) => "what" in event && event.what === "trading_state_set");
  for (const out of isLifted ? [] : frame.out()) {
    if (!("to" in out) || !out.to.startsWith("venue-")) continue;
    const { kind, orderId } = out.message as VenueCommand;
    if ((kind === "place" || kind === "replace") && wasHalted(orderId)) {
      throw new Violation(name, `${shard} sends a ${kind} of ${orderId}, which is halted`);
    }
  }
  const space = mirrors.accounts.get(shard)?.space;
  if (space === undefined) return;
  const states = new Map<string, boolean>();
  rules.set(shard, (orderId) => states.get(scopeOf(orderId)) ?? false);
  for (const orderId of space.keys("order")) {
    const { account, strategy } = partsOfOrderId(orderId as OrderId);
    const scope = scopeOf(orderId as OrderId);
    if (!states.has(scope)) {
      states.set(scope, tradingStateOf(space, account, strategy) === "halted");
    }
  }
};

const scopeOf = (orderId: OrderId): string => orderId.split(".").slice(0, 2).join(".");

/** An order that a kill means and that has no cancel on its way. */
const stillOpen = (evidence: Evidence): string | undefined => {
  const excused = notTold(evidence);
  for (const { space } of evidence.mirrors.accounts.values()) {
    for (const [, run] of space.entries("operatorCancel")) {
      for (const orderId of space.keys("open")) {
        const order = space.get("order", orderId);
        if (order === undefined || excused.has(order.orderId) || !isMeant(run, order)) continue;
        return `${orderId} is open, and ${run.cause} ${run.id} means it`;
      }
    }
  }
  return undefined;
};
