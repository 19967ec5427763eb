/**
 * Writes our requests in the simulator's words: ticks and lots to decimal text, exactly.
 *
 * Never: changes what was asked. What the venue has no words for is refused, not bent.
 */
import { Result } from "effect";
import { formatSteps } from "../../protocols/kernel/grid.ts";
import type { PlaceLeg, ReplaceLeg } from "../../protocols/venue.ts";
import type { SimClientMessage } from "../../protocols/sim_wire.ts";
import type { MassCancelRequest, VenueCapabilities, VenueRequest } from "./venue_link.ts";
import { snapshotParts } from "./venue_snapshot.ts";

const ordTypes = ["market", "limit"] as const;
const timesInForce = ["day", "gtc", "ioc", "fok"] as const;

/** What the simulator can do. */
export const simCapabilities: VenueCapabilities = {
  replace: "native",
  queryById: true,
  snapshot: snapshotParts,
  massCancel: true,
  resend: true,
  clOrdIdLength_max: 64,
  clOrdIdAlphabet: /^[A-Za-z0-9_.-]+$/,
  sides: ["buy", "sell"],
  ordTypes,
  timesInForce,
};

/** The message for a request, or why there is none. */
export const simMessageOf = (request: VenueRequest): Result.Result<SimClientMessage, string> => {
  switch (request.kind) {
    case "place":
      return newOrder(request);
    case "replace":
      return replace(request);
    case "cancel": {
      const { clOrdId, origClOrdId } = request;
      return Result.succeed({ type: "cancel", clOrdId, origClOrdId });
    }
    default:
      return request satisfies never;
  }
};

/** The message for a mass cancel, or why there is none. */
export const simMassCancelOf = (
  request: MassCancelRequest,
): Result.Result<SimClientMessage, string> => {
  const { clOrdId, instrument, side } = request;
  if (side === "sell_short") return Result.fail("the venue takes no short sales");
  return Result.succeed({
    type: "mass_cancel",
    clOrdId,
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
  });
};

const newOrder = (request: PlaceLeg): Result.Result<SimClientMessage, string> => {
  const { clOrdId, instrument, side, grid, price_ticks } = request;
  const ordType = ordTypes.find((one) => one === request.ordType);
  const timeInForce = timesInForce.find((one) => one === request.timeInForce);
  if (ordType === undefined) return Result.fail(`the venue has no ${request.ordType} orders`);
  if (timeInForce === undefined) return Result.fail(`the venue has no ${request.timeInForce}`);
  if (request.allOrNone === true) return Result.fail("the venue has no all_or_none");
  if (request.maxFloor_lots !== undefined) return Result.fail("the venue shows no parts");
  if (side === "sell_short") return Result.fail("the venue takes no short sales");
  if (!isPositive(request.orderQty_lots)) return Result.fail("orderQty is not above zero");
  if (price_ticks !== undefined && !isPositive(price_ticks)) {
    return Result.fail("price is not above zero");
  }
  return Result.succeed({
    type: "new_order",
    clOrdId,
    instrument,
    side,
    ordType,
    timeInForce,
    orderQty: formatSteps(request.orderQty_lots, grid.lot),
    ...(price_ticks === undefined ? {} : { price: formatSteps(price_ticks, grid.tick) }),
    ...(request.postOnly === true ? { postOnly: true } : {}),
  });
};

const replace = (request: ReplaceLeg): Result.Result<SimClientMessage, string> => {
  const { clOrdId, origClOrdId, grid, orderQty_lots, price_ticks } = request;
  if (price_ticks === undefined) return Result.fail("a replace at this venue needs a price");
  if (!isPositive(orderQty_lots)) return Result.fail("orderQty is not above zero");
  if (!isPositive(price_ticks)) return Result.fail("price is not above zero");
  const orderQty = formatSteps(orderQty_lots, grid.lot);
  const price = formatSteps(price_ticks, grid.tick);
  return Result.succeed({ type: "replace", clOrdId, origClOrdId, orderQty, price });
};

const isPositive = (steps: number): boolean => Number.isSafeInteger(steps) && steps > 0;
