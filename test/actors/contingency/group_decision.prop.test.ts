/**
 * Random lives of groups whose wants are carried out at once: then no child is ever larger than
 * what its parent executed, and peers never execute more than what they share.
 */
import { expect, it } from "vitest";
import { limitOf, overfilled_lots, wantsOf } from "../../../actors/contingency/group_decision.ts";
import type {
  GroupMember,
  GroupWant,
  OrderGroupState,
} from "../../../actors/contingency/group_decision.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";
import { Chance } from "../order/order_world.ts";

type Mutable = { -readonly [K in keyof GroupMember]: GroupMember[K] };
type Group = Omit<OrderGroupState, "members"> & { readonly members: readonly Mutable[] };
const lives = 2_000;
const steps = 60;

const member = (id: string, role: GroupMember["role"], chance: Chance): Mutable => {
  const waits = role !== "peer" && role !== "parent";
  const asked_lots = 10 + chance.below(10);
  return {
    orderId: id as OrderId,
    role,
    life: waits ? "waiting" : "live",
    asked_lots,
    target_lots: waits ? 0 : asked_lots,
    booked_lots: 0,
    executed_lots: 0,
    isTriggered: false,
    isInPlace: chance.next() < 0.5,
  };
};

const kinds = ["oto", "bracket", "cancel", "reduce"] as const;

const groupOf = (chance: Chance): Group => {
  const kind = chance.pick(kinds);
  const minQty_lots = 1 + chance.below(3);
  if (kind === "oto") {
    const children = ["a", "b", "c"].map((id) => member(id, "child", chance));
    return { members: [member("p", "parent", chance), ...children], minQty_lots };
  }
  if (kind === "bracket") {
    const exits = [member("t", "take_profit", chance), member("l", "stop_loss", chance)];
    return { onFill: "reduce", members: [member("p", "parent", chance), ...exits], minQty_lots };
  }
  const members = ["a", "b", "c"].map((id) => member(id, "peer", chance));
  return { onFill: kind, members, minQty_lots };
};

const isOpen = ({ life }: GroupMember): boolean => life !== "over" && life !== "ending";

/** What is in force is at its venue, all of it is executed, or more may come. */
const rest = (one: Mutable): void => {
  if (!isOpen(one)) return;
  const isAll = one.booked_lots >= one.target_lots;
  const follows = one.role !== "peer" && one.role !== "parent";
  if (one.target_lots === 0 && one.life === "waiting") return;
  if (!isAll) one.life = one.life === "waiting" && one.role === "stop_loss" ? "waiting" : "live";
  else if (follows && one.booked_lots < one.asked_lots) one.life = "idle";
  else one.life = "over";
};

const carryOut = (one: Mutable, want: GroupWant): void => {
  if (want.want === "cancel") one.life = "over";
  else if (want.want === "finish") {
    one.asked_lots = one.booked_lots;
    one.target_lots = one.booked_lots;
    one.life = "over";
  } else {
    one.target_lots = want.total_lots;
    if (want.total_lots === 0) one.life = "waiting";
    else rest(one);
  }
};

/** Carries out what is wanted until nothing is. */
const settle = (group: Group): void => {
  for (let round = 0; round < 10; round += 1) {
    const wants = wantsOf(group);
    if (wants.length === 0) return;
    for (const want of wants) {
      const one = group.members.find(({ orderId }) => orderId === want.orderId);
      if (one !== undefined && isOpen(one)) carryOut(one, want);
    }
  }
  throw new Error(`never at rest: ${JSON.stringify(wantsOf(group))}`);
};

const stir = (one: Mutable, chance: Chance): void => {
  const dice = chance.next();
  if (dice < 0.05 && isOpen(one)) one.life = "over";
  else if (dice < 0.15 && one.life === "waiting" && one.target_lots > 0) {
    one.isTriggered = true;
    one.life = "live";
  } else if (one.life === "live" && one.target_lots > one.booked_lots) {
    one.booked_lots += 1 + chance.below(one.target_lots - one.booked_lots);
    one.executed_lots = one.booked_lots;
    rest(one);
  }
};

it(`in ${lives} random lives children follow and peers share`, () => {
  let executed = 0;
  for (let seed = 1; seed <= lives; seed += 1) {
    const chance = new Chance(seed);
    const group = groupOf(chance);
    const [first] = group.members;
    if (first === undefined) throw new Error("a group has members");
    for (let step = 0; step < steps; step += 1) {
      stir(chance.pick(group.members), chance);
      settle(group);
      const at = `seed ${seed} step ${step}`;
      expect(overfilled_lots(group), at).toBe(0);
      for (const one of group.members) {
        if (one.role === "parent" || !isOpen(one)) continue;
        expect(one.target_lots, at).toBeLessThanOrEqual(
          Math.max(limitOf(group, one).now_lots, one.booked_lots),
        );
        if (one.role !== "peer") {
          expect(one.target_lots, at).toBeLessThanOrEqual(first.booked_lots);
        }
      }
    }
    executed += group.members.filter(({ booked_lots }) => booked_lots > 0).length > 1 ? 1 : 0;
  }
  expect(executed).toBeGreaterThan(lives / 4);
});

it(`in ${lives} random lives a bust takes children back, as far as they have not executed`, () => {
  for (let seed = 1; seed <= lives; seed += 1) {
    const chance = new Chance(seed + lives);
    const group = groupOf(chance);
    const [parent] = group.members;
    if (parent?.role !== "parent") continue;
    for (let step = 0; step < steps; step += 1) {
      if (chance.next() < 0.1 && parent.booked_lots > 0) {
        parent.booked_lots -= 1 + chance.below(parent.booked_lots);
        parent.executed_lots = parent.booked_lots;
        if (parent.life === "over") parent.target_lots = parent.booked_lots;
      } else stir(chance.pick(group.members), chance);
      settle(group);
      for (const one of group.members) {
        if (one === parent || !isOpen(one)) continue;
        const most = Math.max(parent.booked_lots, one.booked_lots);
        expect(one.target_lots, `seed ${seed} step ${step}`).toBeLessThanOrEqual(most);
      }
    }
  }
});
