/**
 * Whether a session may log on now.
 *
 * Owns: the refusal: an outage, a ban, a session that has a connection already.
 */
import type { SimRefused } from "../../protocols/sim_wire.ts";
import { nowOf_ms } from "./venue.ts";
import type { Venue } from "./venue.ts";

/** Why the logon is refused; undefined: it is not. */
export const refuseLogon = (venue: Venue, name: string): SimRefused | undefined => {
  const { conditions, clock, sessions } = venue;
  const { outage, rateLimits, secondLogon } = conditions.faults;
  if (outage !== undefined) {
    conditions.count("refused_logon");
    return { type: "refused", code: "unavailable", text: "outage" };
  }
  const session = sessions.get(name);
  const ban_ms = session?.limits.banned_ms(nowOf_ms(clock)) ?? 0;
  if (ban_ms > 0 && rateLimits?.ban?.closes === true) {
    conditions.count("refused_logon");
    return { type: "refused", code: "banned", retryAfter_ms: ban_ms };
  }
  if (secondLogon === "refuse" && session?.isConnected === true) {
    conditions.count("refused_logon");
    return { type: "refused", code: "session_in_use", text: "the session has a connection" };
  }
  return undefined;
};
