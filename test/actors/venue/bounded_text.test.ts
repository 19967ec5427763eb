/**
 * Outside text is bounded in bytes, printable, and cut between characters.
 */
import { expect, test } from "vitest";
import { boundedText } from "../../../actors/venue/bounded_text.ts";

test("plain text within the bound is left as it is", () => {
  expect(boundedText("connection reset")).toBe("connection reset");
  expect(boundedText("Verbindung zurückgesetzt – 再起動")).toBe(
    "Verbindung zurückgesetzt – 再起動",
  );
});

test.each([
  ["x", 1],
  ["é", 2],
  ["€", 3],
  ["😀", 4],
])("text of %s is cut between characters at the bound in bytes", (character, bytes) => {
  const text = boundedText(character.repeat(1_000));
  expect(Buffer.byteLength(text)).toBe(256 - (256 % bytes));
  expect(text).toBe(character.repeat(Math.floor(256 / bytes)));
  expect(boundedText(character.repeat(9), 8).length).toBe(character.length * Math.floor(8 / bytes));
});

test("what does not print is a question mark, so that it takes no escape in JSON", () => {
  const text = boundedText("a\u0000b\nc\u001bd\ud800e\u2028f\u0085g\u202eh");
  expect(text).toBe("a?b?c?d?e?f?g?h");
  expect(JSON.stringify("\u0001".repeat(400)).length).toBeGreaterThan(2_000);
  expect(JSON.stringify(boundedText("\u0001".repeat(400))).length).toBe(258);
});
