/**
 * How this deployment speaks to its venues: patience, heartbeats, buffers.
 */
import type { RestartLimit } from "../runtime/restart_intensity.ts";
import type { LinkTimers } from "../actors/venue/link_timers.ts";
import type { SimSocketOptions } from "../actors/venue/sim_socket.ts";
import type { VenueAddress } from "./node_options.ts";

/** Socket options towards a simulator. */
export const socketOptions = (address: VenueAddress, timers: LinkTimers): SimSocketOptions => ({
  host: address.host,
  port: address.port,
  timers,
  connectTimeout_ms: 2_000,
  heartbeat_ms: 1_000,
  silence_ms_max: 5_000,
  unsent_bytes_max: 1024 * 1024,
});

/** Longest wait for a logon's answer, milliseconds. */
export const logonTimeout_ms = 5_000;

/**
 * Failures of links to a venue within a period beyond which another node should try. With the usual
 * back-off a venue that refuses connections gets there in some ten seconds, one that swallows them
 * in half a minute, and one that merely restarts does not.
 */
export const linkIntensity: RestartLimit = { intensity: 8, period_ms: 60_000 };
