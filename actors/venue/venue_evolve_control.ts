/**
 * How facts about operators' requests change a venue shard's states. Total and pure.
 */
import { controlMemoryKey, withRequest } from "../../protocols/control_memory.ts";
import { haltKey } from "./control_state.ts";
import type { ControlEvent } from "./control_state.ts";
import type { VenueEvent } from "./venue_event.ts";
import type { Kept, VenueSpace } from "./venue_space.ts";

const own: Readonly<Record<ControlEvent["type"], true>> = {
  control_taken: true,
  halt_set: true,
  halt_lifted: true,
  mass_cancel_waiting: true,
  mass_cancel_sending: true,
  mass_cancel_ended: true,
};

/** Whether a fact is about a request of an operator. */
export const isControlFact = (event: VenueEvent): event is ControlEvent =>
  Object.hasOwn(own, event.type);

/** Takes a fact about a request of an operator. */
export const evolveControl = (kept: Kept, space: VenueSpace, event: ControlEvent): void => {
  switch (event.type) {
    case "control_taken": {
      const memory = space.get("control", controlMemoryKey);
      space.set("control", controlMemoryKey, withRequest(memory, event));
      return;
    }
    case "halt_set":
      space.set("halt", haltKey(kept.venue, event), { by: event.by });
      return;
    case "halt_lifted":
      space.remove("halt", haltKey(kept.venue, event));
      return;
    case "mass_cancel_waiting":
    case "mass_cancel_sending":
      space.set("massCancel", event.massCancel.request.clOrdId, event.massCancel);
      return;
    case "mass_cancel_ended":
      space.remove("massCancel", event.clOrdId);
      return;
    default:
      return event satisfies never;
  }
};
