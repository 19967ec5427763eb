/** The golden wire files: one example of each command and of each kind of event. */
import { readFileSync } from "node:fs";
import { Schema } from "effect";
import { describe, expect, it } from "vitest";
import { Cancel, MassCancel, Replace, Submit } from "../../protocols/command.ts";
import { OrderEventBody } from "../../protocols/order_event.ts";
import { execTypes } from "../../protocols/ord_words.ts";
import { PositionEventBody } from "../../protocols/position_event.ts";
import { accountEventBodies } from "../../protocols/account_event.ts";
import { venueEventBodies } from "../../protocols/venue_event.ts";
import { answerBodies } from "../../protocols/query_answer.ts";
import { goldenAnswers } from "./golden_answers.ts";
import { goldenEvents } from "./golden_events.ts";
import { goldenFeed } from "./golden_feed.ts";

const folder = new URL("golden/", import.meta.url);
const golden = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const fileText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Every kind of event of a venue and of an account, by the name of its file. */
const feeds: readonly (readonly [string, Schema.Codec<unknown>])[] = [
  ...Object.entries(venueEventBodies).map(([what, schema]) => [`venue_${what}`, schema] as const),
  ...Object.entries(accountEventBodies).map(
    ([what, schema]) => [`account_${what}`, schema] as const,
  ),
];

/** Decodes strictly and encodes again. */
const roundTrip = <A, I>(schema: Schema.Codec<A, I>, text: string): string => {
  const strict = { onExcessProperty: "error" } as const;
  const decoded = Schema.decodeUnknownSync(schema, strict)(JSON.parse(text));
  return fileText(Schema.encodeSync(schema)(decoded));
};

describe("the golden wire files", () => {
  it("of commands decode and encode to the same bytes", () => {
    for (const [name, schema] of [
      ["command.replace.json", Replace],
      ["command.cancel.json", Cancel],
      ["command.mass_cancel.json", MassCancel],
    ] as const) {
      expect(roundTrip<unknown, unknown>(schema, golden(name))).toBe(golden(name));
    }
    for (const name of ["submit", "submit.oto", "submit.bracket"]) {
      expect(roundTrip(Submit, golden(`command.${name}.json`))).toBe(
        golden(`command.${name}.json`),
      );
    }
  });

  it.each(execTypes)("of a %s event decodes and encodes to the same bytes", (execType) => {
    const text = golden(`event.${execType}.json`);
    expect(roundTrip(OrderEventBody, text)).toBe(text);
    expect((JSON.parse(text) as OrderEventBody).execType).toBe(execType);
  });

  it("of a position event decodes and encodes to the same bytes", () => {
    const text = golden("event.position.json");
    expect(roundTrip(PositionEventBody, text)).toBe(text);
  });

  it.each(feeds)("of a %s event decodes and encodes to the same bytes", (name, schema) => {
    const text = golden(`event.${name}.json`);
    expect(roundTrip<unknown, unknown>(schema, text)).toBe(text);
  });

  it("are what the shards make, for every kind of a venue's and of an account's event", () => {
    const made = goldenFeed();
    for (const [name, body] of made) expect(fileText(body)).toBe(golden(`event.${name}.json`));
    const named = [...made.keys(), "venue_rate"].toSorted();
    expect(named).toEqual(feeds.map(([name]) => name).toSorted());
  });

  it.each(Object.entries(answerBodies))("of a %s decode and encode", (name, schema) => {
    const text = golden(`answer.${name}.json`);
    expect(roundTrip<unknown, unknown>(schema, text)).toBe(text);
  });

  it.each(Object.entries(goldenAnswers))("of a %s are what the service makes", (name, made) => {
    expect(fileText(made())).toBe(golden(`answer.${name}.json`));
  });

  it("let an event tell of an adopted order, which is no strategy's", () => {
    const body = JSON.parse(golden("event.new.json")) as object;
    const adopted = { ...body, strategy: "_external" };
    expect(Schema.decodeUnknownSync(OrderEventBody)(adopted).strategy).toBe("_external");
    const other = { ...body, strategy: "_other" };
    expect(() => Schema.decodeUnknownSync(OrderEventBody)(other)).toThrow(/_external/);
  });

  it("are what the order actor makes, for every kind that it makes", () => {
    const made = goldenEvents();
    for (const [execType, body] of made) {
      expect(fileText(body)).toBe(golden(`event.${execType}.json`));
    }
    expect([...made.keys()].toSorted()).toEqual([...execTypes].toSorted());
  });
});
