/**
 * The instruments that a simulated venue can list: their grid and the recording that drives them.
 *
 * Owns: the list.
 * Never: reads a file, converts a number.
 */

/** One instrument. A tick is 10^-priceDecimals, a lot 10^-qtyDecimals. */
export interface InstrumentSpec {
  readonly instrument: string;
  /** The symbol inside the recording. */
  readonly symbol: string;
  readonly recordingFile: string;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Prices and fees are in this currency. */
  readonly quoteCurrency: string;
}

/** Every instrument that a venue can list. */
export const instrumentSpecs: readonly InstrumentSpec[] = [
  {
    instrument: "BTC-USDT",
    symbol: "BTCUSDT",
    recordingFile: "binance_spot_btcusdt_20240808.gz",
    priceDecimals: 2,
    qtyDecimals: 5,
    quoteCurrency: "USDT",
  },
  {
    instrument: "ETH-USDT",
    symbol: "ETHUSDT",
    recordingFile: "binance_spot_ethusdt_20240808.gz",
    priceDecimals: 2,
    qtyDecimals: 4,
    quoteCurrency: "USDT",
  },
];

/** The instrument of that name, if a venue can list it. */
export const findInstrumentSpec = (instrument: string): InstrumentSpec | undefined =>
  instrumentSpecs.find((spec) => spec.instrument === instrument);
