/**
 * Which processes the demo consists of, and what each is told. Pure.
 *
 * Owns: the cast: two venues that differ in seed, fees and latency, one node, four strategies.
 */
import { Schema } from "effect";

/** What the plan needs of the demo configuration: the venues' fees and the instruments' grids. */
const DemoConfig = Schema.Struct({
  instruments: Schema.Record(
    Schema.String,
    Schema.Struct({ tick: Schema.String, lot: Schema.String }),
  ),
  venues: Schema.Record(
    Schema.String,
    Schema.Struct({
      maker_bps: Schema.Number,
      taker_bps: Schema.Number,
      instruments: Schema.Array(Schema.String),
    }),
  ),
});
/** The part of the demo configuration that the plan is made from. */
export type DemoConfig = typeof DemoConfig.Type;

/** Reads that part; throws where it is not as expected. */
export const readDemoConfig = (text: string): DemoConfig =>
  Schema.decodeUnknownSync(DemoConfig)(JSON.parse(text));

/** A process of the demo: a script of ours and its arguments. */
export interface PlannedProcess {
  readonly name: string;
  /** Relative to `deploy/`. */
  readonly script: string;
  readonly args: readonly string[];
}

/** How long a message to or from each venue takes, in the order of the venues. */
const latencies = ["lognormal:500us,0.4", "lognormal:2ms,0.4"];

/** The simulators. */
export const planVenues = (
  config: DemoConfig,
  seed: number,
  speed: number,
): readonly (PlannedProcess & { readonly venue: string })[] =>
  Object.entries(config.venues).map(([venue, profile], index) => ({
    venue,
    name: `venue-${venue}`,
    script: "simulator/main.ts",
    args: [
      ...[
        "--venue",
        venue,
        "--port",
        "0",
        "--seed",
        String(seed + index),
        "--speed",
        String(speed),
      ],
      ...["--latency", latencies[index % latencies.length] ?? "none"],
      ...["--instruments", profile.instruments.join(",")],
      ...[`--maker-bps=${profile.maker_bps}`, `--taker-bps=${profile.taker_bps}`],
      "--exit-with-parent",
    ],
  }));

/** The node. */
export const planNode = (
  nats: string,
  configFile: string,
  venues: readonly { readonly venue: string; readonly port: number }[],
): PlannedProcess => ({
  name: "node-1",
  script: "node.ts",
  args: [
    ...["--nats", nats, "--config", configFile, "--metrics-port", "0", "--node", "node-1"],
    ...venues.flatMap(({ venue, port }) => ["--venue", `${venue}=127.0.0.1:${port}`]),
  ],
});

interface Cast {
  readonly account: string;
  readonly strategy: string;
  readonly script: string;
  readonly instrument: string;
  readonly args: readonly string[];
}

const cast: readonly Cast[] = [
  {
    account: "MM1",
    strategy: "quotes",
    script: "strategies/market_maker.ts",
    instrument: "BTC-USDT",
    args: [
      "--qty",
      "0.002",
      "--half-spread",
      "2.00",
      "--requote",
      "1.50",
      "--max-position",
      "0.03",
    ],
  },
  {
    account: "MM2",
    strategy: "quotes",
    script: "strategies/market_maker.ts",
    instrument: "ETH-USDT",
    args: ["--qty", "0.05", "--half-spread", "0.10", "--requote", "0.08", "--max-position", "0.8"],
  },
  {
    account: "TWAP1",
    strategy: "twap-btc",
    script: "strategies/twap.ts",
    instrument: "BTC-USDT",
    args: ["--qty", "0.03", "--duration", "6s", "--slices", "50"],
  },
  {
    account: "TWAP1",
    strategy: "twap-eth",
    script: "strategies/twap.ts",
    instrument: "ETH-USDT",
    args: ["--qty", "0.8", "--duration", "6s", "--slices", "50", "--side", "sell"],
  },
];

/** The strategies. */
export const planStrategies = (config: DemoConfig, nats: string): readonly PlannedProcess[] =>
  cast.map(({ account, strategy, script, instrument, args }) => {
    const grid = config.instruments[instrument];
    if (grid === undefined) throw new Error(`the demo configuration has no ${instrument}`);
    return {
      name: `${account}.${strategy}`,
      script,
      args: [
        ...["--nats", nats, "--account", account, "--strategy", strategy],
        ...["--instrument", instrument, "--tick", grid.tick, "--lot", grid.lot],
        ...args,
        "--exit-with-parent",
      ],
    };
  });

/** Commands to try from another terminal, as people with the NATS CLI would type them. */
export const commandsToTry = (nats: string): readonly string[] => {
  const order =
    '{"instrument":"BTC-USDT","side":"buy","ordType":"limit","orderQty":"0.001","price":"62000"}';
  const cli = `nats -s ${nats}`;
  return [
    `${cli} sub 'oms.v1.evt.>'`,
    `${cli} req oms.v1.order.DEMO.hand.h1.submit '${order}'`,
    `${cli} stream report`,
  ];
};
