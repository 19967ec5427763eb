/**
 * Reads the project's sources for the architecture checks.
 *
 * Owns: which files count as ours, their parsed form, and what their imports resolve to.
 * Never: judges anything (the `*_rules.ts` files do), or runs the code it reads.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { Visitor, parseSync } from "oxc-parser";
import type { Comment, Program } from "oxc-parser";

/** The folders that hold sources; one that does not exist yet counts as empty. */
const SOURCE_DIRS = ["protocols", "runtime", "actors", "deploy", "test"];

const PROJECT_DIR = fileURLToPath(new URL("../..", import.meta.url));

/** One import, dynamic import or re-export. */
export interface ImportOf {
  /** What the source says, e.g. `./ids.ts` or `effect`. */
  readonly specifier: string;
  /** Path from the project folder when the import is relative, else undefined. */
  readonly file: string | undefined;
  readonly line: number;
}

/** One parsed source file. */
export interface SourceFile {
  /** Path from the project folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: ReadonlyArray<Comment>;
  readonly imports: ReadonlyArray<ImportOf>;
}

/** The line, counted from 1, that holds the character at `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
  }
  return line;
}

function importOf(path: string, text: string, specifier: string, offset: number): ImportOf {
  const isRelative = specifier.startsWith("./") || specifier.startsWith("../");
  const file = isRelative ? posix.join(posix.dirname(path), specifier) : undefined;
  return { specifier, file, line: lineAt(text, offset) };
}

/** Every import of the file: static, type-only, re-export, dynamic, or inside a type. */
function importsOf(path: string, text: string, program: Program): ReadonlyArray<ImportOf> {
  const imports: Array<ImportOf> = [];
  const add = (source: { readonly value: unknown; readonly start: number }): void => {
    if (typeof source.value === "string") {
      imports.push(importOf(path, text, source.value, source.start));
    }
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source);
    },
    ImportExpression: (node) => {
      if (node.source.type === "Literal") add(node.source);
    },
    TSImportType: (node) => add(node.source),
  }).visit(program);
  return imports;
}

/**
 * Parses one source text as if it stood at `path`; the self-tests feed bad snippets through it.
 *
 * @throws Error when the text does not parse
 */
export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  return { path, text, program, comments, imports: importsOf(path, text, program) };
}

function isSource(path: string): boolean {
  return /\.(ts|mts|mjs|js)$/.test(path) && !path.includes("node_modules/");
}

/** Reads and parses all sources of the project, sorted by path. */
export function readSourceTree(): ReadonlyArray<SourceFile> {
  const paths = SOURCE_DIRS.filter((dir) => existsSync(join(PROJECT_DIR, dir))).flatMap((dir) =>
    readdirSync(join(PROJECT_DIR, dir), { recursive: true, encoding: "utf8" }).map((name) =>
      posix.join(dir, name.replaceAll("\\", "/")),
    ),
  );
  return paths
    .filter(isSource)
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(PROJECT_DIR, path), "utf8")));
}
