/**
 * What a group asks for again where it was refused: how such a request is named, so that its
 * refusal tells whether operators know, and when the next one is due.
 *
 * A first refusal may be a race, and is asked again within a second, untold. Where that is refused
 * too, operators are told, once, and it is asked for less and less often: a gate that stays shut
 * would make a leg of each try.
 *
 * Owns: these names, and the waits.
 */
import type { ClOrdId } from "../protocols/kernel/ids.ts";
import { milliseconds } from "../protocols/kernel/instant.ts";
import type { Instant_ns } from "../protocols/kernel/instant.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import { replacesOf } from "../protocols/ord_status.ts";
import { replaceCommand } from "./order/order_decision.ts";

/** What the ids of our own replaces and cancels of bound orders begin with. */
export const ownPrefix = "_contingency-";

/** How a group came to ask: as something happened, after a refusal, or after that was told. */
export type GroupTry = "first" | "retry" | "again";

const retry_ns = milliseconds(1_000);
const doublings_max = 3;

/** The id of a group's next request about an order. */
export const groupRequestId = ({ requests, version }: OrderState, by: GroupTry): ClOrdId =>
  `${ownPrefix}${requests + 1}-${version}${by === "first" ? "" : `-${by}`}` as ClOrdId;

/** At the next whole second, so that what happens meanwhile never puts it off. */
export const nextTry_ns = (now_ns: Instant_ns, seconds = 1n): Instant_ns =>
  (now_ns / retry_ns + seconds) * retry_ns;

/** When an order's group asks once more, of which a retry was refused: in 1, 2, 4, then 8 s. */
export const afterRefusal_ns = (now_ns: Instant_ns, { legs }: OrderState): Instant_ns => {
  const unsent = legs.length - 1 - legs.findLastIndex(({ refused }) => refused !== true);
  return nextTry_ns(now_ns, 2n ** BigInt(Math.min(Math.max(0, unsent - 2), doublings_max)));
};

/** Whether an event refuses what a group had asked for because it was refused before. */
export const refusesRetry = (event: OrderEvent, after: OrderState): boolean => {
  if (event.execType === "replace_rejected") return isRetry(event.commandId);
  if (event.execType !== "leg_ended") return false;
  return replacesOf(after).some(
    ({ replaceId, enters }) => enters === event.leg && isRetry(replaceCommand(replaceId)),
  );
};

/** Whether an event refuses a group's first retry: of later ones operators were told. */
export const refusesFirstRetry = ({ execType, commandId }: OrderEvent): boolean =>
  execType === "replace_rejected" && isRetry(commandId, "-retry");

const isRetry = (command: string, ...kinds: readonly string[]): boolean =>
  command.startsWith(replaceCommand(ownPrefix)) &&
  (kinds.length === 0 ? ["-retry", "-again"] : kinds).some((kind) => command.endsWith(kind));
