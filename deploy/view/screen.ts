/**
 * Draws on a terminal: the alternate screen, entered once and always left again.
 *
 * Owns: the terminal's mode. Leaving writes synchronously, so that it works from an exit handler.
 */
import { writeSync } from "node:fs";
import type { ScreenSize } from "./render.ts";

/** A terminal being drawn on. */
export interface Screen {
  readonly size: () => ScreenSize;
  readonly draw: (lines: readonly string[]) => void;
  /** Gives the terminal back; may be called twice. */
  readonly leave: () => void;
}

const esc = "\u001b[";
const enterText = `${esc}?1049h${esc}?25l`;
const leaveText = `${esc}?25h${esc}?1049l`;

/** Takes the terminal over; undefined where standard output is none. */
export const enterScreen = (): Screen | undefined => {
  const { stdout } = process;
  if (!stdout.isTTY) return undefined;
  let isEntered = true;
  const leave = (): void => {
    if (!isEntered) return;
    isEntered = false;
    process.off("exit", leave);
    try {
      writeSync(stdout.fd, leaveText);
    } catch {
      // The terminal is gone; there is nothing to give back.
    }
  };
  process.on("exit", leave);
  stdout.write(enterText);
  return {
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    draw: (lines) => {
      // A slow terminal gets fewer pictures rather than a growing backlog.
      if (!isEntered || stdout.writableNeedDrain) return;
      stdout.write(`${esc}H${lines.join(`${esc}K\r\n`)}${esc}K${esc}J`);
    },
    leave,
  };
};
