/**
 * Text of a venue, a socket or a library, made fit to be journaled and published.
 *
 * Owns: the bound in bytes. A bound in characters is none: one character may take four bytes, and
 * a turn that says a long reason of many requests must still fit into a frame.
 */

/** Longest reason or text that is journaled or published, in bytes of UTF-8. */
export const text_bytes_max = 256;

/** Bytes of a report as it came that are kept for a person, where it cannot be taken. */
export const raw_bytes_max = 1_024;

const plain = /^[\x20-\x7e]*$/;
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * The text cut at a character so that it takes at most that many bytes of UTF-8; what does not
 * print (controls, line breaks, half surrogates) becomes a question mark.
 */
export const boundedText = (text: string, bytes_max: number = text_bytes_max): string => {
  // Every character takes at least a byte: no more of it is looked at than can be kept.
  const head = text.slice(0, bytes_max);
  if (plain.test(head)) return head;
  let kept = "";
  let bytes = 0;
  for (const character of head) {
    const printed = unprintable.test(character) ? "?" : character;
    bytes += utf8_bytes(printed);
    if (bytes > bytes_max) break;
    kept += printed;
  }
  return kept;
};

/** Bytes of one character in UTF-8 (RFC 3629, section 3). */
const utf8_bytes = (character: string): number => {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
};
