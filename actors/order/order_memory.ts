/**
 * Which commands an order remembers, so that a repeat is recognised.
 *
 * The latest are kept as they are, for their status and to tell a conflict from a repeat. Of older
 * replaces a fingerprint is kept: an old price must never come into force a second time because a
 * command was sent again. (An old cancel that is sent again asks for nothing new.)
 *
 * Owns: the bounds on that memory.
 */
import { digestOfOrdered } from "../../protocols/digest.ts";
import type { OrderState } from "../../protocols/order.ts";

/** Most commands remembered besides the submit; then of replaces a fingerprint is. */
export const commands_max = 128;
/** Most fingerprints of an order; a repeat that is older still is taken for a new request. */
export const fingerprints_max = 2_048;

/** A comma, and 48 bits of the command's id in hexadecimal. */
const fingerprint_chars = 13;
const fingerprintOf = (commandId: string): string =>
  `,${digestOfOrdered(commandId).slice(0, fingerprint_chars - 1)}`;

/** Whether a command was answered so long ago that nothing else is known of it. */
export const isLongKnown = (state: OrderState | undefined, commandId: string): boolean =>
  state?.longKnown?.includes(fingerprintOf(commandId)) === true;

/** What of an event names the command behind it. */
export interface Commanded {
  readonly commandId: string;
  readonly digest?: string;
}

/** The command is known from now on; one that is known keeps its first digest. */
export const remembered = (state: OrderState, event: Commanded): OrderState => {
  const { commandId, digest } = event;
  if (digest === undefined) return state;
  if (state.commands.some((seen) => seen.commandId === commandId)) return state;
  return bounded({ ...state, commands: [...state.commands, { commandId, digest }] });
};

/** The command came to nothing. */
export const refusedCommand = (state: OrderState, event: Commanded): OrderState => {
  const { commands, ...rest } = remembered(state, event);
  return {
    ...rest,
    commands: commands.map((seen) =>
      seen.commandId === event.commandId && seen.digest === (event.digest ?? seen.digest)
        ? { ...seen, refused: true }
        : seen,
    ),
  };
};

const bounded = (state: OrderState): OrderState => {
  const { commands, longKnown = "" } = state;
  if (commands.length <= commands_max + 1) return state;
  const oldest = commands.findIndex((seen) => seen.commandId !== "submit");
  const commandId = commands[oldest]?.commandId ?? "";
  const kept = { ...state, commands: commands.toSpliced(oldest, 1) };
  if (!commandId.startsWith("replace:")) return kept;
  const fingerprints = `${longKnown}${fingerprintOf(commandId)}`;
  return { ...kept, longKnown: fingerprints.slice(-fingerprints_max * fingerprint_chars) };
};
