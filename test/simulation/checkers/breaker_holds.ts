/**
 * While a venue's circuit breaker is open no place or replace is let go for it; half-open lets go a
 * few at a time, and none before a harmless question was answered. It comes back: at rest, where
 * the venue is well, none is open.
 */
import { breakerOptions_default } from "../../../actors/venue/breaker_options.ts";
import type { BreakerPhase } from "../../../actors/venue/breaker_model.ts";
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import type { VenueId } from "../../../protocols/kernel/ids.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence } from "./checker.ts";

const name = "breaker_holds";

/** A longer wait than this for the next trial is another day's matter. */
const soon_ns = 15_000_000_000n;

interface Followed {
  phase: BreakerPhase;
  /** Harmless questions answered in this phase. */
  answered: number;
  /** Orders let go in this phase and not answered. */
  readonly flying: Set<string>;
}

/** Makes the checker. */
export const breakerHolds: CheckerMaker = (evidence) => {
  const breakers = new Map<VenueId, Followed>();
  const take = (venue: VenueId, event: VenueEvent): void => {
    const breaker = breakers.get(venue) ?? { phase: "closed", answered: 0, flying: new Set() };
    breakers.set(venue, breaker);
    if (event.type === "breaker_changed") {
      breakers.set(venue, { phase: event.to, answered: 0, flying: new Set() });
    } else if (event.type === "breaker_answered") {
      breaker.answered += 1;
    }
    for (const id of landed(event)) breaker.flying.delete(id);
    const id = letGo(event);
    if (id === undefined || breaker.phase === "closed") return;
    breaker.flying.add(id);
    const few = breaker.flying.size <= breakerOptions_default.trial_max;
    if (breaker.phase === "half_open" && breaker.answered > 0 && few) return;
    const { phase, answered, flying } = breaker;
    const how = `${phase}, ${answered} questions answered, ${flying.size} in flight`;
    throw new Violation(name, `${id} is let go for ${venue}: its breaker is ${how}`);
  };
  return {
    name,
    onFrame: ({ shard, frame: { content } }) => {
      if (shard.kind !== "venue" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(({ events }) => events as readonly VenueEvent[])) {
        take(shard.key as VenueId, event);
      }
    },
    unrest: () => notClosed(evidence),
  };
};

/** The place or replace that a fact lets go. */
const letGo = (event: VenueEvent): string | undefined => {
  if (event.type === "order_released") return event.clOrdId;
  if (event.type !== "request_sending" || event.command.kind === "cancel") return undefined;
  return event.command.clOrdId;
};

/** The requests of which a fact says what became of them, as far as is known. */
const landed = (event: VenueEvent): readonly string[] => {
  if (event.type === "report_received") return event.answers;
  const isOne = event.type === "request_in_doubt" || event.type === "request_not_sent";
  return isOne ? [event.clOrdId] : [];
};

const notClosed = ({ mirrors, now_ns }: Evidence): string | undefined => {
  for (const [venue, { space }] of mirrors.venues) {
    const { phase = "closed", until = "0" } = space.get("breaker", venue) ?? {};
    if (phase !== "closed" && BigInt(until) < now_ns() + soon_ns) {
      return `${venue}'s breaker is ${phase}`;
    }
  }
  return undefined;
};
