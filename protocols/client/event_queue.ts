/**
 * A bounded buffer between a callback and a `for await` loop.
 *
 * Owns: one reader's backlog.
 * Never: drops an item in silence: a reader that falls too far behind is ended with an error.
 */
import { EventsOverflow } from "./client_error.ts";

/** One reader's backlog as an async iterable; it can be read once. */
export class EventQueue<A> implements AsyncIterableIterator<A> {
  readonly #max: number;
  readonly #onEnd: () => void;
  #items: A[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;

  /** @param onEnd called once when the reader leaves or the queue is closed */
  constructor(max: number, onEnd: () => void) {
    this.#max = max;
    this.#onEnd = onEnd;
  }

  /** Adds an item; over the limit the reader is ended with EventsOverflow. */
  push(item: A): void {
    if (this.#ended) return;
    if (this.#items.length >= this.#max) {
      this.#failure = new EventsOverflow(this.#max);
      this.#items = [];
      this.close();
      return;
    }
    this.#items.push(item);
    this.#wake?.();
  }

  /** No more items; what is buffered can still be read. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<A>> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return { done: false, value: item };
      if (this.#failure !== undefined) {
        const failure = this.#failure;
        this.#failure = undefined;
        throw failure;
      }
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  return(): Promise<IteratorResult<A>> {
    this.#items = [];
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<A> {
    return this;
  }
}
