/** What is no algorithm, or none for that order: each combination has one answer. */
import { describe, expect, it } from "vitest";
import { execInsts, ordTypes, timesInForce } from "../../../protocols/ord_words.ts";
import { btc } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const desk = new DeskShard();
const at = (ms: number): string => `${desk.now_ns + BigInt(ms) * 1_000_000n}`;
const buy = {
  ...{ instrument: btc, side: "buy", ordType: "limit", orderQty: "40", price: "105" },
  timeInForce: "gtc",
} as const;
const [soon, late] = [at(60_000), at(7_200_000)];

let orders = 0;
const said = (body: object): string => {
  orders += 1;
  const id = `o${orders}`;
  const [answer = ""] = desk.submit(id, { ...buy, ...body });
  desk.cancel(id);
  return answer.slice(id.length + 1);
};
const accepted = "pending_new pending_new";
const twap = { type: "twap", endTime: soon };
const unsupported = "denied denied ALGO_UNSUPPORTED";
const badTime = "denied denied ALGO_TIME_INVALID";
const badSlices = "denied denied ALGO_SLICES_INVALID";
const malformed = "denied denied MALFORMED";

describe("an algorithm", () => {
  it.each([
    ["a plain one", { algo: twap }, accepted],
    ["a market order", { ordType: "market", price: undefined, algo: twap }, accepted],
    ["for a day", { timeInForce: "day", algo: twap }, accepted],
    ["of another type", { algo: { type: "magic", endTime: soon } }, malformed],
    ["with a field of another one", { algo: { ...twap, minSlice: "2" } }, malformed],
    ["a TWAP without an end", { algo: { type: "twap" } }, malformed],
    ["that has ended", { algo: { ...twap, endTime: "9" } }, badTime],
    ["that ends before it begins", { algo: { ...twap, startTime: late } }, badTime],
    ["beyond the order's end", { timeInForce: "gtd", expireTime: at(9_000), algo: twap }, badTime],
    ["beyond its day", { timeInForce: "day", algo: { ...twap, endTime: at(86_400_000) } }, badTime],
    [
      "a POV that begins after its day",
      {
        timeInForce: "day",
        algo: { type: "pov", participation_bps: 9, startTime: at(86_400_000) },
      },
      badTime,
    ],
    ["in slices and intervals", { algo: { ...twap, slices: 2, interval_ms: 9_000 } }, badSlices],
    ["in slices below the minimum", { algo: { ...twap, slices: 21 } }, badSlices],
    [
      "in slices that are too close",
      { algo: { ...twap, endTime: at(1_000), slices: 8 } },
      badSlices,
    ],
    ["in too many intervals", { algo: { ...twap, interval_ms: 250 } }, badSlices],
    ["in 201 slices", { algo: { ...twap, slices: 201 } }, malformed],
    [
      "a VWAP without a profile",
      { algo: { type: "vwap", endTime: soon } },
      "denied denied ALGO_PROFILE_MISSING",
    ],
    ["a VWAP of nothing", { algo: { type: "vwap", endTime: soon, profile: [0, 0] } }, malformed],
    ["a VWAP", { algo: { type: "vwap", endTime: soon, profile: [1, 2] } }, accepted],
    ["a POV of nothing", { algo: { type: "pov", participation_bps: 0 } }, malformed],
    [
      "a POV of too little",
      { algo: { type: "pov", participation_bps: 9, minSlice: "1" } },
      badSlices,
    ],
    [
      "a POV off the lot",
      { algo: { type: "pov", participation_bps: 9, minSlice: "2.5" } },
      badSlices,
    ],
    ["a floor on a TWAP", { maxFloor: "10", algo: twap }, unsupported],
    ["an iceberg without a floor", { algo: { type: "iceberg" } }, unsupported],
    ["an iceberg", { maxFloor: "10", algo: { type: "iceberg" } }, accepted],
    [
      "an iceberg in too many slices",
      { orderQty: "900", maxFloor: "10", algo: { type: "iceberg", variance_bps: 9_000 } },
      badSlices,
    ],
    ["a taker that is post only", { execInst: ["post_only"], algo: twap }, unsupported],
    [
      "a passive one that is post only",
      { execInst: ["post_only"], algo: { ...twap, childStyle: "passive" } },
      accepted,
    ],
    ["above a limit of risk", { orderQty: "5000", algo: twap }, "denied denied RISK_MAX_ORDER_QTY"],
    ["far from the market", { price: "900", algo: twap }, "denied denied RISK_PRICE_COLLAR"],
    [
      "bound to another order",
      {
        algo: twap,
        contingency: {
          type: "oto",
          orders: [{ clOrdId: "kid", side: "sell", ordType: "limit", price: "110" }],
        },
      },
      unsupported,
    ],
  ])("%s", (_name, body, answer) => {
    expect(said(body)).toBe(answer);
  });

  it("of every type, time in force and instruction has one answer; plain orders pass", () => {
    const passed: string[] = [];
    for (const ordType of ordTypes) {
      for (const timeInForce of timesInForce) {
        for (const execInst of [[], ...execInsts.map((inst) => [inst])]) {
          const expireTime = timeInForce === "gtd" ? { expireTime: late } : {};
          const price = ordType.includes("limit") ? { price: "105" } : { price: undefined };
          const stop =
            ordType.includes("stop") || ordType.includes("touched") ? { stopPx: "103" } : {};
          const trail = ordType === "trailing_stop" ? { trailOffset: "2" } : {};
          const body = {
            ordType,
            timeInForce,
            execInst,
            ...price,
            ...stop,
            ...trail,
            ...expireTime,
          };
          const answer = said({ ...body, algo: twap });
          if (answer === accepted) passed.push([ordType, timeInForce, ...execInst].join(" "));
          else expect(answer).toMatch(/^denied denied (ALGO_UNSUPPORTED|RISK_REDUCE_ONLY)$/);
        }
      }
    }
    expect(passed).toEqual([
      ...["market day", "market gtc", "market gtd", "limit day", "limit gtc", "limit gtd"],
    ]);
    desk.check();
  });
});
