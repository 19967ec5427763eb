/** What `npm start` understands and refuses. */
import { describe, expect, it, test } from "vitest";
import { readDuration_ms, showDuration } from "../../deploy/start/duration.ts";
import { StartOptionError, parseStartOptions } from "../../deploy/start/start_options.ts";

describe("start options", () => {
  it("have defaults", () => {
    expect(parseStartOptions([])).toEqual({
      for_ms: undefined,
      natsPort: undefined,
      seed: 1,
      speed: 1,
      view: true,
      keep: false,
    });
  });

  it("are read", () => {
    const line = "--for 30s --nats-port 4333 --seed 7 --speed 2.5 --no-view --keep";
    expect(parseStartOptions(line.split(" "))).toEqual({
      for_ms: 30_000,
      natsPort: 4333,
      seed: 7,
      speed: 2.5,
      view: false,
      keep: true,
    });
  });

  test.each([
    ["--for 30", /--for is a duration/],
    ["--for 0s", /--for is a duration/],
    ["--nats-port 70000", /--nats-port is an integer/],
    ["--seed -1", /seed/],
    ["--speed fast", /--speed is a number/],
    ["--speed 0", /--speed is a number/],
    ["--replicas 3", /replicas/],
    ["surplus", /surplus/],
  ])("%s is refused with a reason", (line, reason) => {
    expect(() => parseStartOptions(line.split(" "))).toThrow(reason);
    expect(() => parseStartOptions(line.split(" "))).toThrow(StartOptionError);
  });

  it("explain themselves", () => {
    expect(() => parseStartOptions(["--help"])).toThrow(/--nats-port N/);
  });
});

describe("durations", () => {
  test.each([
    ["250ms", 250],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["30", undefined],
    ["-1s", undefined],
    ["1d", undefined],
    ["", undefined],
  ])("%s is %s ms", (text, duration_ms) => {
    expect(readDuration_ms(text)).toBe(duration_ms);
  });

  test.each([
    [999, "0s"],
    [65_000, "1m 05s"],
    [3_720_000, "1h 02m"],
  ])("%s ms is shown as %s", (duration_ms, text) => {
    expect(showDuration(duration_ms)).toBe(text);
  });
});
