/**
 * A walk through every state that an order can be in: steps are tried on the real shard from each
 * state that was found, and what looks different is another state to go on from.
 *
 * Owns: the steps, and what of an order's state tells two of them apart.
 */
import { ordStatusOf } from "../../../protocols/ord_status.ts";
import type { OrderState } from "../../../protocols/order.ts";
import { btc } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

/** Something that happens to the order `a`, as far as it can. */
export type Step = readonly [name: string, act: (desk: DeskShard) => void];

/** A way of life: how the order is submitted, and how its venue changes it. */
export interface Life {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly replace?: "cancel_replace";
  /** A price that triggers it. */
  readonly trigger_ticks?: number;
}

const limit = {
  instrument: btc,
  side: "buy",
  ordType: "limit",
  orderQty: "10",
  price: "90",
  timeInForce: "gtc",
};

/** The lives that are walked. */
export const lives: readonly Life[] = [
  { name: "limit", body: limit },
  {
    name: "limit where a replace is a cancel and a new order",
    body: limit,
    replace: "cancel_replace",
  },
  {
    name: "stop that waits with us",
    body: { ...limit, ordType: "stop_limit", price: "110", stopPx: "105" },
    trigger_ticks: 106,
  },
  { name: "iceberg", body: { ...limit, maxFloor: "4" } },
];

/** A fresh shard for a life. */
export const deskOf = ({ replace }: Life): DeskShard => {
  const desk = new DeskShard();
  if (replace === undefined) return desk;
  const { reference } = desk.world;
  const venues = new Map(
    [...reference.venues].map(([id, profile]) => [id, { ...profile, replace }] as const),
  );
  return new DeskShard({ venues });
};

const known = (desk: DeskShard): OrderState | undefined => {
  try {
    return desk.order("a");
  } catch {
    return undefined;
  }
};

/** The venue's word about the order's last leg, where it has one. */
const venueSays =
  (
    execType: Parameters<DeskShard["report"]>[1]["execType"],
    more: (
      order: OrderState,
    ) => Partial<Parameters<DeskShard["report"]>[1]> | undefined = () => ({}),
  ) =>
  (desk: DeskShard): void => {
    const order = known(desk);
    if (order === undefined || order.legs.length === 0) return;
    const fields = more(order);
    if (fields !== undefined) desk.report("a", { execType, ...fields });
  };

const cumOf = ({ legs }: OrderState): number => legs.at(-1)?.cumQty_lots ?? 0;
const openOf = ({ legs }: OrderState): number =>
  Math.max(0, (legs.at(-1)?.orderQty_lots ?? 0) - cumOf({ legs } as OrderState));

const fill =
  (share: (open: number) => number) =>
  (order: OrderState): ReturnType<Parameters<typeof venueSays>[1] & object> => {
    const lots = share(openOf(order));
    if (lots <= 0) return undefined;
    return { lastQty_lots: lots, lastPx_ticks: 90, cumQty_lots: cumOf(order) + lots, execId: "t1" };
  };

const pendingReplaceId = (order: OrderState) => {
  const request = order.pendingReplaces?.at(-1);
  return request === undefined ? undefined : { clOrdId: request.clOrdId };
};

const pendingCancelId = ({ pendingCancel }: OrderState) =>
  pendingCancel === undefined ? undefined : { clOrdId: pendingCancel.clOrdId };

/** All steps. */
export const stepsOf = ({ body, trigger_ticks }: Life): readonly Step[] => [
  ["submit", (desk) => desk.submit("a", body)],
  ["submit that is denied", (desk) => desk.submit("a", { ...body, orderQty: "100000" })],
  ["cancel", (desk) => desk.cancel("a", { cancelId: "w1" })],
  ["replace", (desk) => desk.replace("a", { replaceId: "w2", orderQty: "12" })],
  ["prices", (desk) => trigger_ticks !== undefined && desk.quote(trigger_ticks - 1, trigger_ticks)],
  ["new", venueSays("new", () => ({ venueOrderId: "v" }))],
  [
    "a fill",
    venueSays(
      "trade",
      fill((open) => Math.min(2, open - 1)),
    ),
  ],
  [
    "the last fill",
    venueSays(
      "trade",
      fill((open) => open),
    ),
  ],
  ["canceled", venueSays("canceled", (order) => pendingCancelId(order) ?? {})],
  ["canceled with more", venueSays("canceled", (order) => ({ cumQty_lots: cumOf(order) + 1 }))],
  ["expired", venueSays("expired")],
  ["rejected", venueSays("rejected")],
  ["suspended", venueSays("suspended")],
  ["done for day", venueSays("done_for_day")],
  ["in doubt", venueSays("in_doubt")],
  ["not sent", venueSays("not_sent")],
  ["replaced", venueSays("replaced", pendingReplaceId)],
  ["replace rejected", venueSays("replace_rejected", pendingReplaceId)],
  ["replace in doubt", venueSays("in_doubt", pendingReplaceId)],
  ["cancel rejected", venueSays("cancel_rejected", pendingCancelId)],
  ["cancel in doubt", venueSays("in_doubt", pendingCancelId)],
  ["counts more", venueSays("new", (order) => ({ cumQty_lots: cumOf(order) + 1 }))],
  [
    "a bust",
    venueSays("trade_cancel", (order) => ({ refExecId: "t1", cumQty_lots: cumOf(order) })),
  ],
  ["time", (desk) => void desk.advance(6_000)],
];

/** What tells states apart, for a person: the status, and what lies over it. */
export const nameOf = (order: OrderState | undefined): string => {
  if (order === undefined) return "none";
  const { phase, legs, terms, pendingReplaces = [], cumQty_lots } = order;
  const status = ordStatusOf(order);
  const marks = [
    ...(status === phase || (status === "partially_filled" && phase === "new") ? [] : [phase]),
    ...(terms?.held !== undefined && legs.length === 0 && phase === "pending_new" ? ["held"] : []),
    ...(cumQty_lots > 0 && phase !== "filled" && status !== "partially_filled" ? ["fills"] : []),
    ...(order.earlyCancel === undefined ? [] : ["early cancel"]),
    ...(order.pendingCancel === undefined || status === "pending_cancel" ? [] : ["cancel"]),
    ...(pendingReplaces.length === 0 || status === "pending_replace" ? [] : ["replace"]),
    ...(order.owedQty_lots === undefined ? [] : ["owed"]),
    ...(legs.some((leg) => (leg.provisionalQty_lots ?? 0) > 0) ? ["provisional"] : []),
    ...(legs.some((leg) => leg.leaving !== undefined) ? ["leaving"] : []),
    ...(phase === "new" && legs.every(({ state }) => state === "ended") ? ["no leg works"] : []),
  ];
  return marks.length === 0 ? status : `${status} (${marks.join(", ")})`;
};

/** Steps from a fresh shard to one state. */
export type Path = readonly Step[];

/** Brings a fresh shard there. */
export const walk = (life: Life, path: Path): DeskShard => {
  const desk = deskOf(life);
  for (const [, act] of path) act(desk);
  return desk;
};

/** The states of a life, each with the first shortest path to it. */
export const statesOf = (life: Life, depth_max: number): ReadonlyMap<string, Path> => {
  const steps = stepsOf(life);
  const found = new Map<string, Path>([[nameOf(undefined), []]]);
  let edge: readonly Path[] = [[]];
  for (let depth = 0; depth < depth_max; depth += 1) {
    const next: Path[] = [];
    for (const path of edge) {
      for (const step of steps) {
        const longer = [...path, step];
        const name = nameOf(known(walk(life, longer)));
        if (found.has(name)) continue;
        found.set(name, longer);
        next.push(longer);
      }
    }
    edge = next;
  }
  return found;
};
