/**
 * The commands as a strategy's author writes them: the contract's bodies, with ids that may be left
 * to the client. Prices and quantities are decimal text on the instrument's grid, times are
 * nanoseconds since the epoch as text; the fields are described in `protocols/command.ts`.
 *
 * Never: checks values: the OMS answers for them, with the reason.
 */
import type { MassCancel, Replace, Submit } from "../command.ts";

/** A new order. */
export type SubmitOrder = typeof Submit.Encoded & {
  /** The idempotency key: the same id never makes a second order. Default: a new one. */
  readonly clOrdId?: string;
};

/** A change of an order; `orderQty` is the new total, the filled part included. */
export type ReplaceChange = Omit<typeof Replace.Encoded, "replaceId"> & {
  readonly replaceId?: string;
};

/** Which orders a mass cancel is for; all of the strategy's when empty. */
export type CancelFilter = Omit<typeof MassCancel.Encoded, "cancelId">;
