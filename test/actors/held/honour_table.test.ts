/**
 * Every order type × time in force × instruction of the contract on four kinds of venue: the venue
 * does it, we do it, or it is denied with a code. The whole answer is a golden file.
 */
import { describe, expect, it } from "vitest";
import { honour, isHonoured, venueTimeInForce } from "../../../actors/held/honour_table.ts";
import type { Asked } from "../../../actors/held/honour_table.ts";
import { execInsts, ordTypes, timesInForce } from "../../../protocols/ord_words.ts";
import type { ExecInst } from "../../../protocols/ord_words.ts";
import { plainOffer } from "../../../protocols/venue_offer.ts";
import type { VenueOffer } from "../../../protocols/venue_offer.ts";

const richOffer: VenueOffer = {
  ordTypes: new Set(ordTypes),
  timesInForce: new Set(timesInForce),
  execInsts: new Set(["post_only", "all_or_none"]),
  maxFloor: true,
};
const bareOffer: VenueOffer = {
  ordTypes: new Set(["limit"]),
  timesInForce: new Set(["gtc"]),
  execInsts: new Set(),
  maxFloor: false,
};

const instSets: readonly (readonly ExecInst[])[] = [[], ...execInsts.map((inst) => [inst])];

const everything: readonly Asked[] = ordTypes.flatMap((ordType) =>
  timesInForce.flatMap((timeInForce) =>
    [false, true].flatMap((hasMaxFloor) =>
      instSets.map((execInst) => ({ ordType, timeInForce, execInst, hasMaxFloor })),
    ),
  ),
);

const words = (asked: Asked, venues: readonly VenueOffer[], sessions: boolean): string => {
  const answer = honour(asked, venues, sessions);
  if (!isHonoured(answer)) return answer.code;
  const { trigger, auction, iceberg } = answer;
  const place = venues[answer.venues[0] ?? 0];
  const parts = [
    place === undefined ? "nowhere" : venueTimeInForce(asked, place),
    ...(trigger === undefined ? [] : [`trigger:${trigger}`]),
    ...(auction === undefined ? [] : [`auction:${auction}`]),
    ...(iceberg === undefined ? [] : [`iceberg:${iceberg}`]),
  ];
  return parts.join(" ");
};

const line = (asked: Asked): string => {
  const { ordType, timeInForce, execInst, hasMaxFloor } = asked;
  const insts = [...execInst, ...(hasMaxFloor ? ["maxFloor"] : [])].join("+");
  const answers = [
    words(asked, [plainOffer], true),
    words(asked, [plainOffer], false),
    words(asked, [richOffer], true),
    words(asked, [bareOffer], true),
  ];
  return `${ordType} ${timeInForce} ${insts || "-"} | ${answers.join(" | ")}`;
};

describe("the table", () => {
  it("is what the golden file says", async () => {
    const head = "order | plain venue, sessions | plain venue, 24x7 | rich venue | bare venue";
    const text = `${[head, ...everything.map(line)].join("\n")}\n`;
    await expect(text).toMatchFileSnapshot("honour_table.golden.txt");
  });

  it("answers everything: honoured, or one of three codes", () => {
    const codes = new Set(["ORDER_TYPE_UNSUPPORTED", "TIF_UNSUPPORTED", "EXEC_INST_UNSUPPORTED"]);
    for (const asked of everything) {
      for (const venue of [plainOffer, richOffer, bareOffer]) {
        for (const sessions of [true, false]) {
          const answer = honour(asked, [venue], sessions);
          if (isHonoured(answer)) expect(venueTimeInForce(asked, venue)).toBeDefined();
          else expect(codes).toContain(answer.code);
        }
      }
    }
  });

  it("gives an order with several venues to those that can take it", () => {
    const asked: Asked = {
      ordType: "limit",
      timeInForce: "gtc",
      execInst: ["post_only"],
      hasMaxFloor: false,
    };
    expect(honour(asked, [bareOffer, plainOffer, richOffer], false)).toEqual({ venues: [1, 2] });
  });

  it("leaves a thing to the venues only where all of them do it", () => {
    const stop: Asked = {
      ordType: "stop_limit",
      timeInForce: "gtc",
      execInst: [],
      hasMaxFloor: true,
    };
    expect(honour(stop, [richOffer, plainOffer], false)).toEqual({
      trigger: "us",
      iceberg: "us",
      venues: [0, 1],
    });
    expect(honour(stop, [richOffer, richOffer], false)).toMatchObject({
      trigger: "venue",
      iceberg: "venue",
    });
  });

  it("sends all_or_none with ioc as fok, which every plain venue has", () => {
    const asked: Asked = {
      ordType: "limit",
      timeInForce: "ioc",
      execInst: ["all_or_none"],
      hasMaxFloor: false,
    };
    expect(honour(asked, [plainOffer], false)).toEqual({ venues: [0] });
    expect(venueTimeInForce(asked, plainOffer)).toBe("fok");
  });
});
