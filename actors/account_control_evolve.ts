/**
 * How facts about operators' requests change an account shard's states. Total and pure.
 */
import { controlMemoryKey, withRequest } from "../protocols/control_memory.ts";
import type { Space } from "../runtime/shard_model.ts";
import type { AccountKinds } from "./account_kinds.ts";
import { evolveRule } from "./account_rules.ts";
import type { ControlFact } from "./control/control_fact.ts";

/** Applies one fact about a request of an operator. */
export const evolveControl = (space: Space<AccountKinds>, event: ControlFact): void => {
  switch (event.what) {
    case "control_taken": {
      const memory = space.get("control", controlMemoryKey);
      space.set("control", controlMemoryKey, withRequest(memory, event));
      return;
    }
    case "trading_state_set":
      evolveRule(space, event);
      return;
    case "operator_cancel_began":
      space.set("operatorCancel", event.run.id, event.run);
      return;
    case "operator_cancel_moved": {
      const run = space.get("operatorCancel", event.id);
      const { round, asked } = event;
      if (run === undefined) return;
      const again = run.passedOver !== undefined && round !== run.round ? { passedOver: [] } : {};
      space.set("operatorCancel", event.id, { ...run, round, asked, ...again });
      return;
    }
    case "operator_cancel_stumbled": {
      const run = space.get("operatorCancel", event.id);
      const { passedOver } = event;
      if (run !== undefined) space.set("operatorCancel", event.id, { ...run, passedOver });
      return;
    }
    case "operator_cancel_ended":
      space.remove("operatorCancel", event.id);
      return;
    default:
      event satisfies never;
  }
};
