/** Files and exported functions are named and introduced as agreed; each check can fail. */
import { expect, test } from "vitest";
import { docstringViolations, headerViolations, nameViolations } from "./name_rules.ts";
import { parseSource, readSourceTree } from "./source_tree.ts";

const tree = readSourceTree();
const HEADER = "/** What this is for. */\n";

test("file and folder names are snake_case and say something", () => {
  expect(nameViolations(tree)).toEqual([]);
});

test("every file begins with a header comment", () => {
  expect(headerViolations(tree)).toEqual([]);
});

test("every exported function of the inner layers has a docstring", () => {
  expect(docstringViolations(tree)).toEqual([]);
});

test.each([
  "runtime/actorLoop.ts",
  "runtime/ActorLoop.ts",
  "runtime/actor-loop.ts",
  "actors/Order/order_model.ts",
  "runtime/utils.ts",
  "runtime/order_helpers.ts",
  "runtime/common/order.ts",
  "protocols/index.ts",
])("%s is refused", (path) => {
  expect(nameViolations([parseSource(path, "")])).toHaveLength(1);
});

test.each(["runtime/actor_loop.ts", "test/a/order_model.prop.test.ts", "test/vitest.config.ts"])(
  "%s is accepted",
  (path) => {
    expect(nameViolations([parseSource(path, "")])).toEqual([]);
  },
);

test.each(["", "export const a = 1;", "// a line\n", "/* not a docstring */\n"])(
  "a file that begins with %j has no header",
  (text) => {
    expect(headerViolations([parseSource("runtime/a.ts", text)])).toHaveLength(1);
  },
);

test.each([
  "export function f(): void {}",
  "export const f = (): void => {};",
  "export const f = function (): void {};",
  'export const f = Effect.fn("f")(function* () {});',
  "// a line comment\nexport function f(): void {}",
  "/** Of something else. */\nconst a = 1;\nexport function f(): void {}",
])("a missing docstring is found: %s", (text) => {
  expect(docstringViolations([parseSource("runtime/a.ts", HEADER + text)])).toHaveLength(1);
});

test.each([
  "/** Does it. */\nexport function f(): void {}",
  "/** Does it. */\nexport const f = (): void => {};",
  "/** Does it. */\nexport function f(a: 1): void;\nexport function f(a: unknown): void {}",
  "export const limit = 3;",
  "function f(): void {}",
])("no docstring is missing: %s", (text) => {
  expect(docstringViolations([parseSource("runtime/a.ts", HEADER + text)])).toEqual([]);
});
