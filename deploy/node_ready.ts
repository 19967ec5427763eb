/**
 * When a node is ready: every shard that it wants is live, every venue that it runs has its gate
 * open, its account shards know that, and NATS is connected. An order is routed from then on.
 */
import { Effect } from "effect";
import type { Logger } from "pino";
import type { AccountSpace } from "../actors/account_kinds.ts";
import type { VenueKinds } from "../actors/venue/venue_state.ts";
import type { VenueId } from "../protocols/kernel/ids.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard, ShardName } from "../protocols/kernel/shard.ts";
import type { NatsConnection } from "../runtime/nats_connection.ts";
import type { ReadonlySpace } from "../runtime/shard_model.ts";
import type { Ownership } from "../runtime/ownership.ts";
import { breakerIn } from "../actors/venue/breaker_model.ts";
import type { NodeMetrics } from "./metrics.ts";
import { liveShards } from "./shard_registry.ts";
import type { ShardRegistry } from "./shard_registry.ts";

/** What a shard's committed state said when it was last asked. */
interface Said {
  readonly missing: readonly string[];
  /** Venues whose gate is open, by a venue shard's own word. */
  readonly open: readonly VenueId[];
}

/**
 * Makes the question what keeps this node from being ready.
 *
 * A shard that is storing a frame answers a little later: until then its last word counts, and one
 * that has never answered is not ready.
 */
export const makeReadiness = (
  ownership: Ownership,
  registry: ShardRegistry,
  shards: readonly Shard[],
  data: NatsConnection["Service"],
): (() => readonly string[]) => {
  const said = new WeakMap<object, Said>();
  const missingAt = (name: ShardName, view: object): readonly string[] =>
    said.get(view)?.missing ?? [`${name} has not answered yet`];
  return () => {
    const { wanted, draining } = ownership.status();
    if (!data.up) return ["NATS is not connected"];
    if (draining) return ["draining"];
    const live = new Set(liveShards(registry));
    const lacking = (wanted ?? shards.map(shardName)).filter((name) => !live.has(name));
    for (const [name, view] of registry.venues) {
      view.read((space) => said.set(view, venueSaid(name, space)));
    }
    const open = [...registry.venues.values()].flatMap((view) => said.get(view)?.open ?? []);
    for (const [name, view] of registry.accounts) {
      view.read((space) => said.set(view, { missing: unaware(name, space, open), open: [] }));
    }
    return [
      ...[...registry.quarantined].map(([name, why]) => `${name} is quarantined: ${why}`),
      ...lacking.map((name) => `${name} is not live`),
      ...[...registry.venues].flatMap(([name, view]) => missingAt(name, view)),
      ...[...registry.accounts].flatMap(([name, view]) => missingAt(name, view)),
    ];
  };
};

const venueSaid = (name: ShardName, space: ReadonlySpace<VenueKinds>): Said => {
  const missing: string[] = [];
  const open: VenueId[] = [];
  for (const [venue, { status }] of space.entries("session")) {
    // Halted by operators it is as ready as it should be, and nobody is told that it is open.
    if (status === "open" && space.get("halt", venue) !== undefined) continue;
    if (status === "open") open.push(venue as VenueId);
    else missing.push(`${name} is ${status}`);
  }
  if (space.size("session") === 0) missing.push(`${name} has no session yet`);
  return { missing, open };
};

/** Venues that are open without the account shard knowing it yet: it would route nothing there. */
const unaware = (
  name: ShardName,
  space: AccountSpace,
  open: readonly VenueId[],
): readonly string[] =>
  open
    .filter((venue) => space.get("venue", venue)?.open !== true)
    .map((venue) => `${name} does not know yet that ${venue} is open`);

/** Shows which venues' gates are open. */
export const watchVenues = (
  registry: ShardRegistry,
  metrics: Pick<NodeMetrics, "venueUp" | "venueGuarded">,
) =>
  Effect.sync(() => {
    for (const view of registry.venues.values()) {
      view.read((space) => {
        for (const [venue, { status }] of space.entries("session")) {
          metrics.venueUp(venue, status === "open");
          const { phase } = breakerIn(space, venue as VenueId);
          metrics.venueGuarded(venue, phase, status === "quarantined");
        }
      });
    }
  });

const look_ms = 20;
/** How often a node that is not ready says why, in looks. */
const complaint_looks = 250;

/** Says once, on standard output, that the node is ready; until then now and then why it is not. */
export const announceReady = (notReady: () => readonly string[], port: number, log: Logger) =>
  Effect.gen(function* () {
    for (let looks = 1; ; looks += 1) {
      const missing = notReady();
      if (missing.length === 0) break;
      if (looks % complaint_looks === 0) log.warn({ missing }, "not ready yet");
      yield* Effect.sleep(look_ms);
    }
    log.info({ metrics: port }, "ready");
    process.stdout.write(`${JSON.stringify({ ready: { metrics: port } })}\n`);
  });
