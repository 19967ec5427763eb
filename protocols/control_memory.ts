/**
 * Which requests of operators a shard has carried out: one that arrives again changes nothing.
 *
 * Owns: how many are remembered. A constant, not configuration: replay must give the same states
 * for ever.
 */

/** Requests remembered per shard; the oldest is forgotten for one more. */
export const controls_max = 256;

/** The request ids that a shard has carried out, oldest first. */
export interface ControlMemory {
  readonly ids: readonly string[];
}

/** The memory's key: there is one per shard. */
export const controlMemoryKey = "_seen";

/** Whether a request was carried out before. */
export const wasCarriedOut = (memory: ControlMemory | undefined, requestId: string): boolean =>
  memory?.ids.includes(requestId) === true;

/** The memory with one more request. */
export const withRequest = (memory: ControlMemory | undefined, requestId: string): ControlMemory =>
  wasCarriedOut(memory, requestId) && memory !== undefined
    ? memory
    : { ids: [...(memory?.ids ?? []), requestId].slice(-controls_max) };
