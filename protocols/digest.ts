/**
 * Short digests: equal content gives equal text, whatever the order of keys or the white space.
 *
 * Owns: the canonical text that is hashed and how much of the hash is kept.
 * Never: used as a proof against an attacker; it tells a repeat from a conflict under one id.
 */
import { hash } from "node:crypto";

/** Hex digits kept: 64 bits, compared only between commands that carry the same id. */
const digits = 16;

/** The digest of a JSON value. */
export const digestOf = (value: unknown): string =>
  hash("sha256", canonicalJson(value), "hex").slice(0, digits);

/** The digest of a JSON value whose keys are in a fixed order already: faster by half. */
export const digestOfOrdered = (value: unknown): string =>
  hash("sha256", JSON.stringify(value), "hex").slice(0, digits);

/** The digest of bytes that could not be read as a value. */
export const digestOfBytes = (data: Uint8Array): string =>
  hash("sha256", data, "hex").slice(0, digits);

const canonicalJson = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let text = "";
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields).sort()) {
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(fields[key])}`;
  }
  return `{${text}}`;
};
