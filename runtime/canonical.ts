/**
 * Canonical text of an actor state: equal states give equal bytes, whatever their history.
 *
 * Keys are sorted, absent and undefined are the same, a bigint is `{"#":"digits"}`. A snapshot line
 * and the state hash are made of this text, so that a state rebuilt by replay can be compared with
 * the one that lived.
 */

/** Canonical JSON text of a state made of JSON values and bigints. */
export const canonicalText = (value: unknown): string => {
  if (typeof value === "bigint") return `{"#":"${value}"}`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  return Array.isArray(value) ? arrayText(value) : objectText(value);
};

const arrayText = (values: readonly unknown[]): string => {
  let text = "[";
  for (let i = 0; i < values.length; i += 1) {
    text += i === 0 ? canonicalText(values[i]) : `,${canonicalText(values[i])}`;
  }
  return `${text}]`;
};

const objectText = (value: object): string => {
  let text = "{";
  const fields: Readonly<Record<string, unknown>> = value as Record<string, unknown>;
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field === undefined) continue;
    if (text.length > 1) text += ",";
    text += `${JSON.stringify(key)}:${canonicalText(field)}`;
  }
  return `${text}}`;
};

/** The state that a canonical text describes. Throws a SyntaxError on text that is none. */
export const fromCanonicalText = (text: string): unknown => {
  const value: unknown = JSON.parse(text);
  return text.includes('{"#":') ? withBigints(value) : value;
};

/** Puts bigints in their places in a value that nobody else has seen yet. */
const withBigints = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = withBigints(item);
    return value;
  }
  const fields = value as Record<string, unknown>;
  const digits = fields["#"];
  if (typeof digits === "string") return BigInt(digits);
  for (const key of Object.keys(fields)) fields[key] = withBigints(fields[key]);
  return fields;
};
