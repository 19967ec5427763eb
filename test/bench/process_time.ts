/**
 * How much of a processor a process has used, where the system tells.
 */
import { readFileSync } from "node:fs";

/** Clock ticks per second of /proc: fixed at 100 for user space on Linux. */
const ticksPerSecond = 100;

/** Processor time of a process so far in milliseconds; undefined where the system does not tell. */
export const processTime_ms = (pid: number): number | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name is in brackets and may hold anything; user and system time are 14th, 15th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1_000;
  } catch {
    return undefined;
  }
};
