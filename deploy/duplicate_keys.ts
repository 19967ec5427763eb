/**
 * Finds a key that stands twice in an object of a JSON text. `JSON.parse` keeps the last one in
 * silence: of two limits in a configuration nobody would know which one counts.
 *
 * Owns: that search. Never: checks the text otherwise; it must be valid JSON.
 */

/** A string, or one of the signs that open, close and separate. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

interface Level {
  /** Undefined in a list. */
  readonly keys: Set<string> | undefined;
  /** The key whose value comes, or is being read. */
  key: string;
  isValue: boolean;
}

/** The path of the first key that its object has twice, such as `accounts.DEMO`. */
export const duplicateKey = (json: string): string | undefined => {
  const levels: Level[] = [];
  for (const [sign] of json.matchAll(token)) {
    const level = levels.at(-1);
    if (sign === "{" || sign === "[") {
      levels.push({ keys: sign === "{" ? new Set() : undefined, key: "", isValue: false });
    } else if (sign === "}" || sign === "]") {
      levels.pop();
    } else if (level?.keys === undefined) {
      continue;
    } else if (sign === ":" || sign === ",") {
      level.isValue = sign === ":";
    } else if (!level.isValue) {
      // Escapes are undone: two spellings of one key are one key.
      level.key = String(JSON.parse(sign));
      if (level.keys.has(level.key)) return pathOf(levels);
      level.keys.add(level.key);
    }
  }
  return undefined;
};

const pathOf = (levels: readonly Level[]): string =>
  levels.flatMap(({ keys, key }) => (keys === undefined ? [] : [key])).join(".");
