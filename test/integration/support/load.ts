/**
 * A load of strategies: each submits, replaces and cancels at random, as fast as it is told.
 *
 * What is chosen depends on the seed alone; what becomes of it depends on time, and that is meant.
 *
 * Owns: which commands are sent. Never: waits for a business answer.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import type { Prng } from "../../../deploy/simulator/prng.ts";
import { instrumentNames, venueNames } from "./deployment_file.ts";
import type { TestInstrument } from "./deployment_file.ts";
import type { CommandSender } from "./command_sender.ts";
import type { MarketPrices } from "./market_prices.ts";

/** Who sends how much. */
export interface LoadSetting {
  readonly seed: number;
  /** `[account, strategy]`. */
  readonly strategies: readonly (readonly [string, string])[];
  /** Commands a second of all strategies together. */
  readonly rate: number;
  /** Where orders with a venue of their own go. */
  readonly venues?: readonly string[];
  /** Most commands waiting for their acknowledgement; the load pauses above. */
  readonly inFlight_max?: number;
}

const recent_max = 40;
const quantities = { "BTC-USDT": ["0.00100", "0.00250"], "ETH-USDT": ["0.0200", "0.0700"] };

/** One running strategy of the load. */
class RandomStrategy {
  readonly #recent: string[] = [];
  readonly #prng: Prng;
  readonly #sender: CommandSender;
  readonly #prices: MarketPrices;
  readonly #account: string;
  readonly #strategy: string;
  readonly #venues: readonly string[];
  #count = 0;

  constructor(
    prng: Prng,
    sender: CommandSender,
    prices: MarketPrices,
    [account, strategy]: readonly [string, string],
    venues: readonly string[],
  ) {
    this.#venues = venues;
    this.#prng = prng;
    this.#sender = sender;
    this.#prices = prices;
    this.#account = account;
    this.#strategy = strategy;
  }

  /** The next command; resolves when it is acknowledged. */
  next(): Promise<void> {
    this.#count += 1;
    const dice = this.#prng.nextUnit();
    const target = this.#pick(this.#recent);
    if (dice < 0.62 || target === undefined) return this.#submit();
    return dice < 0.78 ? this.#replace(target) : this.#cancel(target);
  }

  #submit(): Promise<void> {
    const clOrdId = `c${this.#count}`;
    const instrument = this.#pick(instrumentNames) ?? "BTC-USDT";
    const side = this.#pick(["buy", "sell"] as const) ?? "buy";
    const orderQty = this.#pick(quantities[instrument]) ?? "0.1";
    const venue = this.#pick(this.#venues) ?? "SIMX";
    const route = this.#prng.nextUnit() < 0.4 ? {} : { route: { policy: "direct", venue } };
    const body = { instrument, side, orderQty, ...route, ...this.#kind(instrument, side) };
    this.#recent.push(clOrdId);
    if (this.#recent.length > recent_max) this.#recent.shift();
    return this.#send(clOrdId, "submit", "submit", body);
  }

  /** Resting, marketable, immediate and market orders in about equal parts. */
  #kind(instrument: TestInstrument, side: "buy" | "sell"): Readonly<Record<string, string>> {
    const dice = this.#prng.nextUnit();
    if (dice < 0.2) return { ordType: "market", timeInForce: "ioc" };
    if (dice < 0.5) return { ordType: "limit", price: this.#away(instrument, side, -1) };
    const price = this.#away(instrument, side, 1);
    if (dice < 0.7) return { ordType: "limit", timeInForce: "ioc", price };
    return { ordType: "limit", price, timeInForce: dice < 0.85 ? "day" : "gtc" };
  }

  #replace(clOrdId: string): Promise<void> {
    const replaceId = `r${this.#count}`;
    const known = this.#prng.nextUnit() < 0.5 ? "BTC-USDT" : "ETH-USDT";
    const side = this.#prng.nextUnit() < 0.5 ? "buy" : "sell";
    const orderQty = this.#pick(quantities[known]) ?? "0.1";
    const body =
      this.#prng.nextUnit() < 0.5
        ? { replaceId, orderQty }
        : { replaceId, price: this.#away(known, side, -1) };
    return this.#send(clOrdId, "replace", `replace:${replaceId}`, body);
  }

  #cancel(clOrdId: string): Promise<void> {
    const cancelId = `x${this.#count}`;
    return this.#send(clOrdId, "cancel", `cancel:${cancelId}`, { cancelId });
  }

  /** A price that rests behind the market (-1) or takes from it (1). */
  #away(instrument: TestInstrument, side: "buy" | "sell", direction: 1 | -1): string {
    const sign = (side === "buy" ? 1 : -1) * direction;
    const share = direction === 1 ? 0.0005 : 0.0001 + this.#prng.nextUnit() * 0.002;
    return (this.#prices.mid(instrument) * (1 + sign * share)).toFixed(2);
  }

  #send(
    clOrdId: string,
    verb: "submit" | "replace" | "cancel",
    commandId: string,
    body: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const [account, strategy] = [this.#account, this.#strategy];
    return this.#sender.send({ account, strategy, clOrdId, verb, commandId, body });
  }

  #pick<A>(list: readonly A[]): A | undefined {
    return list[Math.floor(this.#prng.nextUnit() * list.length)];
  }
}

/** A running load. */
export interface Load {
  readonly sender: CommandSender;
  /** Ends it; resolves when every command that was sent is acknowledged. */
  stop(): Promise<void>;
}

/** Starts sending. */
export const startLoad = (
  sender: CommandSender,
  prices: MarketPrices,
  { seed, strategies, rate, venues = venueNames, inFlight_max = 200 }: LoadSetting,
): Load => {
  const prng = createPrng(seed);
  const running = strategies.map(
    (who, index) => new RandomStrategy(createPrng(seed, index + 1), sender, prices, who, venues),
  );
  const pending = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let isOver = false;
  const run = async (): Promise<void> => {
    let due_ms = Date.now();
    while (!isOver) {
      due_ms = Math.max(due_ms + 1_000 / rate, Date.now() - 1_000);
      const strategy = running[Math.floor(prng.nextUnit() * running.length)];
      if (strategy !== undefined && sender.inFlight < inFlight_max) {
        const sent = strategy.next().catch((error: unknown) => void failures.push(error));
        pending.add(sent);
        void sent.then(() => pending.delete(sent));
      }
      const wait_ms = due_ms - Date.now();
      if (wait_ms > 1) await sleep(wait_ms);
    }
  };
  const ended = run();
  return {
    sender,
    stop: async () => {
      isOver = true;
      await ended;
      await Promise.all(pending);
      if (failures.length > 0) throw failures[0];
    },
  };
};
