/**
 * The client process of the load: keeps a bounded number of orders under way, over several
 * accounts, and counts those that went their whole way: submit → pending_new → new → trade, filled.
 *
 * Reads only the subjects of events, so that it costs as little as it can. An order that ends in
 * any other way is a fault of the run.
 */
import { connect, headers } from "nats";
import { commandSubject, orderEventFilter } from "../../protocols/kernel/subjects.ts";
import { orderBody } from "./order_body.ts";
import { serveJobs } from "./worker.ts";

/** What the generator is asked. */
export type LoadGeneratorJobs = { readonly run: (setup: LoadSetup) => Promise<LoadResult> };

interface LoadSetup {
  readonly server: string;
  readonly accounts: readonly string[];
  readonly strategy: string;
  /** Orders under way at any moment. */
  readonly window: number;
  /** Ends after this many orders … */
  readonly orders_max?: number;
  /** … or after this long. */
  readonly run_ms?: number;
}

/** What a run came to. */
export interface LoadResult {
  readonly orders: number;
  readonly took_ms: number;
}

/** Without an event for this long the run has failed. */
const silence_ms_max = 10_000;
let runs = 0;

const run: LoadGeneratorJobs["run"] = async (setup) => {
  runs += 1;
  const { accounts, strategy, window } = setup;
  const orders_max = setup.orders_max ?? Number.POSITIVE_INFINITY;
  const run_ms = setup.run_ms ?? Number.POSITIVE_INFINITY;
  const connection = await connect({ servers: setup.server, noAsyncTraces: true });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let sent = 0;
  let filled = 0;
  let heard_ms = performance.now();
  const began_ms = heard_ms;
  const send = (): void => {
    const account = accounts[sent % accounts.length] ?? "";
    const clOrdId = `r${process.pid}-${runs}-${sent}`;
    const body = orderBody(Math.floor(sent / accounts.length));
    sent += 1;
    const id = headers();
    id.set("Nats-Msg-Id", `${account}.${clOrdId}`);
    connection.publish(commandSubject(account, strategy, clOrdId, "submit"), body, { headers: id });
  };
  const onEvent = (subject: string): void => {
    heard_ms = performance.now();
    const execType = subject.slice(subject.lastIndexOf(".") + 1);
    if (execType === "pending_new" || execType === "new") return;
    if (execType !== "trade") return reject(new Error(`an order came to ${subject}`));
    filled += 1;
    if (sent < orders_max && heard_ms - began_ms < run_ms) send();
    else if (filled >= Math.min(orders_max, sent)) resolve();
  };
  for (const account of accounts) {
    connection.subscribe(orderEventFilter(account, strategy), {
      callback: (error, message) => (error === null ? onEvent(message.subject) : reject(error)),
    });
  }
  await connection.flush();
  const watch = setInterval(() => {
    if (performance.now() - heard_ms < silence_ms_max) return;
    reject(new Error(`no event any more; ${filled} of ${sent} orders filled`));
  }, 500);
  try {
    for (let index = 0; index < Math.min(window, orders_max); index += 1) send();
    await ended;
  } finally {
    clearInterval(watch);
    await connection.close();
  }
  return { orders: filled, took_ms: performance.now() - began_ms };
};

const jobs: LoadGeneratorJobs = { run };
serveJobs(jobs);
