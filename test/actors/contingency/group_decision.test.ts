/** What orders of a group must come to, a rule a line. */
import { describe, expect, it } from "vitest";
import { limitOf, overfilled_lots, wantsOf } from "../../../actors/contingency/group_decision.ts";
import type {
  GroupMember,
  GroupWant,
  OrderGroupState,
} from "../../../actors/contingency/group_decision.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";

type Change = Partial<Omit<GroupMember, "orderId">> & { readonly id: string };

const member = ({ id, ...change }: Change): GroupMember => ({
  orderId: id as OrderId,
  role: "peer",
  life: "live",
  asked_lots: 10,
  target_lots: 10,
  booked_lots: 0,
  executed_lots: change.booked_lots ?? 0,
  isTriggered: false,
  isInPlace: change.life === undefined || change.life === "live",
  ...change,
});

const group = (onFill: OrderGroupState["onFill"], ...changes: readonly Change[]) => ({
  onFill,
  members: changes.map(member),
  minQty_lots: 2,
});

/** `<id> <what>` of each want. */
const wants = (state: OrderGroupState): readonly string[] =>
  wantsOf(state).map((want: GroupWant) => {
    const { orderId } = want;
    if (want.want === "total") return `${orderId} ${want.total_lots}`;
    const rest = want.rest_lots === undefined ? "" : ` rest ${want.rest_lots}`;
    return `${orderId} ${want.want}${rest}`;
  });

const entry = (booked_lots: number, life: GroupMember["life"] = "live"): Change => ({
  ...{ id: "e", role: "parent", booked_lots, life, asked_lots: 10, target_lots: 10 },
});
const child = (change: Partial<Change>): Change => ({
  ...{ id: "c", role: "child", life: "waiting", target_lots: 0, ...change },
});

describe("a child", () => {
  const cases: readonly (readonly [string, Change, Change, readonly string[]])[] = [
    ["waits while its parent has no fill", entry(0), child({}), []],
    ["is released with what its parent executed", entry(4), child({}), ["c 4"]],
    ["gets no more than it asked for", entry(10), child({ asked_lots: 6 }), ["c 6"]],
    ["waits for more below the smallest order", entry(1), child({}), []],
    ["ends with a parent that had no fill", entry(0, "over"), child({}), ["c cancel"]],
    ["waits while its parent's end is not proven", entry(0, "ending"), child({}), []],
    ["is told of a rest that is too small", entry(1, "over"), child({}), ["c cancel rest 1"]],
    [
      "grows where it works",
      entry(6),
      child({ life: "live", target_lots: 4, booked_lots: 2, executed_lots: 2 }),
      ["c 6"],
    ],
    [
      "is not asked twice for what is on its way",
      entry(6),
      child({ life: "live", target_lots: 6 }),
      [],
    ],
    [
      "goes on after it did all that was in force",
      entry(6),
      child({ life: "idle", target_lots: 4, booked_lots: 4, executed_lots: 4 }),
      ["c 6"],
    ],
    [
      "is filled when no more can come",
      entry(4, "over"),
      child({ life: "idle", target_lots: 4, booked_lots: 4, executed_lots: 4 }),
      ["c finish"],
    ],
    [
      "is filled, with a word, when what comes is too little",
      entry(5, "over"),
      child({ life: "idle", target_lots: 4, booked_lots: 4, executed_lots: 4 }),
      ["c finish rest 1"],
    ],
    [
      "is sent again where its leg never left",
      entry(4),
      child({ life: "idle", target_lots: 4 }),
      ["c 4"],
    ],
    ["shrinks with a bust", entry(3), child({ life: "live", target_lots: 8 }), ["c 3"]],
    ["waits again after a bust of all", entry(0), child({ target_lots: 8 }), ["c 0"]],
    [
      "leaves its venue after a bust, and lives on",
      entry(2),
      child({ life: "live", target_lots: 8, booked_lots: 3, executed_lots: 3 }),
      ["c 3"],
    ],
    ["that is ending is left alone", entry(8), child({ life: "ending", target_lots: 4 }), []],
    ["that is over is left alone", entry(8), child({ life: "over", target_lots: 4 }), []],
  ];
  it.each(cases)("%s", (_what, parent, of, expected) => {
    expect(wants(group(undefined, parent, of))).toEqual(expected);
  });
});

describe("peers that reduce each other", () => {
  const a = { id: "a" };
  const b = { id: "b" };
  const cases: readonly (readonly [string, Change, Change, readonly string[]])[] = [
    ["want nothing before a fill", a, b, []],
    ["take what one executed from the other", { ...a, booked_lots: 3 }, b, ["b 7"]],
    ["count fills that are still owed", { ...a, executed_lots: 3 }, b, ["b 7"]],
    ["end when the other did all", { ...a, booked_lots: 10, life: "over" }, b, ["b cancel"]],
    ["leave alone what is on its way", { ...a, booked_lots: 3 }, { ...b, target_lots: 7 }, []],
    ["grow again after a bust", a, { ...b, target_lots: 7 }, ["b 10"]],
    ["stay when the other ended unfilled", { ...a, life: "over" }, b, []],
    ["end at the trigger of the other", { ...a, isTriggered: true }, b, ["b cancel"]],
    ["stay at a trigger that came to nothing", { ...a, isTriggered: true, life: "over" }, b, []],
    [
      "are told of a rest too small for a new leg",
      { ...a, booked_lots: 9 },
      { ...b, isInPlace: false },
      ["b cancel rest 1"],
    ],
    ["may keep a small rest in place", { ...a, booked_lots: 9 }, b, ["b 1"]],
    [
      "each give what the other has, in a race",
      { ...a, booked_lots: 3 },
      { ...b, booked_lots: 4 },
      ["a 6", "b 7"],
    ],
  ];
  it.each(cases)("%s", (_what, one, other, expected) => {
    expect(wants(group("reduce", one, other))).toEqual(expected);
  });
});

describe("peers that cancel each other", () => {
  const a = { id: "a" };
  const b = { id: "b" };
  const cases: readonly (readonly [string, Change, Change, readonly string[]])[] = [
    ["want nothing before a fill", a, b, []],
    ["end with the first fill of the other", { ...a, booked_lots: 1 }, b, ["b cancel"]],
    ["end with a trigger", { ...a, isTriggered: true }, b, ["b cancel"]],
    [
      "go on where the other is ending already",
      { ...a, booked_lots: 3 },
      { ...b, booked_lots: 1, life: "ending" },
      [],
    ],
    [
      "go on where the other was canceled with less",
      { ...a, booked_lots: 3 },
      { ...b, booked_lots: 1, life: "over" },
      [],
    ],
    [
      "end where the other filled after all",
      { ...a, booked_lots: 3 },
      { ...b, booked_lots: 10, life: "over" },
      ["a cancel"],
    ],
    [
      "let the one go on that has more",
      { ...a, booked_lots: 3 },
      { ...b, booked_lots: 4 },
      ["a cancel"],
    ],
    [
      "let the first go on of two that are equal",
      { ...a, booked_lots: 3 },
      { ...b, booked_lots: 3 },
      ["b cancel"],
    ],
  ];
  it.each(cases)("%s", (_what, one, other, expected) => {
    expect(wants(group("cancel", one, other))).toEqual(expected);
  });
});

describe("a bracket", () => {
  const t = (change: Partial<Change> = {}): Change => ({ id: "t", role: "take_profit", ...change });
  const l = (change: Partial<Change> = {}): Change => ({
    ...{ id: "l", role: "stop_loss", life: "waiting", isInPlace: false },
    ...change,
  });

  it("shares what the entry executed", () => {
    const state = group("reduce", entry(10), t({ booked_lots: 4 }), l());
    expect(wants(state)).toEqual(["l 6"]);
  });

  it("lets an exit wait again when the other closed all so far", () => {
    const tp = t({ life: "idle", target_lots: 4, booked_lots: 4 });
    expect(wants(group("reduce", entry(4), tp, l({ target_lots: 4 })))).toEqual(["l 0"]);
    expect(wants(group("reduce", entry(4, "over"), tp, l({ target_lots: 4 })))).toEqual([
      "t finish",
      "l cancel",
    ]);
  });

  it("counts as too much what both exits executed beyond the entry", () => {
    const filled = { booked_lots: 7, life: "over" } as const;
    expect(overfilled_lots(group("reduce", entry(10), t(filled), l(filled)))).toBe(4);
    expect(overfilled_lots(group("reduce", entry(10), t(filled), l()))).toBe(0);
  });
});

it("a parent is limited by nothing", () => {
  const state = group(undefined, entry(4), child({}));
  const [parent] = state.members;
  if (parent === undefined) throw new Error("a group has a parent");
  expect(limitOf(state, parent)).toEqual({ now_lots: Infinity, most_lots: Infinity });
});
