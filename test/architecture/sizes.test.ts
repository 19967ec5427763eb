/** Files, lines and functions stay small; each check can fail. */
import { expect, test } from "vitest";
import {
  FILE_LINES_MAX,
  FUNCTION_LINES_MAX,
  LINE_COLUMNS_MAX,
  fileLengthViolations,
  functionLengthViolations,
  lineLengthViolations,
} from "./size_rules.ts";
import { parseSource, readSourceTree } from "./source_tree.ts";

const tree = readSourceTree();

test(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
  expect(fileLengthViolations(tree)).toEqual([]);
});

test(`no line is wider than ${LINE_COLUMNS_MAX} columns`, () => {
  expect(lineLengthViolations(tree)).toEqual([]);
});

test(`no function is longer than ${FUNCTION_LINES_MAX} lines`, () => {
  expect(functionLengthViolations(tree)).toEqual([]);
});

test("a file is refused from one line above the limit", () => {
  const file = (lines: number) => [parseSource("runtime/a.ts", "// x\n".repeat(lines))];
  expect(fileLengthViolations(file(FILE_LINES_MAX))).toEqual([]);
  expect(fileLengthViolations(file(FILE_LINES_MAX + 1))).toEqual(["runtime/a.ts has 401 lines"]);
});

test("a line is refused from one column above the limit, counted in characters", () => {
  const file = (columns: number) => [parseSource("runtime/a.ts", `//${"→".repeat(columns - 2)}`)];
  expect(lineLengthViolations(file(LINE_COLUMNS_MAX))).toEqual([]);
  expect(lineLengthViolations(file(LINE_COLUMNS_MAX + 1))).toEqual([
    "runtime/a.ts:1 has 101 columns",
  ]);
});

const body = (lines: number): string => "{\n".concat("f();\n".repeat(lines - 2), "}");

test.each([
  (lines: number) => `function g() ${body(lines)}`,
  (lines: number) => `const g = () => ${body(lines)}`,
  (lines: number) => `const g = Effect.gen(function* () ${body(lines)})`,
  (lines: number) => `const g = { method() ${body(lines)} }`,
  (lines: number) => `class G { method() ${body(lines)} }`,
  (lines: number) => `test("a", async () => ${body(lines)})`,
])("a function is refused from one line above the limit: %s", (text) => {
  const file = (lines: number) => [parseSource("runtime/a.ts", text(lines))];
  expect(functionLengthViolations(file(FUNCTION_LINES_MAX))).toEqual([]);
  expect(functionLengthViolations(file(FUNCTION_LINES_MAX + 1))).toEqual([
    "runtime/a.ts:1 has a function of 71 lines",
  ]);
});

test("a group of tests may be long, the tests in it may not", () => {
  const group = (lines: number) => [
    parseSource("test/a.test.ts", `describe("a", () => {\ntest("b", () => ${body(lines)});\n});`),
  ];
  expect(functionLengthViolations(group(FUNCTION_LINES_MAX))).toEqual([]);
  expect(functionLengthViolations(group(FUNCTION_LINES_MAX + 1))).toHaveLength(1);
});
