/**
 * From an order's terms to those of one that we work by an algorithm, where it asks for one.
 *
 * Owns: that step of order entry.
 */
import type { SubmitCommand } from "../protocols/command.ts";
import type { Instrument } from "../protocols/instrument.ts";
import type { Instant_ns } from "../protocols/kernel/instant.ts";
import type { Refusal } from "../protocols/kernel/reject_code.ts";
import { refuse } from "../protocols/kernel/reject_code.ts";
import type { OrderTerms } from "../protocols/order.ts";
import { algoTermsOf, isAlgoRefusal } from "./algo/algo_terms.ts";

/**
 * The terms with the algorithm in them, or why it cannot be.
 *
 * @param isBound whether the order comes in a group
 */
export const withAlgo = (
  { algo }: Pick<SubmitCommand, "algo">,
  terms: OrderTerms,
  instrument: Instrument,
  now_ns: Instant_ns,
  isBound: boolean,
): OrderTerms | Refusal => {
  if (algo === undefined) return terms;
  if (isBound) return refuse("ALGO_UNSUPPORTED", { algo: algo.type, contingency: "set" });
  const worked = algoTermsOf(algo, terms, instrument, now_ns);
  return isAlgoRefusal(worked) ? worked : { ...terms, algo: worked };
};
