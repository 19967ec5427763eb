/** Sessions, triggers, auctions and what venues take, as a deployment configures them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConfigRefused, parseConfig } from "../../deploy/reference_config.ts";
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";

interface Instruments {
  readonly [id: string]: Record<string, unknown>;
}
interface ConfigText {
  readonly instruments: Instruments;
  readonly venues: Record<string, Record<string, unknown>>;
  readonly [key: string]: unknown;
}

const demo = JSON.parse(
  readFileSync(new URL("../../deploy/demo.json", import.meta.url), "utf8"),
) as ConfigText;
const btc = "BTC-USDT";

const withSessions = (sessions: unknown): string =>
  JSON.stringify({ ...demo, instruments: changed({ sessions }) });
const changed = (change: object): Instruments => ({
  ...demo.instruments,
  [btc]: { ...demo.instruments[btc], ...change },
});
const instrumentOf = (text: string) =>
  parseConfig(text).reference.instruments.get(btc as InstrumentId);

const at = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n;

describe("a deployment's sessions", () => {
  it("are written as local clock times; a close before its open is on the next day", () => {
    const sessions = instrumentOf(
      withSessions({
        zone: "America/Chicago",
        hours: [{ weekdays: [7, 1, 2, 3, 4], open: "18:00", close: "17:00" }],
        holidays: ["2026-01-05"],
        earlyCloses: { "2026-01-07": "20:00" },
      }),
    )?.sessions;
    expect(sessions?.nextOpen(at("2026-01-05T12:00:00Z"))).toBe(at("2026-01-07T00:00:00Z"));
    expect(sessions?.nextClose(at("2026-01-07T12:00:00Z"))).toBe(at("2026-01-07T23:00:00Z"));
    expect(sessions?.dayEnd(at("2026-01-08T00:30:00Z"))).toBe(at("2026-01-08T02:00:00Z"));
  });

  it("may last the whole day", () => {
    const sessions = instrumentOf(
      withSessions({ zone: "UTC", hours: [{ weekdays: [1], open: "00:00", close: "24:00" }] }),
    )?.sessions;
    expect(sessions?.dayEnd(at("2026-01-05T12:00:00Z"))).toBe(at("2026-01-06T00:00:00Z"));
  });

  it.each<[string, unknown]>([
    ["BTC-USDT.sessions: zone", { zone: "Nowhere/Here" }],
    ["weekdays", { zone: "UTC", hours: [{ weekdays: [8], open: "01:00", close: "02:00" }] }],
    ["time of day", { zone: "UTC", hours: [{ weekdays: [1], open: "1:00", close: "02:00" }] }],
    ["open_min", { zone: "UTC", hours: [{ weekdays: [1], open: "24:00", close: "02:00" }] }],
    ["no date", { zone: "UTC", holidays: ["2026-13-01"] }],
    ["excess property", { zone: "UTC", opens: "01:00" }],
  ])("are refused for %s", (words, sessions) => {
    expect(() => instrumentOf(withSessions(sessions))).toThrow(ConfigRefused);
    expect(() => instrumentOf(withSessions(sessions))).toThrow(words);
  });
});

describe("a deployment's venues and triggers", () => {
  it("say what they take; the demo's have no day orders of their own", () => {
    const { reference } = parseConfig(JSON.stringify(demo));
    const offers = reference.venues.get("SIMX" as VenueId)?.offer;
    expect([...(offers?.timesInForce ?? [])]).toEqual(["gtc", "ioc", "fok"]);
    expect(reference.auctions?.closeLead_ms).toBe(5_000);
    expect(reference.instruments.get(btc as InstrumentId)?.triggerPrice).toBe("bid_ask");
  });

  it("may say nothing", () => {
    const { sessions: _s, triggerPrice: _t, ...plain } = demo.instruments[btc] ?? {};
    const { offers: _takes, ...venue } = demo.venues["SIMX"] ?? {};
    const { auctions: _auctions, ...rest } = demo;
    const text = JSON.stringify({
      ...rest,
      instruments: { ...demo.instruments, [btc]: plain },
      venues: { ...demo.venues, SIMX: venue },
    });
    const { reference } = parseConfig(text);
    expect(reference.instruments.get(btc as InstrumentId)?.sessions).toBeUndefined();
    expect(reference.venues.get("SIMX" as VenueId)?.offer).toBeUndefined();
    expect(reference.auctions).toBeUndefined();
  });

  it("are refused with words that are not the contract's", () => {
    const text = JSON.stringify({ ...demo, instruments: changed({ triggerPrice: "first" }) });
    expect(() => instrumentOf(text)).toThrow(ConfigRefused);
    const offers = { ordTypes: ["pegged"], timesInForce: [], execInsts: [], maxFloor: false };
    const venues = { ...demo.venues, SIMX: { ...demo.venues["SIMX"], offers } };
    expect(() => parseConfig(JSON.stringify({ ...demo, venues }))).toThrow(ConfigRefused);
  });
});
