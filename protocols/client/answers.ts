/**
 * Who waits for which business answer: the first event that a command caused.
 *
 * Owns: the promises handed out with each acknowledged command.
 * Never: keeps one for ever: an answer is given, or the client is closed.
 */
import { ClientClosed } from "./client_error.ts";

/** What the answers are matched by. */
export interface CausedEvent {
  readonly orderId: string;
  /** `submit`, `replace:<id>`, `cancel:<id>` or a cause that nobody waits for. */
  readonly commandId: string;
}

interface Waiter<E> {
  readonly promise: Promise<E>;
  /** Sends of the same command that wait for the same answer. */
  sends: number;
  readonly resolve: (event: E) => void;
  readonly reject: (error: Error) => void;
}

/** Answers still to come. */
export class Answers<E extends CausedEvent> {
  readonly #byOrder = new Map<string, Map<string, Waiter<E>>>();
  #count = 0;

  /** Answers still to come. */
  get count(): number {
    return this.#count;
  }

  /**
   * Waits for the first event of that order with that cause. Call before the command is sent. A
   * command sent twice has one answer.
   */
  expect(orderId: string, commandId: string): Promise<E> {
    const waiters = this.#byOrder.get(orderId) ?? new Map<string, Waiter<E>>();
    const known = waiters.get(commandId);
    if (known !== undefined) {
      known.sends += 1;
      return known.promise;
    }
    const { promise, resolve, reject } = Promise.withResolvers<E>();
    // Whoever does not look at the answer must not be ended by its rejection.
    promise.catch(() => undefined);
    waiters.set(commandId, { promise, sends: 1, resolve, reject });
    this.#byOrder.set(orderId, waiters);
    this.#count += 1;
    return promise;
  }

  /** The command failed: unless it was sent a second time, nobody will answer it. */
  fail(orderId: string, commandId: string, error: Error): void {
    const waiter = this.#byOrder.get(orderId)?.get(commandId);
    if (waiter === undefined) return;
    waiter.sends -= 1;
    if (waiter.sends === 0) this.#take(orderId, commandId)?.reject(error);
  }

  /** An event came. */
  give(event: E): void {
    this.#take(event.orderId, event.commandId)?.resolve(event);
  }

  /** Events of that order were lost; whoever waits gets the next one, which tells its state. */
  giveAfterGap(event: E): void {
    for (const commandId of [...(this.#byOrder.get(event.orderId)?.keys() ?? [])]) {
      this.#take(event.orderId, commandId)?.resolve(event);
    }
  }

  /** Rejects everything that is still waited for. */
  close(): void {
    for (const waiters of this.#byOrder.values()) {
      for (const waiter of waiters.values()) waiter.reject(new ClientClosed());
    }
    this.#byOrder.clear();
    this.#count = 0;
  }

  #take(orderId: string, commandId: string): Waiter<E> | undefined {
    const waiters = this.#byOrder.get(orderId);
    const waiter = waiters?.get(commandId);
    if (waiters === undefined || waiter === undefined) return undefined;
    waiters.delete(commandId);
    if (waiters.size === 0) this.#byOrder.delete(orderId);
    this.#count -= 1;
    return waiter;
  }
}
