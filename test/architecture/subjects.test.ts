/** NATS names have one address, `protocols/kernel/subjects.ts`; the check can fail. */
import { expect, test } from "vitest";
import { parseSource, readSourceTree } from "./source_tree.ts";
import { subjectViolations } from "./subject_rules.ts";

test("no file but the owner spells a subject, stream or bucket name", () => {
  expect(subjectViolations(readSourceTree())).toEqual([]);
});

test.each([
  'const s = "oms.v1.order";',
  "const s = `oms.v1.order.${account}`;",
  "const s = `${'OMS_CMD'}`;",
  'type S = "OMS_JOURNAL";',
  "type S = `oms.v1.${string}`;",
])("%s is refused outside the owner", (text) => {
  for (const path of ["runtime/a.ts", "actors/order/a.ts", "protocols/a.ts", "deploy/a.ts"]) {
    expect(subjectViolations([parseSource(path, text)])).toHaveLength(1);
  }
  expect(subjectViolations([parseSource("protocols/kernel/subjects.ts", text)])).toEqual([]);
});

test("comments and other strings may speak of subjects", () => {
  const text = '// oms.v1.order\nconst s = "see oms.v1.order";';
  expect(subjectViolations([parseSource("runtime/a.ts", text)])).toEqual([]);
});
