/**
 * An account shard's states as they would be after facts that are not stated yet.
 *
 * Several orders of one command are judged one after the other on it, each with what those before
 * it reserve, before any of them is accepted.
 *
 * Owns: what was written on trial. Never: changes the states behind it; its lists are still theirs.
 */
import type { Space } from "../runtime/shard_model.ts";
import type { AccountKinds, AccountSpace } from "./account_kinds.ts";

type Kind = keyof AccountKinds;

/** States on trial over the real ones. */
export const trialSpace = (base: AccountSpace): Space<AccountKinds> => {
  const written = new Map<string, unknown>();
  const at = (kind: string, key: string): string => `${kind} ${key}`;
  return {
    get: <K extends Kind>(kind: K, key: string) =>
      written.has(at(kind, key))
        ? (written.get(at(kind, key)) as AccountKinds[K] | undefined)
        : base.get(kind, key),
    keys: base.keys,
    entries: base.entries,
    size: base.size,
    set: (kind, key, state) => void written.set(at(kind, key), state),
    remove: (kind, key) => void written.set(at(kind, key), undefined),
  };
};
