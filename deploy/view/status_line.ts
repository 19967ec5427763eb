/**
 * The view where there is no terminal to draw on: one line now and then. Pure.
 */
import { showDuration } from "../start/duration.ts";
import { showMs } from "../start/summary.ts";
import type { ViewState } from "./view_state.ts";

/** The state in one line. */
export const statusLine = (state: ViewState): string => {
  const { counts } = state;
  const event = state.hops.find(({ name }) => name === "submit → first order event");
  const venues = state.venues.map(
    ({ venue, up }) => `${venue} ${up === true ? "open" : "not open"}`,
  );
  const trouble = counts.gaps + counts.inDoubt + counts.unreadable;
  return [
    showDuration(state.ran_ms),
    `orders ${counts.orders} (${state.orders_per_s.toFixed(1)}/s)`,
    `fills ${counts.fills} (${state.fills_per_s.toFixed(1)}/s)`,
    `open ${state.openOrders}`,
    `denied ${counts.denied} rejected ${counts.rejected}`,
    `submit→event p50 ${showMs(event?.p50_ms)} p99 ${showMs(event?.p99_ms)}`,
    venues.join(", "),
    ...(trouble > 0 ? [`gaps ${counts.gaps} in doubt ${counts.inDoubt}`] : []),
    ...(state.notice === "" ? [] : [`! ${state.notice}`]),
  ].join(" | ");
};
