/**
 * Reading answers of the server, whose fields are known by name only.
 */

/** A JSON object's fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object at a path of fields; throws where there is none. */
export const objectAt = (value: unknown, ...path: readonly string[]): JsonObject => {
  let at = value;
  for (const field of path) at = isObject(at) ? at[field] : undefined;
  if (!isObject(at)) throw new Error(`nothing at ${path.join(".")} of ${JSON.stringify(value)}`);
  return at;
};
