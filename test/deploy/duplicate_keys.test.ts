/** Keys that stand twice in a configuration. */
import { expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { duplicateKey } from "../../deploy/duplicate_keys.ts";
import { ConfigRefused, parseConfig } from "../../deploy/reference_config.ts";

it.each([
  ['{"a":1,"a":2}', "a"],
  ['{"a":{"b":[{"c":1},{"c":2,"d":"x","c":3}]}}', "a.b.c"],
  ['{"a":1,"\\u0061":2}', "a"],
  ['{"a":{"a":{"a":"a,a:a"}},"b":["a","a",{"a":1}]}', undefined],
  ['{"a":"\\"}{\\"a\\":","b":[[],{}]}', undefined],
  ["[1,2,2]", undefined],
])("of %s it finds %s", (text, path) => {
  expect(duplicateKey(text)).toBe(path);
});

it("a configuration with two limits of one name is refused, with its path", () => {
  const text = readFileSync("deploy/demo.json", "utf8");
  expect(() => parseConfig(text)).not.toThrow();
  const twice = text.replace(/"maxOpenOrders": \d+/, (one) => `${one}, ${one}`);
  expect(() => parseConfig(twice)).toThrow(ConfigRefused);
  expect(() => parseConfig(twice)).toThrow(/accounts\.DEMO\.maxOpenOrders stands twice/);
});
