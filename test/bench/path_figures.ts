/**
 * Submit → order event, and submit → bytes at the venue: the product beside its floors, in blocks
 * that take turns, so that a noisy minute is noisy for both.
 */
import { journalStream, streams } from "../../protocols/kernel/subjects.ts";
import { accountShard, accountShardIndex, venueShard } from "../../protocols/kernel/shard.ts";
import type { AccountId, VenueId } from "../../protocols/kernel/ids.ts";
import { accounts, venueName } from "./bench_config.ts";
import type { BenchSize } from "./bench_options.ts";
import { accountShards } from "./deployment.ts";
import type { Deployment } from "./deployment.ts";
import type { Figure } from "./figure.ts";
import type { FloorOwnerJobs, OrderBytes } from "./floor_owner.ts";
import { makeOrderPath } from "./order_path.ts";
import type { Sample } from "./order_path.ts";
import { median, percentile } from "./statistics.ts";
import { newestWith } from "./stream_facts.ts";
import { startWorker } from "./worker.ts";

/** Latencies by round, in microseconds. */
interface Rounds {
  readonly oneHop: number[][];
  readonly twoHops: number[][];
  readonly event: number[][];
  readonly venue: number[][];
  readonly stored: number[][];
}

/** Measures the order path of a deployment that is warm. */
export const pathFigures = async (
  deployment: Deployment,
  size: BenchSize,
): Promise<readonly Figure[]> => {
  const { connection, mode, server, venue, venuePort } = deployment;
  const path = await makeOrderPath(connection);
  for (let index = 0; index < size.blockSamples; index += 1) await path.order();
  const owner = startWorker<FloorOwnerJobs>("floor_owner.ts");
  try {
    const bytes = await bytesOfLastOrder(deployment);
    await owner.ask("start", { server: server.url, venuePort, bytes });
    const block = async (take: () => Promise<Sample>): Promise<readonly Sample[]> => {
      const samples: Sample[] = [];
      for (let index = 0; index < size.blockSamples; index += 1) samples.push(await take());
      return samples;
    };
    const rounds: Rounds = { oneHop: [], twoHops: [], event: [], venue: [], stored: [] };
    for (let warm = 0; warm < 6; warm += 1) {
      await block(path.oneHop);
      await block(path.twoHops);
    }
    for (let round = 0; round < size.rounds; round += 1) {
      rounds.oneHop.push((await block(path.oneHop)).map(latency));
      await venue.ask("arrivals", null);
      const orders = await block(path.order);
      rounds.event.push(orders.map(latency));
      rounds.venue.push(arrived(orders, await venue.ask("arrivals", null)));
      const hops = await block(path.twoHops);
      rounds.twoHops.push(arrived(hops, await venue.ask("arrivals", null)));
      rounds.stored.push((await block(path.storedOrder)).map(latency));
    }
    return figuresOf(rounds, mode, bytes);
  } finally {
    await owner.end();
  }
};

const latency = ({ sent_us, heard_us }: Sample): number => heard_us - sent_us;

const arrived = (samples: readonly Sample[], arrivals: readonly number[]): number[] => {
  if (arrivals.length !== samples.length) {
    throw new Error(`${arrivals.length} arrivals at the venue for ${samples.length} orders`);
  }
  return samples.map(({ sent_us }, index) => (arrivals[index] ?? Number.NaN) - sent_us);
};

/** What the last order left in the streams: the floors carry the same. */
const bytesOfLastOrder = async ({ connection }: Deployment): Promise<OrderBytes> => {
  const home = accountShard(accountShardIndex(accounts[0] as AccountId, accountShards));
  const venue = venueShard(venueName as VenueId);
  const place = '"kind":"place"';
  return {
    accountFrame: await newestWith(connection, journalStream(home), '"in":"n:', place),
    event: await newestWith(connection, streams.events, '"execType":"pending_new"'),
    parcel: await newestWith(connection, streams.mailbox.h, '"items"', place),
    venueFrame: await newestWith(connection, journalStream(venue), '"in":"h:'),
  };
};

const figuresOf = (
  { oneHop, twoHops, event, venue, stored }: Rounds,
  mode: string,
  bytes: OrderBytes,
): readonly Figure[] => {
  const medians = (rounds: readonly (readonly number[])[]): readonly number[] => rounds.map(median);
  const p50 = (measured: number[][], floor: number[][]) => {
    const floors = medians(floor);
    const ratios = medians(measured).map((value, round) => value / (floors[round] ?? Number.NaN));
    return {
      floor: median(floors),
      measured: median(medians(measured)),
      ratio: median(ratios),
    };
  };
  const tails = {
    floor: percentile(oneHop.flat(), 0.99),
    measured: percentile(event.flat(), 0.99),
  };
  const { accountFrame, venueFrame } = bytes;
  const orders = `${event.flat().length} orders`;
  return [
    {
      name: "submit -> order event p50",
      mode,
      unit: "us",
      ...p50(event, oneHop),
      budget: { of: "ratio", comparison: "<=", value: 1.5 },
      note: `core subscription; ${orders}; frame ${accountFrame.length} bytes`,
    },
    {
      name: "submit -> order event p99",
      mode,
      unit: "us",
      ...tails,
      ratio: tails.measured / tails.floor,
      budget: { of: "ratio", comparison: "<=", value: 3 },
    },
    {
      name: "submit -> order event read from stream p50",
      mode,
      unit: "us",
      ...p50(stored, oneHop),
    },
    {
      name: "submit -> bytes at venue p50",
      mode,
      unit: "us",
      ...p50(venue, twoHops),
      budget: { of: "ratio", comparison: "<=", value: 1.5 },
      note: `frames ${accountFrame.length} + ${venueFrame.length} bytes`,
    },
  ];
};
