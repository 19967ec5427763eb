/**
 * How long files, lines and functions may be.
 *
 * Owns: the three limits.
 * Never: reads files (it is given the tree).
 */
import { Visitor } from "oxc-parser";
import type { ArrowFunctionExpression, CallExpression, Function } from "oxc-parser";
import { lineAt } from "./source_tree.ts";
import type { SourceFile } from "./source_tree.ts";

/** Longest file; every model code base regrets its single giant file. */
export const FILE_LINES_MAX = 400;
/** Longest line. */
export const LINE_COLUMNS_MAX = 100;
/** Longest function; it must fit on a screen. */
export const FUNCTION_LINES_MAX = 70;

/** Callbacks of these only group tests; they are chapters, not functions. */
const GROUPING = /^(describe|suite|layer)$/;

/** Files longer than `FILE_LINES_MAX`. */
export function fileLengthViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split("\n").length;
    return lines > FILE_LINES_MAX ? [`${path} has ${lines} lines`] : [];
  });
}

/** Lines wider than `LINE_COLUMNS_MAX` characters. */
export function lineLengthViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const columns = Array.from(line).length;
      return columns > LINE_COLUMNS_MAX ? [`${path}:${index + 1} has ${columns} columns`] : [];
    }),
  );
}

function groupsTests(call: CallExpression): boolean {
  let { callee } = call;
  if (callee.type === "CallExpression") callee = callee.callee;
  if (callee.type === "Identifier") return GROUPING.test(callee.name);
  if (callee.type !== "MemberExpression") return false;
  const { object, property } = callee;
  return (
    (object.type === "Identifier" && GROUPING.test(object.name)) ||
    (property.type === "Identifier" && GROUPING.test(property.name))
  );
}

/** Functions longer than `FUNCTION_LINES_MAX`, with everything inside them. */
export function functionLengthViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree.flatMap(({ path, text, program }) => {
    const chapters = new Set<unknown>();
    const violations: Array<string> = [];
    const check = (node: Function | ArrowFunctionExpression): void => {
      const first = lineAt(text, node.start);
      const lines = lineAt(text, node.end) - first + 1;
      if (lines > FUNCTION_LINES_MAX && !chapters.has(node)) {
        violations.push(`${path}:${first} has a function of ${lines} lines`);
      }
    };
    new Visitor({
      CallExpression: (call) => {
        if (groupsTests(call)) for (const argument of call.arguments) chapters.add(argument);
      },
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    }).visit(program);
    return violations;
  });
}
