/**
 * The loss of a connection in the middle of a request.
 *
 * Owns: the choice whether, how, and whether the request still gets through.
 */
import type { VenueConditions } from "./conditions.ts";
import type { DisconnectHow } from "./fault_operator.ts";

/** How a connection is lost; `isAfter`: behind the request, which is carried out. */
export interface ConnectionLoss {
  readonly how: DisconnectHow;
  readonly isAfter: boolean;
}

/** Decides at a request that was read. */
export const lossAt = (conditions: VenueConditions): ConnectionLoss | undefined => {
  const { connection } = conditions.faults;
  if (connection === undefined) return undefined;
  const { reset, finish, halfOpen } = connection;
  const isAfter = (name: "connection_reset" | "connection_finished" | "half_open"): boolean =>
    conditions.prng(name).nextUnit() < 0.5;
  if (conditions.happens("connection_reset", reset)) {
    return { how: "reset", isAfter: isAfter("connection_reset") };
  }
  if (conditions.happens("connection_finished", finish)) {
    return { how: "finish", isAfter: isAfter("connection_finished") };
  }
  if (conditions.happens("half_open", halfOpen)) {
    return { how: "half_open", isAfter: isAfter("half_open") };
  }
  return undefined;
};
