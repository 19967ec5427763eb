/** The published JSON Schemas against the schemas that generate them. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { schemaFiles } from "../../protocols/schema_generate.ts";

const folder = fileURLToPath(new URL("../../protocols/schema/", import.meta.url));

describe("the published JSON Schemas", () => {
  it.each([...schemaFiles()])("%s is what the schemas generate", async (name, text) => {
    await expect(text).toMatchFileSnapshot(`${folder}${name}`);
  });

  it("are all there and nothing else is", () => {
    expect(readdirSync(folder).toSorted()).toEqual([...schemaFiles().keys()].toSorted());
  });

  it("refuse unknown fields in commands and allow them in events", () => {
    const of = (name: string) =>
      JSON.parse(schemaFiles().get(name) ?? "{}") as { additionalProperties: boolean };
    expect(of("submit.json").additionalProperties).toBe(false);
    expect(of("order_event.json").additionalProperties).toBe(true);
  });
});
