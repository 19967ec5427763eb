/**
 * The strategies of a simulated world: one process that publishes commands, some of them late or
 * twice, tries again where it got no answer, and hears of its orders and positions.
 *
 * Owns: the way of a command into its mailbox, and which of them were acknowledged.
 * Never: thinks a command up (`workload.ts` does).
 */
import { Effect, Exit } from "effect";
import type { Context } from "effect";
import type { EventFeedMemory } from "../../runtime/event_feed_memory.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import type { ShardServices } from "../support/ledger_world.ts";
import type { Faults } from "./faults.ts";
import type { Operators } from "./operators.ts";
import type { Process, VirtualWorld } from "./virtual_world.ts";
import type { Command, HeardEvent, HeardPosition, Workload } from "./workload.ts";

/** What strategies stand on. */
export interface StrategiesOptions {
  readonly world: VirtualWorld;
  readonly faults: Faults;
  readonly process: Process;
  /** The services as their process reaches them. */
  readonly services: Context.Context<ShardServices>;
  readonly workload: Workload;
  /** Their operators sit at the same desk. */
  readonly operators: Operators;
  readonly feed: EventFeedMemory;
}

const ms = 1_000;

/** The strategies of one world. */
export class Strategies {
  /** Subject of each command whose publish was acknowledged, by its message id. */
  readonly acknowledged = new Map<string, string>();
  readonly #options: StrategiesOptions;
  #published = 0;

  constructor(options: StrategiesOptions) {
    this.#options = options;
    const { feed, workload } = options;
    feed.listen(({ subject, data }) => {
      const body = (): unknown => JSON.parse(Buffer.from(data).toString());
      if (subject.includes(".evt.order.")) workload.hear(body() as HeardEvent);
      else if (subject.includes(".evt.position.")) workload.hearPosition(body() as HeardPosition);
    });
  }

  /** They do the next thing. */
  act(): void {
    const { workload, operators } = this.#options;
    const commands = workload.next();
    for (const command of [...commands, ...operators.next(commands)]) this.#publish(command);
  }

  #publish({ subject, data, delay_us }: Command): void {
    this.#published += 1;
    const { world, process, services } = this.#options;
    const { strikes, prng } = this.#options.faults;
    const late_us = strikes("command_late") ? prng.between(500, 2_500) * ms : delay_us;
    const copies = strikes("command_doubled") ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const msgId = `cmd-${this.#published}-${copy}`;
      const publish = Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        yield* Effect.retry(mailbox.publish(subject, data, msgId), { times: 3 });
      });
      world.after(late_us + copy * prng.below(10 * ms), process, () => {
        Effect.runForkWith(services)(publish).addObserver((exit) => {
          if (Exit.isSuccess(exit)) this.acknowledged.set(msgId, subject);
        });
      });
    }
  }
}
