/**
 * What operators do in a simulated world, in about every other seed: kills of everything, of an
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
import { instruments } from "./reference.ts";
import type { Prng } from "./prng.ts";
import type { Command } from "./workload.ts";

/** Whom operators can stop. */
export interface Stoppable {
  readonly accounts: readonly AccountId[];
  readonly accountShards: number;
  readonly venues: readonly VenueId[];
}

/** A source of operators' requests. */
export interface Operators {
  /** What they do while strategies send those commands. */
  readonly next: (commands: readonly Command[]) => readonly Command[];
}

const ms = 1_000;

/** Makes the operators of a world. */
export const makeOperators = (prng: Prng, stoppable: Stoppable): Operators => {
  const { accounts, accountShards, venues } = stoppable;
  const isThere = prng.chance(0.6);
  let requests = 0;
  const mail = (shard: Shard, verb: ControlVerb, body: object, delay_us: number): Command => ({
    subject: controlSubject(shard, verb),
    data: Buffer.from(JSON.stringify(body)),
    delay_us,
  });
  const asked = (): object => {
    requests += 1;
    return { requestId: `k${requests}`, operator: "ann", reason: "drill" };
  };
  const everyAccount = (verb: ControlVerb, body: object, delay_us: number): readonly Command[] =>
    Array.from({ length: accountShards }, (_, index) =>
      mail(accountShard(index), verb, body, delay_us + prng.below(2 * ms)),
    );
  const everyVenue = (verb: ControlVerb, body: object, delay_us: number): readonly Command[] =>
    venues.map((id) => mail(venueShard(id), verb, body, delay_us + prng.below(2 * ms)));
  /** Rarely never within the run. */
  const later_us = (): number => prng.pick([0, 20, 200, 200, 800, 800, 3_000, 60_000]) * ms;
  const scopeOf = (account: AccountId): object =>
    prng.chance(0.3) ? { account, strategy: prng.pick(["s1", "s2"]) } : { account };

  const killAll = (): readonly Command[] => {
    const [kill, release, until_us] = [asked(), asked(), later_us()];
    return [
      ...everyVenue("halt", { ...kill, massCancel: true }, 0),
      ...everyAccount("kill", kill, prng.below(5 * ms)),
      ...everyAccount("trading_state", { ...release, state: "active" }, until_us),
      ...everyVenue("resume", release, until_us + prng.below(50 * ms)),
      // The first one once more, when all is over: it must change nothing.
      ...(prng.chance(0.3) ? everyVenue("halt", kill, until_us + 500 * ms) : []),
      ...(prng.chance(0.3) ? everyAccount("kill", kill, until_us + 500 * ms) : []),
    ];
  };
  const killVenue = (at_us = 0): readonly Command[] => {
    const shard = venueShard(prng.pick(venues));
    const how = { massCancel: prng.chance(0.5), byId: prng.chance(0.5) };
    return [
      mail(shard, "halt", { ...asked(), ...how }, at_us),
      mail(shard, "resume", asked(), at_us + later_us()),
    ];
  };
  const ruleAccount = (at_us = 0, account = prng.pick(accounts)): readonly Command[] => {
    const shard = accountShard(accountShardIndex(account, accountShards));
    const scope = scopeOf(account);
    const state = prng.pick(["reducing", "cancel_only", "halted", "halted", "halted"]);
    const first = prng.chance(0.4)
      ? mail(shard, "kill", { ...asked(), ...scope }, at_us)
      : mail(shard, "trading_state", { ...asked(), ...scope, state }, at_us);
    const lift = { ...asked(), ...scope, state: "active" };
    return [first, mail(shard, "trading_state", lift, at_us + later_us())];
  };
  /** Within the few milliseconds that a command takes to its venue, and its answer back. */
  const strike = ({ subject, delay_us }: Command): readonly Command[] => {
    const at_us = delay_us + prng.between(0, 6 * ms);
    const account = accounts.find((one) => subject.split(".").includes(one));
    return prng.chance(0.5) ? killVenue(at_us) : ruleAccount(at_us, account);
  };
  const massCancel = (): readonly Command[] => {
    const instrument = prng.chance(0.5) ? { instrument: prng.pick(instruments).id } : {};
    const body = { ...asked(), ...instrument };
    return prng.chance(0.5)
      ? [mail(venueShard(prng.pick(venues)), "mass_cancel", body, 0)]
      : everyAccount("mass_cancel", body, 0);
  };
  return {
    next: (commands) => {
      if (!isThere || !prng.chance(0.15)) return [];
      const [command] = commands;
      if (command !== undefined && prng.chance(0.6)) return strike(command);
      return prng.pick([killAll, killVenue, ruleAccount, massCancel])();
    },
  };
};
