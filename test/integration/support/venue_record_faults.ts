/**
 * Compares venues' own records, busts and corrections included, with what the OMS has told.
 *
 * Owns: the comparison order by order, fill by fill, position by position. An empty list is the
 * proof.
 */
import { parseDecimal } from "../../../protocols/kernel/decimal.ts";
import { querySubject } from "../../../protocols/kernel/subjects.ts";
import type { VenueDump } from "../../../deploy/simulator/control_client.ts";
import type { OrderEventBody } from "../../../protocols/order_event.ts";
import type { SimDumpExecution } from "../../../protocols/sim_wire.ts";
import type { AskedPosition } from "./evidence.ts";
import { readEvents } from "./event_record.ts";
import type { EventRecord } from "./event_record.ts";
import type { FaultWorld, Strategy } from "./fault_world.ts";
import { readJournals } from "./journal_record.ts";

/** What is compared. */
export interface RecordsOfBothSides {
  readonly events: EventRecord;
  /** The order behind each of our ids at a venue. */
  readonly orderOfRequest: ReadonlyMap<string, string>;
  readonly positions: readonly AskedPosition[];
  readonly dumps: ReadonlyMap<string, VenueDump>;
}

/** Asks the OMS, ends its nodes, reads its feed and journals, and compares. */
export const venueRecordFaultsOf = async (
  world: FaultWorld,
  strategies: readonly Strategy[],
  dumps: ReadonlyMap<string, VenueDump>,
): Promise<readonly string[]> =>
  venueRecordFaults(await recordsOfBothSides(world, strategies, dumps));

/** Asks the OMS, ends its nodes, reads its feed and journals. */
export const recordsOfBothSides = async (
  world: FaultWorld,
  strategies: readonly Strategy[],
  dumps: ReadonlyMap<string, VenueDump>,
): Promise<RecordsOfBothSides> => {
  const { sender, nats, file } = world;
  const positions: AskedPosition[] = [];
  for (const account of new Set(strategies.map(([name]) => name))) {
    const answer = await sender.askPatiently(querySubject(account, "any", "positions"));
    const list = (answer as { readonly positions: readonly Omit<AskedPosition, "account">[] })
      .positions;
    positions.push(...list.map((position) => ({ ...position, account })));
  }
  for (const node of world.nodes) if (node.exit === undefined) await node.drain();
  const { orderOfRequest } = await readJournals(nats.url, file.config);
  const events = await readEvents(sender.connection);
  return { events, orderOfRequest, positions, dumps };
};

/** An execution as it counts now, in one line. */
type Standing = string;

/** Every contradiction, a line each. */
export const venueRecordFaults = (records: RecordsOfBothSides): readonly string[] => [
  ...records.events.faults,
  ...executionFaults(records),
  ...orderFaults(records),
  ...positionFaults(records),
];

const standingOf = ({ lastQty, lastPx, amendments }: SimDumpExecution): Standing => {
  const now = amendments?.at(-1) ?? { lastQty, lastPx };
  return units(now.lastQty) === 0n ? "nothing" : `${units(now.lastQty)} at ${units(now.lastPx)}`;
};

/**
 * What executions count for by our events, under each id. A venue that uses its ids again can give
 * two executions of one order the same one, so that an id has as many standings as bookings.
 */
const standingsOf = (events: EventRecord, faults: string[]): Map<string, Standing[]> => {
  const standings = new Map<string, Standing[]>();
  for (const [orderId, list] of events.orders) {
    for (const event of list) {
      const { execType, lastMkt, execId, execRefId } = event;
      if (execType === "trade") {
        const key = keyOf(lastMkt, execId, orderId);
        standings.set(key, [...(standings.get(key) ?? []), numbersOf(event)]);
      }
      if (execType !== "trade_cancel" && execType !== "trade_correct") continue;
      const key = keyOf(lastMkt, execRefId, orderId);
      const booked = standings.get(key) ?? [];
      if (booked.length === 0) {
        faults.push(`${execType} of ${key}, which was not booked`);
        continue;
      }
      // A bust says which numbers it takes back; where that does not tell, the last one is meant.
      const named = execType === "trade_cancel" ? booked.lastIndexOf(numbersOf(event)) : -1;
      const at = named === -1 ? booked.length - 1 : named;
      const now = execType === "trade_cancel" ? "nothing" : numbersOf(event);
      // One that was ours alone, until its execution came: no venue knows of it.
      const isGone = event.provisional === true && now === "nothing";
      standings.set(key, isGone ? booked.toSpliced(at, 1) : booked.with(at, now));
    }
  }
  return standings;
};

const numbersOf = ({ lastQty = "0", lastPx = "0" }: OrderEventBody): Standing =>
  `${units(lastQty)} at ${units(lastPx)}`;

const executionFaults = (records: RecordsOfBothSides): readonly string[] => {
  const faults: string[] = [];
  const ours = standingsOf(records.events, faults);
  const theirs = new Map<string, Standing[]>();
  for (const [venue, { executions }] of records.dumps) {
    for (const execution of executions) {
      const orderId = records.orderOfRequest.get(execution.clOrdId) ?? "none of ours";
      const key = keyOf(venue, execution.execId, orderId);
      theirs.set(key, [...(theirs.get(key) ?? []), standingOf(execution)]);
    }
  }
  for (const key of new Set([...theirs.keys(), ...ours.keys()])) {
    const [here, there] = [ours.get(key) ?? [], theirs.get(key) ?? []].map((list) =>
      list.toSorted().join(" and "),
    );
    if (here === there) continue;
    if (here === "") faults.push(`${key}, ${there}, was never booked`);
    else if (there === "") faults.push(`${key}, ${here}, is unknown there`);
    else faults.push(`${key} is ${there}, we have ${here}`);
  }
  return faults;
};

/** Venues use ids of executions again after a restart, those of ours never are. */
const keyOf = (venue: string | undefined, execId: string | undefined, orderId: string): string =>
  `${venue} ${execId} of ${orderId}`;

const endings: ReadonlySet<string> = new Set([
  "filled",
  "canceled",
  "denied",
  "rejected",
  "expired",
]);

const orderFaults = ({ events, orderOfRequest, dumps }: RecordsOfBothSides): readonly string[] => {
  const faults: string[] = [];
  const filled = new Map<string, bigint>();
  for (const [venue, { orders }] of dumps) {
    for (const { order } of orders) {
      const orderId = orderOfRequest.get(order.clOrdId);
      if (orderId === undefined) faults.push(`${venue} has ${order.clOrdId}, none of ours`);
      else filled.set(orderId, (filled.get(orderId) ?? 0n) + units(order.cumQty));
      if (endings.has(order.ordStatus)) continue;
      faults.push(`${order.clOrdId} of ${orderId ?? "nobody"} is open at ${venue}`);
    }
  }
  for (const [orderId, list] of events.orders) {
    const last = list.at(-1);
    const story = list.map(({ execType, ordStatus }) => `${execType}/${ordStatus}`).join(" | ");
    if (last === undefined || !endings.has(last.ordStatus)) {
      faults.push(`${orderId} has not ended: ${story}`);
    } else if (units(last.cumQty ?? "0") !== (filled.get(orderId) ?? 0n)) {
      faults.push(`${orderId} has ${last.cumQty}, venues ${filled.get(orderId)}e-8: ${story}`);
    }
  }
  return faults;
};

const positionFaults = (records: RecordsOfBothSides): readonly string[] => {
  const faults: string[] = [];
  const sums = new Map<string, bigint>();
  for (const { executions } of records.dumps.values()) {
    for (const { clOrdId, instrument, side, lastQty, amendments } of executions) {
      const account = records.orderOfRequest.get(clOrdId)?.split(".")[0] ?? "?";
      const qty = units(amendments?.at(-1)?.lastQty ?? lastQty);
      const key = `${account}.${instrument}`;
      sums.set(key, (sums.get(key) ?? 0n) + (side === "buy" ? qty : -qty));
    }
  }
  for (const { account, instrument, netQty, openBuyQty, openSellQty } of records.positions) {
    const key = `${account}.${instrument}`;
    const sum = sums.get(key) ?? 0n;
    sums.delete(key);
    if (units(netQty) !== sum) faults.push(`${key} is ${netQty}, the venues give ${sum}e-8`);
    if (units(openBuyQty) !== 0n || units(openSellQty) !== 0n) {
      faults.push(`${key} still reserves ${openBuyQty} to buy, ${openSellQty} to sell`);
    }
  }
  for (const [key, sum] of sums) if (sum !== 0n) faults.push(`${key}: we have none of ${sum}e-8`);
  return faults;
};

/** A decimal in units of 1e-8. */
const units = (text: string): bigint => {
  const decimal = parseDecimal(text);
  if (decimal === undefined || decimal.scale > 8) throw new Error(`${text} has too many digits`);
  return decimal.units * 10n ** BigInt(8 - decimal.scale);
};
