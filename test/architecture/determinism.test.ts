/** Only the owner files touch ambient time, randomness and environment; the check can fail. */
import { expect, test } from "vitest";
import { determinismViolations } from "./determinism_rules.ts";
import { parseSource, readSourceTree } from "./source_tree.ts";

test("nothing but the owner files reaches for ambient time, randomness or environment", () => {
  expect(determinismViolations(readSourceTree())).toEqual([]);
});

test.each([
  "const t = Date.now();",
  "const f = Date.now;",
  'const t = Date["now"]();',
  "const t = new Date();",
  "const t = new Date(0);",
  "const t = Date();",
  "const r = Math.random();",
  "const id = crypto.randomUUID();",
  "const id = globalThis.crypto.randomUUID();",
  'import { randomUUID } from "node:crypto";',
  'import { randomUUID as fresh } from "node:crypto";',
  "setTimeout(() => {}, 1);",
  "globalThis.setTimeout(() => {}, 1);",
  "setInterval(() => {}, 1);",
  'import { setTimeout as sleep } from "node:timers/promises";',
  'const home = process.env["HOME"];',
  "const { HOME } = process.env;",
  "const t = performance.now();",
  "const t = process.hrtime.bigint();",
])("%s is refused in a model, in a protocol and in the runtime", (text) => {
  for (const path of ["actors/order/order_model.ts", "protocols/order.ts", "runtime/journal.ts"]) {
    expect(determinismViolations([parseSource(path, text)])).not.toEqual([]);
  }
});

test.each([
  ["runtime/clock.ts", "const t = Date.now();"],
  ["runtime/random.ts", 'import { randomBytes } from "node:crypto";'],
  ["runtime/config.ts", "const all = process.env;"],
  ["runtime/nats_connection.ts", "setTimeout(() => {}, 1);"],
  ["deploy/start.ts", "const t = Date.now();"],
  ["actors/order/order_model.ts", "const at = clock.now(); const day = dates.Date;"],
  ["actors/order/order_model.ts", '// Date.now() is only spoken of here\nconst a = "Date.now()";'],
])("%s may say: %s", (path, text) => {
  expect(determinismViolations([parseSource(path, text)])).toEqual([]);
});
