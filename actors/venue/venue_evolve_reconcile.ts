/**
 * How facts of the reconciliation, and what reports tell besides an order's state, change the venue
 * shard's states.
 *
 * Owns: that part of `venue_evolve.ts`. Total and pure as that. Facts from before it change nothing
 * here: a state that no fact has made stays undefined.
 */
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import { sumOf } from "./reconcile_model.ts";
import type { ReconcileEvent, ReconcileState, TallyState, ToldFacts } from "./reconcile_state.ts";
import { reviveOrder, sessionIn } from "./venue_space.ts";
import type { Kept, VenueSpace } from "./venue_space.ts";

/** Adjustments of an instrument that an execution can still explain; of more the oldest is not. */
export const adjustments_max = 32;

const flat: TallyState = { net_lots: 0 };

/** The reconciliation as it stands. */
export const reconcileIn = ({ venue }: Kept, space: VenueSpace): ReconcileState =>
  space.get("reconcile", venue) ?? { failures: 0 };

const changeReconcile = (
  kept: Kept,
  space: VenueSpace,
  change: (state: ReconcileState) => ReconcileState,
): void => space.set("reconcile", kept.venue, change(reconcileIn(kept, space)));

/** A link is over: its run dies with it, and what it settled is to be settled anew. */
export const forgetRun = (kept: Kept, space: VenueSpace): void => {
  const state = space.get("reconcile", kept.venue);
  if (state === undefined) return;
  const { run: _, settledOn: __, nextAt: ___, dueWhy: ____, ...rest } = state;
  space.set("reconcile", kept.venue, rest);
};

/** A person has looked: a broken mapping is to be seen anew. */
export const forgetBrokenRuns = (kept: Kept, space: VenueSpace): void => {
  const state = space.get("reconcile", kept.venue);
  if (state?.brokenRuns === undefined) return;
  const { brokenRuns: _, ...rest } = state;
  space.set("reconcile", kept.venue, rest);
};

/** Reports were lost for good: executions behind that number may be missing. */
export const missExecutions = (kept: Kept, space: VenueSpace, fromSeq: number): void => {
  const state = space.get("reconcile", kept.venue);
  if (state === undefined) return;
  const executionsFrom = Math.min(state.executionsFrom ?? fromSeq, fromSeq);
  space.set("reconcile", kept.venue, { ...state, executionsFrom });
};

/** The tally of positions is whole from here on. */
export const beginTally = (kept: Kept, space: VenueSpace): void =>
  changeReconcile(kept, space, (state) => ({ ...state, tallied: true }));

/** Takes what was told of an order besides its state. */
export const takeTold = (
  space: VenueSpace,
  root: LegClOrdId,
  { lots = 0, sold, px_ticks, terms, reopened, amended }: ToldFacts,
): void => {
  if (reopened === true) reviveOrder(space, root);
  const order = space.get("order", root);
  if (order === undefined) return;
  const told_lots = (order.told_lots ?? order.cumQty_lots) + lots;
  space.set("order", root, {
    ...order,
    told_lots,
    ...(terms === undefined ? {} : { terms }),
    ...(amended === undefined ? {} : { amended }),
  });
  const net_lots = sold === true ? -lots : lots;
  if (lots !== 0) moveTally(space, order.instrument, net_lots, px_ticks);
};

const moveTally = (
  space: VenueSpace,
  instrument: InstrumentId,
  lots: number,
  px_ticks: number | undefined,
): void => {
  const tally = space.get("tally", instrument) ?? flat;
  const net_lots = tally.net_lots + lots;
  const price = px_ticks === undefined ? {} : { lastPx_ticks: px_ticks };
  space.set("tally", instrument, { ...tally, net_lots, ...price });
};

const types: ReadonlySet<string> = new Set<ReconcileEvent["type"]>([
  "reconcile_begun",
  "reconcile_part",
  "reconcile_done",
  "reconcile_due",
  "order_external",
  "positions_baselined",
  "position_differs",
  "position_settled",
  "adjustment_explained",
]);

/** Whether a fact is one of the reconciliation. */
export const isOfReconciliation = (event: { readonly type: string }): event is ReconcileEvent =>
  types.has(event.type);

/** Takes a fact of the reconciliation. */
export const evolveReconcile = (kept: Kept, space: VenueSpace, event: ReconcileEvent): void => {
  switch (event.type) {
    case "reconcile_begun":
    case "reconcile_part":
    case "reconcile_done":
    case "reconcile_due":
      evolveRun(kept, space, event);
      return;
    case "order_external":
      takeExternal(space, event);
      return;
    case "positions_baselined":
      for (const { instrument, net_lots } of event.positions) {
        const tally = space.get("tally", instrument) ?? flat;
        space.set("tally", instrument, { ...tally, net_lots });
      }
      beginTally(kept, space);
      return;
    case "position_differs":
    case "position_settled":
    case "adjustment_explained":
      evolveTally(space, event);
      return;
    default:
      return event satisfies never;
  }
};

type EventOf<Type extends ReconcileEvent["type"]> = Extract<
  ReconcileEvent,
  { readonly type: Type }
>;

const evolveRun = (
  kept: Kept,
  space: VenueSpace,
  event: EventOf<"reconcile_begun" | "reconcile_part" | "reconcile_done" | "reconcile_due">,
): void =>
  changeReconcile(kept, space, (state) => {
    const { run, nextAt: _, ...rest } = state;
    switch (event.type) {
      case "reconcile_begun": {
        const { why, at: begunAt, parts: open } = event;
        const { dueWhy: __, ...begun } = rest;
        return { ...begun, run: { why, begunAt, open, unknown: [], counts: {}, again: [] } };
      }
      case "reconcile_part":
        return run === undefined ? state : withPart(state, run, event);
      case "reconcile_done":
        return run === undefined ? state : afterRun(kept, space, { ...rest, run }, event);
      case "reconcile_due": {
        const why = event.why === undefined ? {} : { dueWhy: event.why };
        return { ...state, nextAt: event.nextAt, ...why };
      }
      default:
        return event satisfies never;
    }
  });

const afterRun = (
  kept: Kept,
  space: VenueSpace,
  state: ReconcileState & Required<Pick<ReconcileState, "run">>,
  { settled, nextAt, brokenRuns }: EventOf<"reconcile_done">,
): ReconcileState => {
  const { run, unknown: _, settledOn: __, brokenRuns: ___, ...rest } = state;
  const isGood = run.unknown.length === 0 && rest.broken === undefined;
  return {
    ...rest,
    ...(settled ? { settledOn: sessionIn(kept, space).link } : {}),
    ...(run.unknown.length === 0 ? {} : { unknown: run.unknown }),
    failures: isGood ? 0 : rest.failures + 1,
    ...(brokenRuns === undefined ? {} : { brokenRuns }),
    nextAt,
  };
};

const withPart = (
  state: ReconcileState,
  run: NonNullable<ReconcileState["run"]>,
  event: EventOf<"reconcile_part">,
): ReconcileState => {
  const { part, broken } = event;
  const { broken: _, executionsFrom, ...rest } = state;
  const from = executionsFrom === undefined ? undefined : (event.executionsFrom ?? executionsFrom);
  const isKnown = event.unknown !== true;
  const areHad = part === "executions" && isKnown && event.executionsFrom === undefined;
  const standing = broken === undefined ? (state.broken ?? "") : broken;
  return {
    ...rest,
    ...(from === undefined || areHad ? {} : { executionsFrom: from }),
    ...(standing === "" ? {} : { broken: standing }),
    run: {
      ...run,
      open: run.open.filter((one) => one !== part),
      unknown: isKnown ? run.unknown : [...run.unknown, part],
      counts: sumOf(run.counts, event.counts),
      again: event.again === true ? [...run.again, part] : run.again,
    },
  };
};

const takeExternal = (space: VenueSpace, event: EventOf<"order_external">): void => {
  const { root, orderId, instrument, side, as, cumQty_lots, told_lots } = event;
  const known = space.get("order", root);
  if (known !== undefined) {
    space.set("order", root, { ...known, orderId, external: as });
    return;
  }
  space.set("id", root, root);
  space.set("order", root, {
    orderId,
    instrument,
    ids: [root],
    current: root,
    cumQty_lots,
    told_lots,
    ...(side === undefined ? {} : { side }),
    external: as,
  });
};

const evolveTally = (
  space: VenueSpace,
  event: EventOf<"position_differs" | "position_settled" | "adjustment_explained">,
): void => {
  const { instrument, lots } = event;
  const { differs, ...tally } = space.get("tally", instrument) ?? flat;
  switch (event.type) {
    case "position_differs": {
      if (lots === 0) {
        space.set("tally", instrument, tally);
        return;
      }
      const since = differs?.lots === lots ? differs.since : event.at;
      const noted = event.noted === true ? { noted: true as const } : {};
      space.set("tally", instrument, { ...tally, differs: { lots, since, ...noted } });
      return;
    }
    case "position_settled": {
      const settled = (tally.settled ?? 0) + 1;
      const net_lots = tally.net_lots + lots;
      const { adjustmentId: id } = event;
      const before = tally.adjustments ?? [];
      const adjustments = [...before, { id, lots }].slice(-adjustments_max);
      space.set("tally", instrument, { ...tally, net_lots, settled, adjustments });
      return;
    }
    case "adjustment_explained": {
      const { adjustments: before = [], ...rest } = tally;
      const adjustments = before
        .map((one) => (one.id === event.adjustmentId ? { id: one.id, lots: one.lots - lots } : one))
        .filter((one) => one.lots !== 0);
      const list = adjustments.length === 0 ? {} : { adjustments };
      const same = differs === undefined ? {} : { differs };
      const net_lots = rest.net_lots - lots;
      space.set("tally", instrument, { ...rest, ...same, net_lots, ...list });
      return;
    }
    default:
      return event satisfies never;
  }
};
