/**
 * What a strategy's command can fail with, in words a program can act on.
 *
 * Owns: the three outcomes of a command that got no acknowledgement.
 */

/**
 * - `not_sent`: it never left this process.
 * - `refused`: every attempt was refused, so nothing was stored; it may be sent again later.
 * - `unknown`: it may have been stored. Its order events tell; sending it again under the same
 *   clOrdId is safe.
 */
export type FailedOutcome = "not_sent" | "refused" | "unknown";

/** A command that was not acknowledged as durably received. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly outcome: FailedOutcome;
  /** The command's subject. */
  readonly subject: string;

  constructor(subject: string, outcome: FailedOutcome, reason: string, cause?: unknown) {
    super(`${subject}: ${reason} (${outcome})`, cause === undefined ? undefined : { cause });
    this.outcome = outcome;
    this.subject = subject;
  }
}

/** The client was closed while somebody still waited for an answer. */
export class ClientClosed extends Error {
  override readonly name = "ClientClosed";

  constructor() {
    super("the strategy client is closed");
  }
}

/** A reader of `events()` fell behind by more than its buffer holds. */
export class EventsOverflow extends Error {
  override readonly name = "EventsOverflow";

  constructor(buffered: number) {
    super(`more than ${buffered} events were waiting to be read`);
  }
}
