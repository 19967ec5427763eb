/**
 * Who may import whom: `protocols → runtime → actors → deploy`, and nobody imports the tests.
 *
 * Each layer states what it may import; everything else is refused, so a new package or folder has
 * to be allowed here before it can be used. Type-only imports count: knowing a type is knowing it.
 *
 * Owns: the table of layers.
 * Never: reads files (it is given the tree).
 */
import { builtinModules } from "node:module";
import type { ImportOf, SourceFile } from "./source_tree.ts";

interface Layer {
  readonly name: string;
  /** True for the files of this layer; the first layer that matches counts. */
  readonly holds: (path: string) => boolean;
  /** True when a file of this layer may import that file of ours. */
  readonly mayImportFile: (file: string, from: string) => boolean;
  /** True when a file of this layer may import that package or builtin. */
  readonly mayImportPackage: (specifier: string, from: string) => boolean;
}

const isKernel = (file: string): boolean => file.startsWith("protocols/kernel/");
const isClient = (file: string): boolean => file.startsWith("protocols/client/");
const isProtocols = (file: string): boolean => file.startsWith("protocols/");
const isRuntime = (file: string): boolean => file.startsWith("runtime/");
const isTest = (file: string): boolean => file.startsWith("test/");

const isEffect = (specifier: string): boolean => /^effect(\/|$)/.test(specifier);
const isNats = (specifier: string): boolean => /^(nats$|@nats-io\/)/.test(specifier);
const isBuiltin = (specifier: string): boolean =>
  specifier.startsWith("node:") && builtinModules.includes(specifier.slice("node:".length));
const isPureBuiltin = (specifier: string): boolean =>
  specifier === "node:crypto" || specifier === "node:zlib";

/** The files of the runtime that stand for a NATS service; the rest must not know NATS. */
const isNatsFile = (path: string): boolean =>
  /\/(nats_[^/]*|provision[^/]*|[^/]*_jetstream|[^/]*_kv)\.ts$/.test(path);

/** `actors/order` for a file in it; undefined for a file directly under `actors/`. */
function actorFolder(path: string): string | undefined {
  return /^(actors\/[^/]+)\//.exec(path)?.[1];
}

const LAYERS: ReadonlyArray<Layer> = [
  {
    name: "protocols/kernel",
    holds: isKernel,
    mayImportFile: isKernel,
    mayImportPackage: (specifier) => isEffect(specifier) || isPureBuiltin(specifier),
  },
  {
    name: "protocols/client",
    holds: isClient,
    mayImportFile: isProtocols,
    mayImportPackage: (specifier) =>
      isEffect(specifier) || isPureBuiltin(specifier) || isNats(specifier),
  },
  {
    name: "protocols",
    holds: isProtocols,
    mayImportFile: (file) => isProtocols(file) && !isClient(file),
    mayImportPackage: (specifier) =>
      isEffect(specifier) || isPureBuiltin(specifier) || specifier === "node:buffer",
  },
  {
    name: "runtime",
    holds: isRuntime,
    mayImportFile: (file) => isRuntime(file) || isKernel(file),
    mayImportPackage: (specifier, from) =>
      isEffect(specifier) || isBuiltin(specifier) || (isNats(specifier) && isNatsFile(from)),
  },
  {
    name: "actors",
    holds: (path) => path.startsWith("actors/"),
    mayImportFile: (file, from) => {
      if (isProtocols(file) || isRuntime(file)) return !isClient(file);
      const own = actorFolder(from);
      if (own === undefined) return file.startsWith("actors/");
      return actorFolder(file) === own;
    },
    // Market data is not stored, so it passes no runtime service: one file joins it to NATS.
    mayImportPackage: (specifier, from) =>
      isEffect(specifier) ||
      isBuiltin(specifier) ||
      (isNats(specifier) && from === "actors/market_data/market_data_nats.ts"),
  },
  {
    // A venue like any other: it shares nothing with the system it trades with but the wire.
    name: "deploy/simulator",
    holds: (path) => path.startsWith("deploy/simulator/"),
    mayImportFile: (file) =>
      isKernel(file) ||
      file.startsWith("deploy/simulator/") ||
      /^protocols\/sim_(wire|messages|control|faults|fields)\.ts$/.test(file),
    mayImportPackage: (specifier) =>
      isEffect(specifier) || isBuiltin(specifier) || specifier === "@effect/platform-node",
  },
  {
    // Runs before any package is installed.
    name: "deploy/setup",
    holds: (path) => path.startsWith("deploy/setup/") || path === "deploy/setup.mjs",
    mayImportFile: (file) => file.startsWith("deploy/setup/"),
    mayImportPackage: isBuiltin,
  },
  {
    name: "deploy",
    holds: (path) => path.startsWith("deploy/"),
    mayImportFile: (file) => !isTest(file),
    mayImportPackage: () => true,
  },
  {
    name: "test",
    holds: isTest,
    mayImportFile: () => true,
    mayImportPackage: () => true,
  },
];

function isAllowed(layer: Layer, from: string, imported: ImportOf): boolean {
  return imported.file === undefined
    ? layer.mayImportPackage(imported.specifier, from)
    : layer.mayImportFile(imported.file, from);
}

/** Imports that go against the layers, one sentence each. */
export function layerViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree.flatMap((source) => {
    const layer = LAYERS.find((candidate) => candidate.holds(source.path));
    if (layer === undefined) return [`${source.path} belongs to no layer`];
    return source.imports
      .filter((imported) => !isAllowed(layer, source.path, imported))
      .map(
        ({ specifier, line }) =>
          `${source.path}:${line} ${layer.name} must not import ${specifier}`,
      );
  });
}

/** Relative imports that name no source file, for instance one without its extension. */
export function unresolvedImports(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  const known = new Set(tree.map(({ path }) => path));
  return tree.flatMap((source) =>
    source.imports
      .filter(({ file }) => file !== undefined && !file.endsWith(".json") && !known.has(file))
      .map(
        ({ specifier, line }) => `${source.path}:${line} imports ${specifier}, which is no file`,
      ),
  );
}

/** Import cycles between files, each once, as `a → b → a`. */
export function importCycles(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  const importsByPath = new Map(
    tree.map(({ path, imports }) => [path, imports.flatMap(({ file }) => file ?? [])]),
  );
  const finished = new Set<string>();
  const cycles: Array<string> = [];
  const visit = (path: string, trail: ReadonlyArray<string>): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      cycles.push([...trail.slice(start), path].join(" → "));
      return;
    }
    if (finished.has(path)) return;
    for (const next of importsByPath.get(path) ?? []) visit(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of importsByPath.keys()) visit(path, []);
  return cycles;
}
