/**
 * Order type × time in force × instructions × what the venues take: the venue does it, we do it, or
 * it is denied with a code.
 *
 * Two steps. Some combinations mean nothing anywhere, and the table below denies them. The rest
 * is split into what a venue must take by itself (it decides which venues come into question) and
 * what we do where not all of those take it: hold for a trigger or an auction, show slices, end in
 * time.
 *
 * What we do, and how the child order then reads at the venue:
 *
 *  | asked for                | done by us as                                                   |
 *  |--------------------------|-----------------------------------------------------------------|
 *  | stop, market_if_touched, trailing_stop | wait, then a market order                         |
 *  | stop_limit, limit_if_touched           | wait, then a limit order                          |
 *  | day, gtd                 | gtc (or the venue's own), cancelled when its time is over       |
 *  | at_the_open, at_the_close| wait for the session's open or close, then ioc                  |
 *  | maxFloor                 | one slice after the other                                       |
 *  | reduce_only              | always by us (`reduce_only.ts`)                                 |
 *  | all_or_none + ioc        | fok, which is the same                                          |
 *
 * `ioc` and `fok` on an order with a trigger speak of what happens after it; the wait itself ends
 * with the day.
 *
 * Owns: the table. Never: looks at a price, a quantity or a time.
 */
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { afterTrigger, hasTrigger } from "../../protocols/ord_type.ts";
import type { ExecInst, OrdType, TimeInForce } from "../../protocols/ord_words.ts";
import type { VenueOffer } from "../../protocols/venue_offer.ts";

/** What an order asks for. */
export interface Asked {
  readonly ordType: OrdType;
  readonly timeInForce: TimeInForce;
  readonly execInst: readonly ExecInst[];
  /** Whether it is to show only a part. */
  readonly hasMaxFloor: boolean;
}

/** Who does a thing that not every venue does. */
export type Doer = "venue" | "us";

/** How an order is honoured. */
export interface Honoured {
  /** Who waits for the trigger; absent without one. */
  readonly trigger?: Doer;
  /** Who waits for the auction; absent without one. */
  readonly auction?: Doer;
  /** Who shows slices; absent without `maxFloor`. */
  readonly iceberg?: Doer;
  /** The venues that can take it, by their place in the list that was given. */
  readonly venues: readonly number[];
}

const isImmediate = (timeInForce: TimeInForce): boolean =>
  timeInForce === "ioc" || timeInForce === "fok";

const isAuction = (timeInForce: TimeInForce): boolean =>
  timeInForce === "at_the_open" || timeInForce === "at_the_close";

type Rule = (asked: Asked) => Refusal | undefined;

const insts = ({ execInst }: Asked, one: ExecInst): boolean => execInst.includes(one);

/** Combinations that mean nothing, in the order in which they are answered. */
const contradictions: readonly Rule[] = [
  ({ ordType, timeInForce }) =>
    hasTrigger(ordType) && isAuction(timeInForce)
      ? refuse("TIF_UNSUPPORTED", { ordType, timeInForce })
      : undefined,
  (asked) => {
    const { ordType, timeInForce } = asked;
    // It must rest to be what it says.
    const rests = afterTrigger[ordType] === "limit" && !isImmediate(timeInForce);
    return insts(asked, "post_only") && (!rests || isAuction(timeInForce))
      ? refuse("EXEC_INST_UNSUPPORTED", { execInst: "post_only", ordType, timeInForce })
      : undefined;
  },
  (asked) =>
    insts(asked, "all_or_none") && insts(asked, "post_only")
      ? refuse("EXEC_INST_UNSUPPORTED", { execInst: "all_or_none,post_only" })
      : undefined,
  (asked) => {
    const { hasMaxFloor, ordType, timeInForce } = asked;
    if (!hasMaxFloor) return undefined;
    const rests =
      afterTrigger[ordType] === "limit" && !isImmediate(timeInForce) && !isAuction(timeInForce);
    if (!rests) return refuse("EXEC_INST_UNSUPPORTED", { maxFloor: "set", ordType, timeInForce });
    return insts(asked, "all_or_none")
      ? refuse("EXEC_INST_UNSUPPORTED", { execInst: "all_or_none", maxFloor: "set" })
      : undefined;
  },
];

/**
 * How an order can be honoured among some venues.
 *
 * @param venues what each venue that is in question takes; at least one
 * @param hasSessions whether the instrument opens and closes at all
 */
export const honour = (
  asked: Asked,
  venues: readonly VenueOffer[],
  hasSessions: boolean,
): Honoured | Refusal => {
  for (const rule of contradictions) {
    const refusal = rule(asked);
    if (refusal !== undefined) return refusal;
  }
  const { ordType, timeInForce } = asked;
  const numbered = venues.map((offer, place) => ({ offer, place }));
  const ofType = numbered.filter(({ offer: { ordTypes } }) => {
    return ordTypes.has(ordType) || ordTypes.has(afterTrigger[ordType]);
  });
  if (ofType.length === 0) return refuse("ORDER_TYPE_UNSUPPORTED", { ordType });
  const inTime = ofType.filter(
    ({ offer }) =>
      venueTimeInForce(asked, offer) !== undefined &&
      (hasSessions || !isAuction(timeInForce) || offer.timesInForce.has(timeInForce)),
  );
  if (inTime.length === 0) return refuse("TIF_UNSUPPORTED", { timeInForce });
  const able = inTime.filter(({ offer }) =>
    venueExecInst(asked, offer).every((inst) => offer.execInsts.has(inst)),
  );
  if (able.length === 0) {
    return refuse("EXEC_INST_UNSUPPORTED", { execInst: asked.execInst.join(",") });
  }
  const doer = (takes: (offer: VenueOffer) => boolean): Doer =>
    able.every(({ offer }) => takes(offer)) ? "venue" : "us";
  return {
    ...(hasTrigger(ordType) ? { trigger: doer(({ ordTypes }) => ordTypes.has(ordType)) } : {}),
    ...(isAuction(timeInForce)
      ? { auction: doer(({ timesInForce }) => timesInForce.has(timeInForce)) }
      : {}),
    ...(asked.hasMaxFloor ? { iceberg: doer(({ maxFloor }) => maxFloor) } : {}),
    venues: able.map(({ place }) => place),
  };
};

/** Whether an order can be honoured. */
export const isHonoured = (answer: Honoured | Refusal): answer is Honoured => "venues" in answer;

/** What of an order's instructions the venue itself must take: `fok` says all or none already. */
export const venueExecInst = (
  asked: Pick<Asked, "execInst" | "timeInForce">,
  offer: VenueOffer,
): readonly ("post_only" | "all_or_none")[] => {
  const isWhole = venueTimeInForce(asked, offer) === "fok";
  return asked.execInst.filter(
    (inst): inst is "post_only" | "all_or_none" =>
      inst === "post_only" || (inst === "all_or_none" && !isWhole),
  );
};

/**
 * The time in force that the order has at a venue, once it is sent; undefined where that venue
 * cannot be used for it. An auction's is the venue's own or, where we wait for it, `ioc`.
 */
export const venueTimeInForce = (
  { timeInForce, execInst }: Pick<Asked, "timeInForce" | "execInst">,
  { timesInForce }: VenueOffer,
): TimeInForce | undefined => {
  const whole = execInst.includes("all_or_none");
  const wanted: Readonly<Record<TimeInForce, readonly TimeInForce[]>> = {
    day: ["day", "gtc"],
    gtc: ["gtc"],
    gtd: ["gtd", "gtc"],
    ioc: whole ? ["fok"] : ["ioc"],
    fok: ["fok"],
    at_the_open: ["at_the_open", whole ? "fok" : "ioc"],
    at_the_close: ["at_the_close", whole ? "fok" : "ioc"],
  };
  return wanted[timeInForce].find((one) => timesInForce.has(one));
};
