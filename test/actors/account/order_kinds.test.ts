/**
 * Every order type × time in force × instruction of the contract, through a whole account shard: it
 * is denied with the code that the table gives, or it gets to its venue in the words that the venue
 * has, after its trigger and its auction where it has one.
 */
import { describe, expect, it } from "vitest";
import { honour, isHonoured, venueTimeInForce } from "../../../actors/held/honour_table.ts";
import { afterTrigger, triggerKindOf } from "../../../protocols/ord_type.ts";
import { execInsts, ordTypes, timesInForce } from "../../../protocols/ord_words.ts";
import type { ExecInst, OrdType, TimeInForce } from "../../../protocols/ord_words.ts";
import { always, calendarOf } from "../../../protocols/session_calendar.ts";
import { plainOffer } from "../../../protocols/venue_offer.ts";
import { btc, reference } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const hours = [{ weekdays: [1, 2, 3, 4, 5], open_min: 540, close_min: 1_020 }];
const calendar = calendarOf({ ...always, hours });
if ("fault" in calendar) throw new Error(calendar.fault);
const instruments = new Map(
  [...reference.instruments].map(([id, one]) => [id, { ...one, sessions: calendar }]),
);

const day_ms = 24 * 3_600_000;

interface Kind {
  readonly ordType: OrdType;
  readonly timeInForce: TimeInForce;
  readonly execInst: readonly ExecInst[];
  readonly maxFloor: boolean;
}

/** A purchase of 10: stops at 110, if-touched at 95, limits beside them. */
const bodyOf = ({ ordType, timeInForce, execInst, maxFloor }: Kind): Record<string, unknown> => {
  const trigger = triggerKindOf[ordType];
  const stopPx = trigger === "stop" ? "110" : trigger === "touch" ? "95" : undefined;
  const isLimit = afterTrigger[ordType] === "limit";
  return {
    instrument: btc,
    side: "buy",
    ordType,
    timeInForce,
    execInst,
    orderQty: "10",
    ...(isLimit ? { price: trigger === "stop" ? "112" : "94" } : {}),
    ...(stopPx === undefined ? {} : { stopPx }),
    ...(trigger === "trail" ? { trailOffset: "5" } : {}),
    ...(timeInForce === "gtd" ? { expireTime: "1800000000000000000" } : {}),
    ...(maxFloor ? { maxFloor: "4" } : {}),
  };
};

const kinds: readonly (readonly [string, Kind])[] = ordTypes.flatMap((ordType) =>
  timesInForce.flatMap((timeInForce) =>
    [[], ...execInsts.map((inst) => [inst])].flatMap((execInst) =>
      [false, true].map((maxFloor) => {
        const words = [ordType, timeInForce, ...execInst, ...(maxFloor ? ["maxFloor"] : [])];
        return [words.join(" "), { ordType, timeInForce, execInst, maxFloor }] as const;
      }),
    ),
  ),
);

describe("an order", () => {
  it.each(kinds)("%s", (_words, kind) => {
    const desk = new DeskShard({ instruments });
    desk.takePosition(-20);
    const asked = { ...kind, hasMaxFloor: kind.maxFloor };
    const answer = honour(asked, [plainOffer, plainOffer], true);
    const said = desk.submit("a", bodyOf(kind));
    if (!isHonoured(answer)) {
      expect(said).toEqual([`a denied denied ${answer.code}`]);
      desk.check();
      return;
    }
    expect(said).toEqual(["a pending_new pending_new"]);
    const isWaiting = answer.trigger === "us" || answer.auction === "us";
    if (isWaiting) expect(desk.placed("a")).toEqual([]);
    if (answer.trigger === "us") {
      // Up through the stops, with the if-touched orders' price before it.
      if (triggerKindOf[kind.ordType] === "touch") desk.quote(94, 95);
      else for (const ask of [101, 99, 104, 110]) desk.quote(ask - 2, ask);
    }
    if (answer.auction === "us") desk.advance(day_ms);
    if (isWaiting) expect(desk.said).toContain("a triggered pending_new");
    const placed = desk.sent.flatMap(({ command }) =>
      command.kind === "place" && command.orderId.endsWith(".a") ? [command] : [],
    );
    expect(placed).toMatchObject([
      {
        ordType: afterTrigger[kind.ordType],
        timeInForce: venueTimeInForce(kind, plainOffer),
        orderQty_lots: kind.maxFloor ? 4 : 10,
      },
    ]);
    expect(placed[0]?.postOnly).toBe(kind.execInst.includes("post_only") ? true : undefined);
    expect(placed[0]?.allOrNone).toBeUndefined();
    expect(placed[0]?.trigger).toBeUndefined();
    desk.check();
  });
});
