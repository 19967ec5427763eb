/**
 * What operators do in a simulated world, in more than every other seed: kills of everything, of an
 * account, of a strategy or of a venue, trading states, mass cancels; mostly lifted again after a
 * while; some requests arrive twice, long after the first. Often they strike in the very
 * milliseconds in which a strategy's command is on its way.
 *
 * Owns: the bytes of their requests. Never: knows what becomes of them.
 */
import type { AccountId, VenueId } from "../../protocols/kernel/ids.ts";
import { accountShard, accountShardIndex, venueShard } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { controlSubject } from "../../protocols/kernel/subjects.ts";
import type { ControlVerb } from "../../protocols/kernel/subjects.ts";
import type { Conditions } from "./conditions.ts";
import { instruments } from "./reference.ts";
import type { Prng } from "./prng.ts";
import type { Command } from "./workload.ts";

/** Whom operators can stop. */
export interface Stoppable {
  readonly accounts: readonly AccountId[];
  readonly accountShards: number;
  readonly venues: readonly VenueId[];
  readonly conditions: Conditions;
}

/** A source of operators' requests. */
export interface Operators {
  /** What they do while strategies send those commands. */
  readonly next: (commands: readonly Command[]) => readonly Command[];
}

const ms = 1_000;

/** Makes the operators of a world. */
export const makeOperators = (prng: Prng, stoppable: Stoppable): Operators =>
  new Desk(prng, stoppable);

const mail = (shard: Shard, verb: ControlVerb, body: object, delay_us: number): Command => ({
  subject: controlSubject(shard, verb),
  data: Buffer.from(JSON.stringify(body)),
  delay_us,
});

class Desk implements Operators {
  readonly #prng: Prng;
  readonly #stoppable: Stoppable;
  readonly #isThere: boolean;
  readonly #isBusy: boolean;
  #requests = 0;

  constructor(prng: Prng, stoppable: Stoppable) {
    this.#prng = prng;
    this.#stoppable = stoppable;
    const { likely, holds } = stoppable.conditions;
    this.#isThere = prng.chance(likely("operators"));
    this.#isBusy = holds("busy_operators");
  }

  next(commands: readonly Command[]): readonly Command[] {
    const prng = this.#prng;
    const isBusy = this.#isBusy;
    if (!this.#isThere || !prng.chance(isBusy ? 0.5 : 0.15)) return [];
    const [command] = commands;
    if (command !== undefined && prng.chance(isBusy ? 0.9 : 0.6)) return this.#strike(command);
    switch (prng.pick(["all", "venue", "account", "cancel"] as const)) {
      case "all":
        return this.#killAll();
      case "venue":
        return this.#killVenue(0);
      case "account":
        return this.#ruleAccount(0, prng.pick(this.#stoppable.accounts));
      case "cancel":
        return this.#massCancel();
    }
  }

  /** Within the few milliseconds that a command takes to its venue, and its answer back. */
  #strike({ subject, delay_us }: Command): readonly Command[] {
    const at_us = delay_us + this.#prng.between(0, 6 * ms);
    const { accounts } = this.#stoppable;
    const account = accounts.find((one) => subject.split(".").includes(one));
    return account === undefined || this.#prng.chance(0.5)
      ? this.#killVenue(at_us)
      : this.#ruleAccount(at_us, account);
  }

  #killAll(): readonly Command[] {
    const prng = this.#prng;
    const [kill, release, until_us] = [this.#asked(), this.#asked(), this.#later_us()];
    const active = { ...release, state: "active" };
    return [
      ...this.#everyVenue("halt", { ...kill, massCancel: true }, 0),
      ...this.#everyAccount("kill", kill, prng.below(5 * ms)),
      ...this.#everyAccount("trading_state", active, until_us),
      ...this.#everyVenue("resume", release, until_us + prng.below(50 * ms)),
      // The first one once more, when all is over: it must change nothing.
      ...(prng.chance(0.3) ? this.#everyVenue("halt", kill, until_us + 500 * ms) : []),
      ...(prng.chance(0.3) ? this.#everyAccount("kill", kill, until_us + 500 * ms) : []),
    ];
  }

  #killVenue(at_us: number): readonly Command[] {
    const prng = this.#prng;
    const shard = venueShard(prng.pick(this.#stoppable.venues));
    const how = { massCancel: prng.chance(0.5), byId: prng.chance(0.5) };
    return [
      mail(shard, "halt", { ...this.#asked(), ...how }, at_us),
      mail(shard, "resume", this.#asked(), at_us + this.#later_us()),
    ];
  }

  #ruleAccount(at_us: number, account: AccountId): readonly Command[] {
    const prng = this.#prng;
    const shard = accountShard(accountShardIndex(account, this.#stoppable.accountShards));
    const strategy = prng.chance(0.3) ? { strategy: prng.pick(["s1", "s2"]) } : {};
    const scope = { account, ...strategy };
    const state = prng.pick(["reducing", "cancel_only", "halted", "halted", "halted"]);
    const isKill = prng.chance(0.4);
    const rule = { ...this.#asked(), ...scope };
    const lift = { ...this.#asked(), ...scope };
    const until_us = at_us + this.#later_us();
    return [
      ...(isKill || state === "halted" ? this.#everyVenue("halt", rule, at_us) : []),
      isKill
        ? mail(shard, "kill", rule, at_us + prng.below(5 * ms))
        : mail(shard, "trading_state", { ...rule, state }, at_us),
      mail(shard, "trading_state", { ...lift, state: "active" }, until_us),
      ...this.#everyVenue("resume", lift, until_us),
    ];
  }

  #massCancel(): readonly Command[] {
    const prng = this.#prng;
    const instrument = prng.chance(0.5) ? { instrument: prng.pick(instruments).id } : {};
    const body = { ...this.#asked(), ...instrument };
    return prng.chance(0.5)
      ? [mail(venueShard(prng.pick(this.#stoppable.venues)), "mass_cancel", body, 0)]
      : this.#everyAccount("mass_cancel", body, 0);
  }

  #asked(): object {
    this.#requests += 1;
    return { requestId: `k${this.#requests}`, operator: "ann", reason: "drill" };
  }

  /** Rarely never within the run. */
  #later_us(): number {
    return this.#prng.pick([0, 20, 200, 200, 800, 800, 3_000, 60_000]) * ms;
  }

  #everyAccount(verb: ControlVerb, body: object, delay_us: number): readonly Command[] {
    return Array.from({ length: this.#stoppable.accountShards }, (_, index) =>
      mail(accountShard(index), verb, body, delay_us + this.#prng.below(2 * ms)),
    );
  }

  #everyVenue(verb: ControlVerb, body: object, delay_us: number): readonly Command[] {
    return this.#stoppable.venues.map((id) =>
      mail(venueShard(id), verb, body, delay_us + this.#prng.below(2 * ms)),
    );
  }
}
