/**
 * The event feed as a subscriber hears it, kept in order: for tests that look often.
 *
 * Owns: its subscription on the world's connection. What was said before it began is not on it.
 */
import type { FaultWorld, Strategy } from "./fault_world.ts";

/** An event as it was heard. */
export interface TapedEvent {
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The tape. */
export class FeedTape {
  readonly events: TapedEvent[] = [];
  readonly #seen = new Set<unknown>();

  constructor({ sender }: FaultWorld) {
    sender.connection.subscribe("oms.v1.evt.>", {
      callback: (error, message) => {
        if (error !== null) return;
        const body = message.json<TapedEvent["body"]>();
        // A node that was killed may publish once more what it had not heard to be stored.
        if (body["eventId"] !== undefined && this.#seen.has(body["eventId"])) return;
        this.#seen.add(body["eventId"]);
        this.events.push({ subject: message.subject, body });
      },
    });
  }

  /** What was said of a venue, by the kind of event. */
  ofVenue(venue: string, what: string): readonly TapedEvent["body"][] {
    const wanted = `oms.v1.evt.venue.${venue}.${what}`;
    return this.events.flatMap(({ subject, body }) => (subject === wanted ? [body] : []));
  }

  /** The words (`execType`, with the code of a refusal) that were said of an order. */
  wordsOf([account, strategy]: Strategy, clOrdId: string): readonly string[] {
    const prefix = `oms.v1.evt.order.${account}.${strategy}.${clOrdId}.`;
    return this.events.flatMap(({ subject, body }) => {
      if (!subject.startsWith(prefix)) return [];
      const { execType, rejectCode } = body as { execType: string; rejectCode?: string };
      return [rejectCode === undefined ? execType : `${execType} ${rejectCode}`];
    });
  }

  /** Subjects of what was said of orders, positions and accounts, in order. */
  get business(): readonly string[] {
    return this.events.flatMap(({ subject }) =>
      /^oms\.v1\.evt\.(order|position|account)\./.test(subject) ? [subject] : [],
    );
  }
}
