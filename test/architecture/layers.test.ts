/** Imports go one way, and the check that says so can fail. */
import { expect, test } from "vitest";
import { importCycles, layerViolations, unresolvedImports } from "./layer_rules.ts";
import { parseSource, readSourceTree } from "./source_tree.ts";

const tree = readSourceTree();

test("every import stays within what its layer may know", () => {
  expect(layerViolations(tree)).toEqual([]);
});

test("every relative import names a source file", () => {
  expect(unresolvedImports(tree)).toEqual([]);
});

test("no files import each other in a circle", () => {
  expect(importCycles(tree)).toEqual([]);
});

test.each([
  ["protocols/kernel/ids.ts", "../order.ts"],
  ["protocols/kernel/ids.ts", "nats"],
  ["protocols/kernel/ids.ts", "node:fs"],
  ["protocols/order.ts", "../runtime/mailbox.ts"],
  ["protocols/order.ts", "./client/order_client.ts"],
  ["protocols/order.ts", "@nats-io/jetstream"],
  ["protocols/client/order_client.ts", "../../runtime/mailbox.ts"],
  ["runtime/journal.ts", "../protocols/order.ts"],
  ["runtime/journal.ts", "@nats-io/jetstream"],
  ["runtime/journal.ts", "pino"],
  ["runtime/journal.ts", "../actors/pipeline.ts"],
  ["actors/order/order_model.ts", "../risk/risk_model.ts"],
  ["actors/order/order_model.ts", "../pipeline.ts"],
  ["actors/order/order_model.ts", "../../deploy/start.ts"],
  ["actors/order/order_model.ts", "nats"],
  ["actors/pipeline.ts", "../deploy/start.ts"],
  ["deploy/simulator/book.ts", "../../protocols/order.ts"],
  ["deploy/simulator/book.ts", "../../runtime/mailbox.ts"],
  ["deploy/simulator/book.ts", "../start.ts"],
  ["deploy/setup/paths.mjs", "effect"],
  ["deploy/start.ts", "../test/support/nats_server.ts"],
  ["elsewhere/x.ts", "effect"],
])("%s may not import %s", (path, specifier) => {
  const source = parseSource(path, `import { x } from ${JSON.stringify(specifier)};`);
  expect(layerViolations([source])).toHaveLength(1);
});

test.each([
  ["protocols/kernel/ids.ts", "node:crypto"],
  ["protocols/kernel/ids.ts", "effect/Schema"],
  ["protocols/order.ts", "./kernel/ids.ts"],
  ["protocols/client/order_client.ts", "nats"],
  ["runtime/journal_jetstream.ts", "@nats-io/jetstream"],
  ["runtime/nats_connection.ts", "nats"],
  ["runtime/journal.ts", "../protocols/kernel/ids.ts"],
  ["actors/order/order_model.ts", "./order_status.ts"],
  ["actors/order/order_model.ts", "../../protocols/order.ts"],
  ["actors/pipeline.ts", "./order/order_model.ts"],
  ["deploy/start.ts", "../actors/pipeline.ts"],
  ["deploy/start.ts", "pino"],
  ["deploy/simulator/book.ts", "../../protocols/sim_wire.ts"],
])("%s may import %s", (path, specifier) => {
  const source = parseSource(path, `import { x } from ${JSON.stringify(specifier)};`);
  expect(layerViolations([source])).toEqual([]);
});

test.each([
  'import type { X } from "../risk/risk_model.ts";',
  'export { x } from "../risk/risk_model.ts";',
  'export * from "../risk/risk_model.ts";',
  'const x = await import("../risk/risk_model.ts");',
  'type X = import("../risk/risk_model.ts").X;',
  'import "../risk/risk_model.ts";',
])("the form of the import does not matter: %s", (text) => {
  expect(layerViolations([parseSource("actors/order/order_model.ts", text)])).toHaveLength(1);
});

test("an import without its extension is found", () => {
  const sources = [
    parseSource("protocols/a.ts", 'import "./b";'),
    parseSource("protocols/b.ts", "export const b = 1;"),
  ];
  expect(unresolvedImports(sources)).toEqual(["protocols/a.ts:1 imports ./b, which is no file"]);
});

test("a circle of three files is found once", () => {
  const sources = [
    parseSource("runtime/a.ts", 'import "./b.ts";'),
    parseSource("runtime/b.ts", 'import type { C } from "./c.ts";'),
    parseSource("runtime/c.ts", 'export * from "./a.ts";'),
    parseSource("runtime/d.ts", 'import "./a.ts";'),
  ];
  expect(importCycles(sources)).toEqual([
    "runtime/a.ts → runtime/b.ts → runtime/c.ts → runtime/a.ts",
  ]);
});
