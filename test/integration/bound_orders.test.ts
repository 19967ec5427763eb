/**
 * Brackets against real processes, to each of their ends, with the node killed at every stage:
 * a node, two venues with moving prices, orders that wait with the node and orders at a venue.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { OrderEventBody } from "../../protocols/order_event.ts";
import { drawChance } from "./support/chance.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { gatherEvidence } from "./support/evidence.ts";
import { readEvents } from "./support/event_record.ts";
import { FaultWorld } from "./support/fault_world.ts";

const account = "ALFA";
const strategy = "bound";
const instrument = "ETH-USDT";
const orderQty = "0.0500";

/** What operators rightly hear: a venue that was not there yet, and a cancelled stop loss. */
const told = /"what":"(trigger_unrouted|contingency_short|contingency_unprotected)"/;

/** What an order is rejected with that is proven never to have left. */
const neverLeft: ReadonlySet<string> = new Set(["ROUTE_VENUE_DOWN", "VENUE_NOT_SENT"]);

/** Of an order of which it is not known yet whether its venue has it. */
const unknown: ReadonlySet<string> = new Set(["pending_new", "in_doubt"]);

type Body = Readonly<Record<string, unknown>>;

const buy = { instrument, orderQty, side: "buy", ordType: "limit", timeInForce: "gtc" } as const;

/** An entry with its exits: `<name>-t` takes the profit, `<name>-l` stops the loss. */
const bracket = (name: string, price: string, target: string, stopPx: string): Body => ({
  ...buy,
  price,
  contingency: {
    type: "bracket",
    takeProfit: { clOrdId: `${name}-t`, ordType: "limit", price: target, timeInForce: "gtc" },
    stopLoss: { clOrdId: `${name}-l`, ordType: "stop", stopPx, timeInForce: "gtc" },
  },
});

interface Attempt {
  readonly verb: "cancel" | "replace";
  readonly commandId: string;
  readonly body: Body;
}

class Stage {
  readonly world: FaultWorld;
  #node: Awaited<ReturnType<FaultWorld["startReadyNode"]>>;

  constructor(world: FaultWorld, node: Awaited<ReturnType<FaultWorld["startReadyNode"]>>) {
    this.world = world;
    this.#node = node;
  }

  price(factor: number): string {
    return (this.world.prices.mid(instrument) * factor).toFixed(2);
  }

  /** Sends it and waits for its first answer: a node without prices denies what it is sent. */
  async submit(clOrdId: string, body: Body): Promise<void> {
    const own = { account, strategy, clOrdId } as const;
    await this.world.sender.send({ ...own, verb: "submit", commandId: "submit", body });
    for (let wait = 0; wait < 500 && (await this.told(clOrdId)).length === 0; wait += 1) {
      await sleep(10);
    }
  }

  /**
   * Submits it while the node dies or not; where it never left for its venue, which was not there
   * yet or for which there was no time, it is rejected with that, its exits end, and it is
   * submitted again under another name. Answers the name that stands.
   */
  async enter(name: string, bodyOf: (name: string) => Body, dies: boolean): Promise<string> {
    for (let no = 1; no <= 20; no += 1) {
      const clOrdId = no === 1 ? name : `${name}${no}`;
      await this.submit(clOrdId, bodyOf(clOrdId));
      if (no === 1 && dies) await this.kill();
      const { rejectCode = "" } = (await this.#placed(clOrdId)) ?? {};
      if (!neverLeft.has(rejectCode)) return clOrdId;
      const ended = { [`${clOrdId}-t`]: "canceled", [`${clOrdId}-l`]: "canceled" };
      if (Object.keys(await this.missing(ended)).length > 0) {
        throw new Error(`${clOrdId} was refused and has exits left`);
      }
      await sleep(200);
    }
    throw new Error(`${name} was never placed`);
  }

  /** Its last event, once it is known whether its venue has it. */
  async #placed(clOrdId: string): Promise<OrderEventBody | undefined> {
    for (let wait = 0; wait < 300; wait += 1) {
      const last = (await this.told(clOrdId)).at(-1);
      if (last !== undefined && !unknown.has(last.ordStatus)) return last;
      await sleep(50);
    }
    return undefined;
  }

  /** Cancels it while the node dies; asked again where its venue was not there yet. */
  cancel(clOrdId: string): Promise<void> {
    return this.#insist(clOrdId, "canceled", (no) => {
      const body = { cancelId: `c${no}` };
      return { verb: "cancel", commandId: `cancel:c${no}`, body } as const;
    });
  }

  /** Replaces it while the node dies; asked again where its venue was not there yet. */
  replace(clOrdId: string, change: Body): Promise<void> {
    return this.#insist(clOrdId, "replaced", (no) => {
      const body = { replaceId: `r${no}`, ...change };
      return { verb: "replace", commandId: `replace:r${no}`, body } as const;
    });
  }

  async #insist(clOrdId: string, wanted: string, attempt: (no: number) => Attempt): Promise<void> {
    for (let no = 1; no <= 20; no += 1) {
      const command = attempt(no);
      await this.world.sender.send({ account, strategy, clOrdId, ...command });
      if (no === 1) await this.kill();
      for (let wait = 0; wait < 100; wait += 1) {
        const answers = (await this.told(clOrdId)).filter(
          ({ commandId, execType }) =>
            commandId === command.commandId && !execType.startsWith("pending_"),
        );
        if (answers.some(({ execType }) => execType === wanted)) return;
        if (answers.length > 0) break;
        await sleep(50);
      }
      await sleep(200);
    }
    throw new Error(`${clOrdId} was never ${wanted}`);
  }

  async kill(): Promise<void> {
    await this.#node.kill();
    this.#node = await this.world.startReadyNode();
  }

  async told(clOrdId: string): Promise<readonly OrderEventBody[]> {
    const { orders } = await readEvents(this.world.sender.connection);
    return orders.get(`${account}.${strategy}.${clOrdId}`) ?? [];
  }

  /** Waits until each order's last event has that status; what has not come to it in the end. */
  async missing(wanted: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const deadline_ms = Date.now() + 15_000;
    for (;;) {
      const missing: Record<string, string> = {};
      for (const [clOrdId, status] of Object.entries(wanted)) {
        const { ordStatus = "nothing", rejectCode = "" } = (await this.told(clOrdId)).at(-1) ?? {};
        if (ordStatus !== status) missing[clOrdId] = `${ordStatus} ${rejectCode}`.trimEnd();
      }
      if (Object.keys(missing).length === 0 || Date.now() > deadline_ms) return missing;
      await sleep(100);
    }
  }
}

test("a bracket comes to each of its ends, with the node killed at every stage", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const stage = new Stage(world, await world.startReadyNode());
  const [low, high] = [stage.price(0.97), stage.price(1.03)];
  const [lower, higher] = [stage.price(0.95), stage.price(1.05)];

  // Entries that are filled at once, and one that rests; the node dies right after each submit.
  const filling = (name: string): Body => bracket(name, high, higher, lower);
  const resting = (name: string): Body => bracket(name, low, higher, lower);
  const profit = await stage.enter("profit", filling, true);
  const loss = await stage.enter("loss", filling, false);
  const none = await stage.enter("none", resting, false);
  const bare = await stage.enter("bare", filling, true);
  for (const name of [profit, loss, bare]) {
    const there = { [name]: "filled", [`${name}-t`]: "new", [`${name}-l`]: "pending_new" };
    expect(await stage.missing(there)).toEqual({});
  }
  const waits = { [none]: "new", [`${none}-t`]: "pending_new", [`${none}-l`]: "pending_new" };
  expect(await stage.missing(waits)).toEqual({});

  // Its profit target comes into the market: the stop loss ends.
  await stage.replace(`${profit}-t`, { price: low });
  const taken = { [`${profit}-t`]: "filled", [`${profit}-l`]: "canceled" };
  expect(await stage.missing(taken)).toEqual({});

  // Its stop is moved above the market and so is met: the profit target ends.
  await stage.replace(`${loss}-l`, { stopPx: high });
  const stopped = { [`${loss}-l`]: "filled", [`${loss}-t`]: "canceled" };
  expect(await stage.missing(stopped)).toEqual({});

  // Its entry is cancelled without a fill: both exits end.
  await stage.cancel(none);
  const over = { [none]: "canceled", [`${none}-t`]: "canceled", [`${none}-l`]: "canceled" };
  expect(await stage.missing(over)).toEqual({});

  // Both exits are cancelled by hand.
  await stage.cancel(`${bare}-l`);
  await stage.cancel(`${bare}-t`);
  const byHand = { [`${bare}-l`]: "canceled", [`${bare}-t`]: "canceled" };
  expect(await stage.missing(byHand)).toEqual({});

  // The same command again, after all of it: nothing happens a second time.
  await stage.submit(profit, filling(profit));
  await world.settle([[account, strategy]]);
  const executed = [profit, `${profit}-t`, `${profit}-l`, loss, `${loss}-t`, `${loss}-l`].map(
    async (id) => (await stage.told(id)).at(-1)?.cumQty,
  );
  const zero = "0.0000";
  expect(await Promise.all(executed)).toEqual([orderQty, orderQty, zero, orderQty, zero, orderQty]);
  const evidence = await gatherEvidence(world, [account]);
  const faults = evidenceFaults(evidence, true);
  expect(faults.filter((fault) => !told.test(fault)).slice(0, 20)).toEqual([]);
  // Its stop loss was cancelled by hand while its profit target worked.
  const unprotected = faults.filter((fault) => fault.includes('"contingency_unprotected"'));
  expect(unprotected).toEqual([expect.stringContaining(`group=ALFA.bound.${bare}: 500 lots`)]);
}, 150_000);
