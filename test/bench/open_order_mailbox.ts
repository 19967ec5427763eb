/**
 * A mailbox inside the process, for an account shard that is to hold many open orders: it hands in
 * the submits, and answers for the venue, whose every order is acknowledged and rests.
 *
 * Owns: what is delivered, and the order of it.
 */
import { Effect, Latch, Layer } from "effect";
import type { AccountId, VenueId } from "../../protocols/kernel/ids.ts";
import { shardName, venueShard } from "../../protocols/kernel/shard.ts";
import {
  commandSubject,
  parcelSubject,
  placedCommandSubject,
} from "../../protocols/kernel/subjects.ts";
import type { LegReport, PlaceLeg, VenueStatusReport } from "../../protocols/venue.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import { accountShard } from "../../protocols/kernel/shard.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import type { Delivery, Intake } from "../../runtime/mailbox.ts";
import { decodeParcel, encodeParcel } from "../../runtime/parcel.ts";
import { accounts, venueName } from "./bench_config.ts";
import { orderBody } from "./order_body.ts";

const venue = venueName as VenueId;
const venueOfShard = venueShard(venue);
const strategy = "hold";

/** Strategy's id of the order of that number. */
export const heldOrder = (index: number) => ({
  account: accounts[index % accounts.length] as AccountId,
  strategy,
  clOrdId: `h-${String(index).padStart(9, "0")}`,
});

const now_ns = (): bigint => BigInt(Date.now()) * 1_000_000n;

const submit = (index: number): Delivery => {
  const { account, clOrdId } = heldOrder(index);
  const subject = placedCommandSubject(commandSubject(account, strategy, clOrdId, "submit"), 1);
  return {
    lane: "n",
    seq: index + 1,
    subject: subject ?? "",
    data: Buffer.from(orderBody(Math.floor(index / accounts.length))),
    stored_ns: now_ns(),
    traceparent: undefined,
  };
};

const acknowledge = ({ clOrdId, orderId, orderQty_lots, price_ticks }: PlaceLeg): LegReport => ({
  kind: "report",
  venue,
  orderId,
  execType: "new",
  clOrdId,
  venueOrderId: `V-${clOrdId}`,
  execId: `E-${clOrdId}`,
  cumQty_lots: 0,
  orderQty_lots,
  ...(price_ticks === undefined ? {} : { price_ticks }),
  tsEvent: toNanos(now_ns()),
});

/** The mailbox that opens this many orders in account shard 0. */
export const openOrderMailbox = (orders: number): Layer.Layer<Mailbox> => {
  const waiting: Delivery[] = [];
  const some = Latch.makeUnsafe(false);
  let parcels = 0;
  const fromVenue = (messages: readonly (LegReport | VenueStatusReport)[]): void => {
    parcels += 1;
    const items = messages.map((message, index) => ({
      frame: parcels,
      index,
      text: JSON.stringify(message),
    }));
    waiting.push({
      lane: "h",
      seq: parcels,
      subject: parcelSubject(accountShard(0), venueOfShard),
      data: encodeParcel(shardName(venueOfShard), items),
      stored_ns: now_ns(),
      traceparent: undefined,
    });
    some.openUnsafe();
  };
  fromVenue([{ kind: "venue_status", venue, open: true, reason: "logged_on" }]);

  const deliverSubmits = Effect.fnUntraced(function* (intake: Intake) {
    for (let index = 0; index < orders; index += 1) {
      if (!intake.deliver(submit(index))) yield* intake.room("n");
    }
    return yield* Effect.never;
  });
  const deliverParcels = Effect.fnUntraced(function* (intake: Intake) {
    while (true) {
      const next = waiting.shift();
      if (next === undefined) {
        some.closeUnsafe();
        yield* some.await;
      } else if (!intake.deliver(next)) yield* intake.room("h");
    }
  });
  return Layer.succeed(
    Mailbox,
    Mailbox.of({
      publish: (_subject, data) =>
        Effect.sync(() => {
          const placed = decodeParcel(data).items.map(([, , message]) => message as PlaceLeg);
          fromVenue(placed.map(acknowledge));
        }),
      trim: () => Effect.void,
      consume: (_shard, lane, _afterSeq, intake) =>
        lane === "n" ? deliverSubmits(intake) : deliverParcels(intake),
    }),
  );
};
