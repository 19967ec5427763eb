/**
 * A strategy by hand for tests of venues: orders that rest, and what became of them.
 *
 * Owns: the account and the ids that it uses.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { streams } from "../../../protocols/kernel/subjects.ts";
import type { FaultWorld, Strategy } from "./fault_world.ts";
import { readStream } from "./event_record.ts";

/** Who trades. */
export const desk: Strategy = ["ALFA", "hand"];

/** A venue's event as it was published. */
export type VenueEventBody = Readonly<Record<string, unknown>>;

let made = 0;

/** Where the market is not: a tenth below it. */
const farBelow = ({ prices }: FaultWorld): string =>
  (Math.floor(prices.mid("BTC-USDT") * 0.9 * 100) / 100).toFixed(2);

/** Sends an order, a small buy unless said otherwise; its id. */
export const submit = async (world: FaultWorld, change: object): Promise<string> => {
  const [account, strategy] = desk;
  made += 1;
  const clOrdId = `r${made}`;
  const body = {
    instrument: "BTC-USDT",
    side: "buy",
    ordType: "limit",
    orderQty: "0.001",
    timeInForce: "gtc",
    ...change,
  };
  const verb = "submit" as const;
  await world.sender.send({ account, strategy, clOrdId, verb, commandId: verb, body });
  return clOrdId;
};

/** Sends a buy order far below the market; its id. Without a venue it is routed. */
export const rest = (world: FaultWorld, venue?: string): Promise<string> => {
  const route = venue === undefined ? {} : { route: { policy: "direct", venue } };
  return submit(world, { price: farBelow(world), ...route });
};

/** Asks for an order's cancel. */
export const cancel = async (world: FaultWorld, clOrdId: string): Promise<void> => {
  const [account, strategy] = desk;
  const [verb, cancelId] = ["cancel", `c-${clOrdId}`] as const;
  const commandId = `cancel:${cancelId}`;
  await world.sender.send({ account, strategy, clOrdId, verb, commandId, body: { cancelId } });
};

/** The words (`execType`, with the code of a refusal) that were said of an order so far. */
export const wordsOf = async (world: FaultWorld, clOrdId: string): Promise<readonly string[]> => {
  const [account, strategy] = desk;
  const prefix = `oms.v1.evt.order.${account}.${strategy}.${clOrdId}.`;
  const stored = await readStream(world.sender.connection, streams.events);
  return stored.flatMap(({ subject, data }) => {
    if (!subject.startsWith(prefix)) return [];
    const { execType, rejectCode } = JSON.parse(data) as {
      readonly execType: string;
      readonly rejectCode?: string;
    };
    return [rejectCode === undefined ? execType : `${execType} ${rejectCode}`];
  });
};

/** A venue's events of one kind, in order. */
export const venueEvents = async (
  world: FaultWorld,
  venue: string,
  what: string,
): Promise<readonly VenueEventBody[]> => {
  const stored = await readStream(world.sender.connection, streams.events);
  const subject = `oms.v1.evt.venue.${venue}.${what}`;
  return stored
    .filter((message) => message.subject === subject)
    .map(({ data }) => JSON.parse(data) as VenueEventBody);
};

/** Waits until something holds; fails with `what` otherwise. */
export const until = async (
  what: string,
  holds: () => Promise<boolean> | boolean,
  wait_ms = 60_000,
): Promise<number> => {
  const began_ms = Date.now();
  while (!(await holds())) {
    if (Date.now() - began_ms > wait_ms) throw new Error(`waited in vain: ${what}`);
    await sleep(100);
  }
  return Date.now() - began_ms;
};
