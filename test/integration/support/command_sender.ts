/**
 * Publishes commands until JetStream has them, and remembers each one that was acknowledged.
 *
 * A command whose acknowledgement does not come is sent again with the same `Nats-Msg-Id`, for as
 * long as the test runs: what is recorded here is exactly what NATS has promised to keep.
 *
 * Owns: its own NATS connection.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { connect, headers } from "nats";
import type { NatsConnection } from "nats";
import { commandSubject } from "../../../protocols/kernel/subjects.ts";
import type { CommandVerb } from "../../../protocols/kernel/subjects.ts";

/** A command that NATS has acknowledged. */
export interface AckedCommand {
  readonly account: string;
  readonly strategy: string;
  readonly clOrdId: string;
  readonly verb: CommandVerb;
  /** `submit`, `replace:<id>`, `cancel:<id>`. */
  readonly commandId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const attempt_ms_max = 2_000;
const giveUp_ms = 60_000;

/** A strategy's side of the wire, without any promise of the OMS. */
export class CommandSender {
  readonly acked: AckedCommand[] = [];
  readonly connection: NatsConnection;
  /** Attempts that got no answer. */
  repeats = 0;
  inFlight = 0;
  #sent = 0;

  constructor(connection: NatsConnection) {
    this.connection = connection;
  }

  static async open(url: string): Promise<CommandSender> {
    const connection = await connect({
      servers: url,
      name: "strategies",
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      reconnectJitter: 50,
      pingInterval: 2_000,
      noAsyncTraces: true,
    });
    return new CommandSender(connection);
  }

  /** Sends a command until it is acknowledged; recorded from then on. */
  async send(command: AckedCommand, msgId?: string): Promise<void> {
    this.inFlight += 1;
    try {
      this.#sent += 1;
      const { account, strategy, clOrdId, verb, body } = command;
      const subject = commandSubject(account, strategy, clOrdId, verb);
      await this.publish(subject, JSON.stringify(body), msgId ?? `${account}-${this.#sent}`);
      this.acked.push(command);
    } finally {
      this.inFlight -= 1;
    }
  }

  /** Publishes raw bytes until they are acknowledged; throws where they are refused for good. */
  async publish(subject: string, body: string | Uint8Array, msgId: string): Promise<void> {
    const deadline_ms = Date.now() + giveUp_ms;
    while (Date.now() < deadline_ms) {
      const head = headers();
      head.set("Nats-Msg-Id", msgId);
      try {
        const reply = await this.connection.request(subject, body, {
          headers: head,
          timeout: attempt_ms_max,
        });
        const answer = reply.json<{ readonly error?: { readonly description: string } }>();
        if (answer.error === undefined) return;
      } catch {
        // No answer, no responders or no connection: the outcome is unknown, so the same again.
      }
      this.repeats += 1;
      await sleep(50);
    }
    throw new Error(`${subject} was never acknowledged`);
  }

  /** Asks the OMS; undefined where nobody answers. */
  async ask(subject: string, body = "{}"): Promise<unknown> {
    try {
      return (await this.connection.request(subject, body, { timeout: 1_000 })).json();
    } catch {
      return undefined;
    }
  }

  /** Asks until somebody answers: a shard may be on its way. Throws where nobody does for 20 s. */
  async askPatiently(subject: string): Promise<unknown> {
    const deadline_ms = Date.now() + 20_000;
    while (Date.now() < deadline_ms) {
      const answer = await this.ask(subject);
      if (answer !== undefined) return answer;
      await sleep(100);
    }
    throw new Error(`nobody answers ${subject}`);
  }
}
