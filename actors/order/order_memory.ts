/**
 * Which commands an order remembers, so that a repeat is recognised.
 *
 * Owns: the bound on that memory.
 */
import type { OrderState, SeenCommand } from "../../protocols/order.ts";

/**
 * Most commands remembered besides the submit. An older repeat is taken for a new request: it gets
 * an answer of its own and, as each request is numbered, can never be executed as the old one.
 */
export const commands_max = 128;

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
  return { ...state, commands: bounded([...state.commands, { commandId, digest }]) };
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

const bounded = (commands: readonly SeenCommand[]): readonly SeenCommand[] => {
  if (commands.length <= commands_max + 1) return commands;
  const oldest = commands.findIndex((seen) => seen.commandId !== "submit");
  return commands.toSpliced(oldest, 1);
};
