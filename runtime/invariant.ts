/**
 * Assertions that stay on in production: stopping beats trading on corrupt state.
 */

/** A violated invariant: a defect of ours, never a business answer. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Throws unless the condition holds; the sentence says what must be true. */
export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new InvariantViolation(`must hold: ${sentence}`);
}
