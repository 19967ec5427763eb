/**
 * A strategy's commands: each is sent until it is durably received, and its answer is awaited.
 *
 * Owns: the ids of commands and messages, the bound on commands in flight, and what an order's view
 * says between the call and the first event.
 */
import { isToken } from "../kernel/ids.ts";
import { allOrders, commandSubject } from "../kernel/subjects.ts";
import type { CommandVerb } from "../kernel/subjects.ts";
import type { IdSource } from "./client_clock.ts";
import { CommandFailed } from "./client_error.ts";
import type { CancelFilter, ReplaceChange, SubmitOrder } from "./command_body.ts";
import type { Acknowledgement, CommandPublisher } from "./command_publisher.ts";
import type { EventIntake } from "./event_intake.ts";
import type { OrderEventMessage } from "./event_message.ts";

/** A command that is durably received. */
export interface Receipt {
  readonly clOrdId: string;
  /** What its answer names as its cause: `submit`, `replace:<id>` or `cancel:<id>`. */
  readonly commandId: string;
  readonly ack: Acknowledgement;
  /** The first event it causes; waits while the OMS is away, rejects when the client closes. */
  readonly answer: Promise<OrderEventMessage>;
}

/** The commands of the wire contract. Rejections are `CommandFailed` or `ClientClosed`. */
export interface StrategyCommands {
  /** Resolves once the order is durably received. */
  readonly submit: (order: SubmitOrder) => Promise<Receipt>;
  /** Changes quantity (the total, filled part included) or price. */
  readonly replace: (clOrdId: string, change: ReplaceChange) => Promise<Receipt>;
  readonly cancel: (clOrdId: string, cancelId?: string) => Promise<Receipt>;
  /** Cancels all open orders of the strategy that match; each answers with its own events. */
  readonly cancelAll: (filter?: CancelFilter) => Promise<Acknowledgement>;
}

/** What commands are made from. */
export interface CommandContext {
  readonly account: string;
  readonly strategy: string;
  readonly ids: IdSource;
  readonly inFlight_max: number;
  readonly publisher: CommandPublisher;
  readonly intake: EventIntake;
}

type Body = Readonly<Record<string, unknown>>;

/** The commands of one strategy. */
export const makeStrategyCommands = (context: CommandContext): StrategyCommands => {
  const { account, strategy, ids, intake } = context;
  const send = makeSender(context);
  const sendAnswered = async (
    clOrdId: string,
    verb: CommandVerb,
    commandId: string,
    body: Body,
  ): Promise<Receipt> => {
    const orderId = `${account}.${strategy}.${clOrdId}`;
    const answer = intake.answers.expect(orderId, commandId);
    try {
      const ack = await send(clOrdId, verb, body);
      return { clOrdId, commandId, ack, answer };
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      intake.answers.fail(orderId, commandId, failure);
      throw failure;
    }
  };
  return {
    submit: async ({ clOrdId = ids(), ...order }) => {
      intake.expectFromStart(`${account}.${strategy}.${clOrdId}`);
      intake.views.sending(clOrdId);
      try {
        const receipt = await sendAnswered(clOrdId, "submit", "submit", order);
        intake.views.received(clOrdId);
        return receipt;
      } catch (error) {
        const unknown = error instanceof CommandFailed && error.outcome === "unknown";
        if (!unknown) intake.views.refused(clOrdId);
        throw error;
      }
    },
    replace: (clOrdId, { replaceId = ids(), ...change }) =>
      sendAnswered(clOrdId, "replace", `replace:${replaceId}`, { replaceId, ...change }),
    cancel: (clOrdId, cancelId = ids()) =>
      sendAnswered(clOrdId, "cancel", `cancel:${cancelId}`, { cancelId }),
    cancelAll: (filter = {}) => send(allOrders, "cancel", { cancelId: ids(), ...filter }),
  };
};

/** Sends one command of any kind; refuses it at once where it could never be acknowledged. */
const makeSender = ({ account, strategy, ids, inFlight_max, publisher }: CommandContext) => {
  let inFlight = 0;

  return async (clOrdId: string, verb: CommandVerb, body: Body): Promise<Acknowledgement> => {
    const subject = commandSubject(account, strategy, clOrdId, verb);
    if (clOrdId !== allOrders && !isToken(clOrdId)) {
      throw new CommandFailed(subject, "not_sent", `"${clOrdId}" is not a token`);
    }
    if (inFlight >= inFlight_max) {
      throw new CommandFailed(subject, "not_sent", `${inFlight_max} commands are in flight`);
    }
    inFlight += 1;
    try {
      // Unique per call, not per order: a repeated submit is for the OMS to answer, not to be lost.
      return await publisher.publish(
        subject,
        JSON.stringify(body),
        `${account}.${strategy}.${ids()}`,
      );
    } finally {
      inFlight -= 1;
    }
  };
};
