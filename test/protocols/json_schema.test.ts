/** The published JSON Schemas against the schemas that generate them. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { schemaFiles } from "../../protocols/schema_generate.ts";

const folder = fileURLToPath(new URL("../../protocols/schema/", import.meta.url));

const actors = fileURLToPath(new URL("../../actors/", import.meta.url));
const sources = readdirSync(actors, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(`${actors}${name}`, "utf8"));

describe("the published JSON Schemas", () => {
  it.each([...schemaFiles()])("%s is what the schemas generate", async (name, text) => {
    await expect(text).toMatchFileSnapshot(`${folder}${name}`);
  });

  it("are all there and nothing else is", () => {
    expect(readdirSync(folder).toSorted()).toEqual([...schemaFiles().keys()].toSorted());
  });

  it("are there for every kind of event that the actors name", () => {
    const names = sources.flatMap((text) =>
      [...text.matchAll(/(venue|account)EventSubject\([^)"]+"([a-z_]+)"/g)].map(
        ([, who, what]) => `${who}_${what}_event.json`,
      ),
    );
    expect(new Set(names).size).toBeGreaterThan(12);
    expect([...new Set(names)].filter((name) => !schemaFiles().has(name))).toEqual([]);
  });

  it("refuse unknown fields in commands and allow them in events", () => {
    const of = (name: string) =>
      JSON.parse(schemaFiles().get(name) ?? "{}") as { additionalProperties: boolean };
    expect(of("submit.json").additionalProperties).toBe(false);
    expect(of("order_event.json").additionalProperties).toBe(true);
  });
});
