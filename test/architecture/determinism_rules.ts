/**
 * Same seed, same trace: time, randomness, fresh ids, timers and the environment come from injected
 * services, so the code that decides anything must not reach for the ambient ones.
 *
 * Owns: the list of ambient sources and the one table of files that may use them.
 * Never: reads files (it is given the tree).
 */
import { Visitor } from "oxc-parser";
import { lineAt } from "./source_tree.ts";
import type { SourceFile } from "./source_tree.ts";

/** Files that own an ambient source, each with the reason. */
const OWNERS: ReadonlyArray<{ readonly files: RegExp; readonly because: string }> = [
  { files: /^runtime\/clock[^/]*\.ts$/, because: "the only reader of time" },
  { files: /^runtime\/random[^/]*\.ts$/, because: "the only maker of randomness and fresh ids" },
  { files: /^runtime\/config[^/]*\.ts$/, because: "the only reader of the environment" },
  { files: /^runtime\/nats_[^/]*\.ts$/, because: "guards real sockets with real timeouts" },
  {
    files: /^protocols\/client\/nats_[^/]*\.ts$/,
    because: "the user's side of the wire: real sockets, real timeouts, live command ids",
  },
  {
    files: /^protocols\/client\/client_clock\.ts$/,
    because: "the user's side has no runtime: its only reader of time and maker of fresh ids",
  },
  {
    files: /^actors\/venue\/link_timers\.ts$/,
    because: "the only timers of venue links, handed to them so that tests can drive them",
  },
];

/** The folders in which everything but the owners must be deterministic. */
const DETERMINISTIC = /^(protocols|runtime|actors)\//;

/** Ambient sources reached through an object. */
const AMBIENT_MEMBERS: Readonly<Record<string, ReadonlySet<string>>> = {
  Date: new Set(["now"]),
  Math: new Set(["random"]),
  performance: new Set(["now", "timeOrigin", "mark"]),
  process: new Set(["env", "hrtime", "uptime"]),
  crypto: new Set(["randomUUID", "getRandomValues", "randomBytes", "randomInt"]),
};

/** Ambient sources that are names of their own, global or imported. */
const AMBIENT_NAMES = new Set([
  "setTimeout",
  "setInterval",
  "setImmediate",
  "randomUUID",
  "randomBytes",
  "randomInt",
  "getRandomValues",
]);

/** Modules that are nothing but ambient sources. */
const AMBIENT_MODULES = /^node:(timers(\/promises)?|perf_hooks|process)$/;

function ambientUses(source: SourceFile): ReadonlyArray<{ what: string; at: number }> {
  const uses: Array<{ what: string; at: number }> = [];
  new Visitor({
    MemberExpression: ({ object, property, computed, start }) => {
      const owner =
        object.type === "MemberExpression" && object.property.type === "Identifier"
          ? object.property.name
          : object.type === "Identifier"
            ? object.name
            : "";
      const name =
        property.type === "Identifier" && !computed
          ? property.name
          : property.type === "Literal"
            ? String(property.value)
            : "";
      if (Object.hasOwn(AMBIENT_MEMBERS, owner) && AMBIENT_MEMBERS[owner]?.has(name) === true) {
        uses.push({ what: `${owner}.${name}`, at: start });
      } else if (owner === "globalThis" && AMBIENT_NAMES.has(name)) {
        uses.push({ what: name, at: start });
      }
    },
    NewExpression: ({ callee, start }) => {
      if (callee.type === "Identifier" && callee.name === "Date") {
        uses.push({ what: "new Date", at: start });
      }
    },
    CallExpression: ({ callee, start }) => {
      if (callee.type !== "Identifier") return;
      if (callee.name === "Date") uses.push({ what: "Date()", at: start });
      if (AMBIENT_NAMES.has(callee.name)) uses.push({ what: callee.name, at: start });
    },
    ImportSpecifier: ({ imported, start }) => {
      const name = imported.type === "Literal" ? imported.value : imported.name;
      if (AMBIENT_NAMES.has(name)) uses.push({ what: `import of ${name}`, at: start });
    },
    ImportDeclaration: ({ source: from, start }) => {
      if (AMBIENT_MODULES.test(from.value)) uses.push({ what: from.value, at: start });
    },
  }).visit(source.program);
  return uses;
}

/** Uses of ambient time, randomness, ids, timers or environment outside their owners. */
export function determinismViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree
    .filter(({ path }) => DETERMINISTIC.test(path))
    .filter(({ path }) => !OWNERS.some(({ files }) => files.test(path)))
    .flatMap((source) =>
      ambientUses(source).map(
        ({ what, at }) => `${source.path}:${lineAt(source.text, at)} uses ${what}`,
      ),
    );
}
