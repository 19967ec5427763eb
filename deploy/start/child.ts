/**
 * One process of the demo: started, listened to, and ended.
 *
 * Owns: the process, its log file and the last lines of it, and the lines of its standard output.
 * Never: restarts anything by itself (`demo.ts` decides).
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Watchdog } from "./watchdog.ts";

/** How a process ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running process. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Undefined while it runs. */
  readonly exit: ChildExit | undefined;
  /** Resolves when it has ended. */
  readonly ended: Promise<ChildExit>;
  /** Sends the signal and waits; SIGKILL after `wait_ms`. */
  readonly end: (signal: NodeJS.Signals, wait_ms: number) => Promise<ChildExit>;
  /** The last lines that it wrote to standard error. */
  readonly tail: () => readonly string[];
}

/** What to run. */
export interface ChildSpec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Called for each line of standard output. */
  readonly onLine?: (line: string) => void;
}

const tailLines_max = 15;

/** Starts a process; throws when the program cannot be run. */
export const startChild = (spec: ChildSpec, logFolder: string, watchdog: Watchdog): Child => {
  const child = spawn(spec.program, [...spec.args], {
    stdio: ["pipe", "pipe", "pipe"],
    // Its own process group: Ctrl-C on the terminal must reach only us, we end the rest in order.
    detached: true,
  });
  const log = createWriteStream(join(logFolder, `${spec.name}.log`), { flags: "a" });
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.write(`${line}\n`);
    lastLines.push(line);
    if (lastLines.length > tailLines_max) lastLines.shift();
  });
  createInterface({ input: child.stdout }).on("line", (line) => spec.onLine?.(line));
  // It may close its end first; that is its business.
  child.stdin.on("error", () => undefined);
  const { pid } = child;
  const { promise: ended, resolve, reject } = Promise.withResolvers<ChildExit>();
  ended.catch(() => undefined);
  child.once("error", (error) => reject(new Error(`cannot run ${spec.name}: ${error.message}`)));
  if (pid === undefined) throw new Error(`cannot run ${spec.name}: ${spec.program}`);
  watchdog.add(pid);
  let exit: ChildExit | undefined;
  child.once("exit", (code, signal) => {
    exit = { code, signal };
    watchdog.remove(pid);
    log.end();
    resolve(exit);
  });
  return {
    name: spec.name,
    pid,
    get exit() {
      return exit;
    },
    ended,
    end: async (signal, wait_ms) => {
      if (exit !== undefined) return exit;
      child.kill(signal);
      const killer = setTimeout(() => child.kill("SIGKILL"), wait_ms);
      const result = await ended;
      clearTimeout(killer);
      return result;
    },
    tail: () => lastLines,
  };
};

/** `status 1` or `SIGKILL`. */
export const showExit = ({ code, signal }: ChildExit): string => signal ?? `status ${code ?? "?"}`;
