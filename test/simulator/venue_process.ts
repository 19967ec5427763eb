/**
 * Starts real exchange simulator processes for tests, and ends the ones it started.
 *
 * Owns: child processes and how a test waits for them.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../../deploy/simulator/main.ts", import.meta.url));

/** A running venue. */
export interface VenueProcess {
  readonly port: number;
  readonly child: ChildProcess;
  /** Resolves to exit status and signal. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Standard error so far. */
  complaints(): string;
  /** SIGTERM, and the end. */
  stop(): Promise<void>;
}

const startTimeout_ms = 40_000;

/** Starts a venue with these arguments; resolves when it listens. */
export const startVenue = async (...args: string[]): Promise<VenueProcess> => {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("venue does not start")), startTimeout_ms);
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      const match = /^\{"listening":\{"venue":"[^"]+","port":(\d+)\}\}$/.exec(line);
      if (match === null) reject(new Error(`unexpected first line ${line}`));
      else resolve(Number(match[1]));
    });
    void ended.then(({ code }) => {
      clearTimeout(timer);
      reject(new Error(`venue ended with ${code}: ${complaints}`));
    });
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  return { port, child, ended, complaints: () => complaints, stop };
};
