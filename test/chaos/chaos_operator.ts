/**
 * The person on duty of a chaos run: sees which sessions are quarantined, says why, lets them out.
 *
 * A quarantine is for a person to end, and the trouble of a run is enough to earn some: a venue
 * that breaks its protocol again and again, a second logon that takes the session twice.
 *
 * Owns: its rounds. Never: hides one: each is told and counted by its cause.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultWorld } from "../integration/support/fault_world.ts";
import { OperatorDesk } from "../integration/support/operator_desk.ts";

/** Between two rounds. */
const round_ms = 1_000;

/** A session in quarantine, as the admin service tells it. */
interface Quarantined {
  readonly venue: string;
  /** When it began, which names this one among others of the venue. */
  readonly since: string;
  /** The cause, a colon, and the text. */
  readonly reason: string;
}

interface NodeAnswer {
  readonly venues?: readonly {
    readonly venue?: string;
    readonly session?: {
      readonly status: string;
      readonly reason: string;
      readonly since: string;
    };
  }[];
}

/** Makes rounds until it is disposed. */
export class ChaosOperator implements AsyncDisposable {
  readonly #desk: OperatorDesk;
  readonly #say: (line: string) => void;
  readonly #count: (what: string) => void;
  readonly #seen = new Set<string>();
  readonly #rounds: Promise<void>;
  #isOver = false;

  /** Begins. `count` is called once for each quarantine. */
  constructor(
    world: FaultWorld,
    { say, count }: { say: (line: string) => void; count: (what: string) => void },
  ) {
    this.#desk = new OperatorDesk(world);
    this.#say = say;
    this.#count = count;
    this.#rounds = this.#makeRounds();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#rounds;
  }

  async #makeRounds(): Promise<void> {
    while (!this.#isOver) {
      await sleep(round_ms);
      // With the nats-server or every node down nobody answers: the next round will see.
      await this.#round().catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { body } = await this.#desk.ask("status", {});
    for (const session of quarantinedIn(body["nodes"])) {
      const { venue, since, reason } = session;
      const requestId = `release-${venue}-${since.replaceAll(/[^0-9]/g, "")}`;
      if (!this.#seen.has(requestId)) {
        this.#seen.add(requestId);
        this.#count(`quarantined.${reason.split(":")[0]}`);
        this.#say(`          ${venue} is quarantined: ${reason}`);
      }
      // Asked again until it is out: an answer that was lost changes nothing.
      const release = { requestId, operator: "chaos", reason: "seen", venue };
      await this.#desk.ask("release", release);
    }
  }
}

const quarantinedIn = (nodes: unknown): readonly Quarantined[] =>
  ((nodes ?? []) as readonly NodeAnswer[])
    .flatMap(({ venues }) => venues ?? [])
    .flatMap(({ venue, session }) =>
      venue !== undefined && session?.status === "quarantined" ? [{ venue, ...session }] : [],
    );
