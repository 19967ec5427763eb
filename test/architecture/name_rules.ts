/**
 * What files are called and how they introduce themselves.
 *
 * Owns: the forms of file names, the banned words, and where a docstring is required.
 * Never: reads files (it is given the tree).
 */
import { Visitor } from "oxc-parser";
import type { Declaration, Expression, Span } from "oxc-parser";
import { lineAt } from "./source_tree.ts";
import type { SourceFile } from "./source_tree.ts";

/** A vague home attracts vague code. */
const VAGUE_WORDS = new Set(["util", "utils", "common", "helper", "helpers", "misc", "shared"]);

/** `order_model.ts`, `order_model.prop.test.ts`, `vitest.config.ts`. */
const FILE_NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z]+)*\.(ts|mjs)$/;
const FOLDER_NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** Folders whose exported functions all need a docstring. */
const DOCUMENTED = /^(protocols|runtime|actors)\//;

/** Paths that are not snake_case, use a vague word, or are barrels. */
export function nameViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree.flatMap(({ path }) => {
    const folders = path.split("/");
    const file = folders.pop() ?? "";
    const words = path.split(/[/._]/);
    const vague = words.find((word) => VAGUE_WORDS.has(word));
    const violations: Array<string> = [];
    if (!FILE_NAME.test(file) || !folders.every((folder) => FOLDER_NAME.test(folder))) {
      violations.push(`${path} is not snake_case`);
    }
    if (vague !== undefined) violations.push(`${path} uses the vague word "${vague}"`);
    if (file.startsWith("index.")) violations.push(`${path} is a barrel; import the owning file`);
    return violations;
  });
}

/** Files that do not begin with a header comment. */
export function headerViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree
    .filter(({ text }) => !/^(#![^\n]*\n)?\/\*\*[^/]/.test(text))
    .map(({ path }) => `${path} does not begin with a header comment`);
}

/** `Effect.fn("name")(function* …)` and its kin make functions as well. */
function isFunctionLike(value: Expression | null): boolean {
  if (value === null) return false;
  if (value.type === "ArrowFunctionExpression" || value.type === "FunctionExpression") return true;
  if (value.type !== "CallExpression") return false;
  const callee = value.callee.type === "CallExpression" ? value.callee.callee : value.callee;
  return (
    callee.type === "MemberExpression" &&
    callee.property.type === "Identifier" &&
    callee.property.name.startsWith("fn")
  );
}

/** The names of the functions that an exported declaration makes. */
function functionNames(declaration: Declaration | null): ReadonlyArray<string> {
  if (declaration === null) return [];
  if (declaration.type === "FunctionDeclaration" || declaration.type === "TSDeclareFunction") {
    return declaration.id === null ? [] : [declaration.id.name];
  }
  if (declaration.type !== "VariableDeclaration") return [];
  return declaration.declarations.flatMap(({ id, init }) =>
    id.type === "Identifier" && isFunctionLike(init) ? [id.name] : [],
  );
}

/** True when a docstring, other than the file's header, stands right before the node. */
function hasDocstring(source: SourceFile, node: Span): boolean {
  return source.comments.some(
    (comment, index) =>
      index > 0 &&
      comment.type === "Block" &&
      comment.value.startsWith("*") &&
      comment.end <= node.start &&
      source.text.slice(comment.end, node.start).trim() === "",
  );
}

/** Exported functions of the inner layers without a docstring; of overloads the first needs it. */
export function docstringViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree
    .filter(({ path }) => DOCUMENTED.test(path))
    .flatMap((source) => {
      const seen = new Set<string>();
      const violations: Array<string> = [];
      new Visitor({
        ExportNamedDeclaration: (node) => {
          for (const name of functionNames(node.declaration)) {
            if (!seen.has(name) && !hasDocstring(source, node)) {
              const line = lineAt(source.text, node.start);
              violations.push(`${source.path}:${line} ${name} has no docstring`);
            }
            seen.add(name);
          }
        },
      }).visit(source.program);
      return violations;
    });
}
