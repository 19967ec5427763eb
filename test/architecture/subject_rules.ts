/**
 * Names of subjects, streams, durables and buckets are spelled in one file.
 *
 * Owns: the forms by which such a name is recognised.
 * Never: reads files (it is given the tree).
 */
import { Visitor } from "oxc-parser";
import { lineAt } from "./source_tree.ts";
import type { SourceFile } from "./source_tree.ts";

const OWNER = "protocols/kernel/subjects.ts";
const CHECKED = /^(protocols|runtime|actors|deploy)\//;
const NATS_NAME = /^(oms\.v1\.|OMS_)/;

/** String literals and templates outside the owner file that begin like one of our NATS names. */
export function subjectViolations(tree: ReadonlyArray<SourceFile>): ReadonlyArray<string> {
  return tree
    .filter(({ path }) => CHECKED.test(path) && path !== OWNER)
    .flatMap(({ path, text, program }) => {
      const violations: Array<string> = [];
      const check = (value: unknown, offset: number): void => {
        if (typeof value === "string" && NATS_NAME.test(value)) {
          violations.push(`${path}:${lineAt(text, offset)} spells ${JSON.stringify(value)}`);
        }
      };
      new Visitor({
        Literal: ({ value, start }) => check(value, start),
        TemplateElement: ({ value, start }) => check(value.cooked, start),
      }).visit(program);
      return violations;
    });
}
