/**
 * Which requests of operators a shard has carried out: one that arrives again changes nothing.
 *
 * A request is known by its id, its verb and its body. The id alone is not enough: a kill under an
 * id that was used before for something else must not be lost. It is carried out under an id that
 * is made of both.
 *
 * Owns: how many are remembered, and what counts as the same request. A constant, not
 * configuration: replay must give the same states for ever.
 */

/** Requests remembered per shard; the oldest is forgotten for one more. */
export const controls_max = 256;

/** What a request is known by. */
export interface ControlIdentity {
  readonly requestId: string;
  readonly verb: string;
  /** Of its body. */
  readonly digest: string;
}

/** The requests that a shard has carried out, oldest first, as `<id> <verb> <digest>`. */
export interface ControlMemory {
  readonly ids: readonly string[];
}

/** The memory's key: there is one per shard. */
export const controlMemoryKey = "_seen";

const textOf = ({ requestId, verb, digest }: ControlIdentity): string =>
  `${requestId} ${verb} ${digest}`;

/**
 * The id under which a request is to be carried out; undefined where it was carried out before.
 * Another one than its own where its own was used for another request.
 */
export const idToCarryOut = (
  memory: ControlMemory | undefined,
  asked: ControlIdentity,
): string | undefined => {
  const ids = memory?.ids ?? [];
  if (ids.includes(textOf(asked))) return undefined;
  const isUsed = ids.some((one) => one.startsWith(`${asked.requestId} `));
  return isUsed ? `${asked.requestId}-${asked.digest.slice(0, 6)}` : asked.requestId;
};

/** What a shard states of a request that it takes. */
export interface ControlTaken {
  readonly verb: string;
  readonly digest: string;
  readonly by: { readonly requestId: string };
  /** The id that it came with, where it is carried out under another one. */
  readonly cameAs?: string;
}

/** The memory with one more request. */
export const withRequest = (
  memory: ControlMemory | undefined,
  { verb, digest, by, cameAs: requestId = by.requestId }: ControlTaken,
): ControlMemory => ({
  ids: [...(memory?.ids ?? []), textOf({ requestId, verb, digest })].slice(-controls_max),
});
