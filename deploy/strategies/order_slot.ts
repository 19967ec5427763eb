/**
 * One order that a strategy keeps alive: a market maker's quote, a slice of a TWAP.
 *
 * Owns: the id of the present order, what is on its way for it, the pause after a refusal and the
 * way out when no answer comes.
 * Never: decides whether or at what price to trade.
 */
import type { ClientClock } from "../../protocols/client/client_clock.ts";
import type { SubmitOrder } from "../../protocols/client/command_body.ts";
import { ClientClosed, CommandFailed } from "../../protocols/client/client_error.ts";
import type { OrderView } from "../../protocols/client/order_view.ts";
import type { StrategyClient } from "../../protocols/client/strategy_client.ts";
import type { Receipt } from "../../protocols/client/strategy_commands.ts";

/** How a slot's order stands. */
export type SlotState =
  | { readonly state: "none" }
  | { readonly state: "busy"; readonly clOrdId: string }
  | { readonly state: "working"; readonly clOrdId: string; readonly view: OrderView };

/** As much of the client as a slot needs. */
export type SlotClient = Pick<StrategyClient, "cancel" | "order" | "replace" | "submit">;

/** Who is told what the slot sees. */
export interface SlotWatch {
  /** Microseconds from the call to JetStream's acknowledgement, and to the first event. */
  readonly acknowledged: (took_us: number) => void;
  readonly answered: (took_us: number) => void;
  /** A command that was not acknowledged, or an order that was refused. */
  readonly trouble: (what: string, details: Readonly<Record<string, unknown>>) => void;
}

/** Pause before a new order after one was refused. */
const refusalPause_ms = 1_000;
/** An order that says nothing for so long is cancelled, which makes the OMS say where it stands. */
const silence_ms_max = 10_000;

const refused: ReadonlySet<string> = new Set(["denied", "rejected"]);
const working: ReadonlySet<string> = new Set(["new", "partially_filled"]);

/** A place for one order at a time. */
export class OrderSlot {
  readonly #client: SlotClient;
  readonly #clock: ClientClock;
  readonly #watch: SlotWatch;
  #clOrdId: string | undefined;
  #onTheWay = 0;
  #quietUntil_ms = 0;
  #busySince_ms: number | undefined;

  constructor(client: SlotClient, clock: ClientClock, watch: SlotWatch) {
    this.#client = client;
    this.#clock = clock;
    this.#watch = watch;
  }

  /** The present order's id. */
  get clOrdId(): string | undefined {
    return this.#clOrdId;
  }

  /** How the order stands; cancels it where it has been silent for too long. */
  look(): SlotState {
    const state = this.#read();
    if (state.state !== "busy") {
      this.#busySince_ms = undefined;
      return state;
    }
    const now_ms = this.#clock.now_ms();
    this.#busySince_ms ??= now_ms;
    if (now_ms - this.#busySince_ms > silence_ms_max && this.#clOrdId !== undefined) {
      this.#busySince_ms = now_ms;
      this.#watch.trouble("silent order", { clOrdId: this.#clOrdId });
      this.cancel();
    }
    return state;
  }

  /** Sends a new order; only where there is none. */
  submit(order: SubmitOrder & { readonly clOrdId: string }): void {
    this.#clOrdId = order.clOrdId;
    this.#send("submit", this.#client.submit(order), this.#clock.now_ms());
  }

  /** Moves the order to another price. */
  replace(price: string): void {
    if (this.#clOrdId === undefined) return;
    this.#send("replace", this.#client.replace(this.#clOrdId, { price }), undefined);
  }

  /** Cancels the order. */
  cancel(): void {
    if (this.#clOrdId === undefined) return;
    this.#send("cancel", this.#client.cancel(this.#clOrdId), undefined);
  }

  #read(): SlotState {
    const clOrdId = this.#clOrdId;
    if (clOrdId === undefined) {
      const quiet = this.#clock.now_ms() < this.#quietUntil_ms;
      return quiet ? { state: "busy", clOrdId: "" } : { state: "none" };
    }
    const view = this.#client.order(clOrdId);
    if (this.#onTheWay > 0 || view?.last === undefined) return { state: "busy", clOrdId };
    if (view.open) {
      const isWorking = working.has(view.last.ordStatus);
      return isWorking ? { state: "working", clOrdId, view } : { state: "busy", clOrdId };
    }
    this.#clOrdId = undefined;
    if (refused.has(view.last.ordStatus)) {
      const { rejectCode, text } = view.last;
      this.#watch.trouble("refused order", { clOrdId, rejectCode, text });
      this.#quietUntil_ms = this.#clock.now_ms() + refusalPause_ms;
    }
    return this.#read();
  }

  #send(what: string, sent: Promise<Receipt>, began_ms: number | undefined): void {
    this.#onTheWay += 1;
    const took_us = (): number => (this.#clock.now_ms() - (began_ms ?? 0)) * 1_000;
    const follow = async (): Promise<void> => {
      try {
        const receipt = await sent;
        if (began_ms !== undefined) this.#watch.acknowledged(took_us());
        // On its way until its first event, or until it has been silent for too long.
        if ((await this.#answerOrSilence(receipt)) && began_ms !== undefined) {
          this.#watch.answered(took_us());
        }
      } catch (error) {
        this.#failed(what, error);
      } finally {
        this.#onTheWay -= 1;
      }
    };
    void follow();
  }

  /** True when the answer came. */
  #answerOrSilence(receipt: Receipt): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#clock.after(silence_ms_max, () => resolve(false));
      receipt.answer.then(
        () => {
          cancelTimer();
          resolve(true);
        },
        (error: Error) => {
          cancelTimer();
          reject(error);
        },
      );
    });
  }

  #failed(what: string, error: unknown): void {
    if (error instanceof ClientClosed) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#watch.trouble(`${what} failed`, { clOrdId: this.#clOrdId, reason });
    this.#quietUntil_ms = this.#clock.now_ms() + refusalPause_ms;
    const gone = error instanceof CommandFailed && error.outcome !== "unknown";
    if (what === "submit" && gone) this.#clOrdId = undefined;
  }
}
