/**
 * A natoms node as a real process of a test: started, killed, suspended, drained.
 *
 * Owns: the process and what it said. Never: leaves one behind (the node ends with its parent).
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../../../deploy/node.ts", import.meta.url));
const ready_ms_max = 40_000;
const logLines_max = 20_000;

/** What a node is started with. */
export interface NodeSetting {
  readonly nats: string;
  readonly config: string;
  /** `SIMX=127.0.0.1:PORT` each. */
  readonly venues: readonly string[];
  readonly name?: string;
  readonly force?: boolean;
}

/** How a process ended. */
export interface NodeExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One log line of a node. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A node process. */
export class NodeProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<NodeExit>;
  readonly started_ms = Date.now();
  readonly log: LogLine[] = [];
  readonly #raw: string[] = [];
  readonly #ready: Promise<number>;
  exit: NodeExit | undefined;

  constructor(setting: NodeSetting) {
    const args = [entry, "--nats", setting.nats, "--config", setting.config];
    for (const venue of setting.venues) args.push("--venue", venue);
    args.push("--node", setting.name ?? "node-1", "--exit-with-parent");
    if (setting.force === true) args.push("--force");
    this.child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
    const { stdin, stdout, stderr } = this.child;
    if (stdin === null || stdout === null || stderr === null) throw new Error("no pipes");
    stdin.on("error", () => undefined);
    createInterface({ input: stderr }).on("line", (line) => this.#keep(line));
    this.ended = once(this.child, "close").then(([code, signal]) => {
      this.exit = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      return this.exit;
    });
    this.#ready = new Promise((resolve) => {
      createInterface({ input: stdout }).on("line", (line) => {
        const said = JSON.parse(line) as { readonly ready?: { readonly metrics: number } };
        if (said.ready !== undefined) resolve(said.ready.metrics);
      });
    });
  }

  /** Resolves to the metrics port once the node says that it is ready. */
  async ready(): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the node was not ready in ${ready_ms_max} ms:\n${this.tail()}`));
      }, ready_ms_max);
    });
    const died = this.ended.then((exit) => {
      throw new Error(`the node ended (${JSON.stringify(exit)}):\n${this.tail()}`);
    });
    died.catch(() => undefined);
    return Promise.race([this.#ready, died, late]).finally(() => clearTimeout(timer));
  }

  /** SIGKILL, and the end. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** SIGTERM; resolves to how it ended and how long that took. */
  async drain(wait_ms = 15_000): Promise<NodeExit & { readonly took_ms: number }> {
    const began_ms = Date.now();
    this.child.kill("SIGTERM");
    const killer = setTimeout(() => this.child.kill("SIGKILL"), wait_ms);
    const exit = await this.ended;
    clearTimeout(killer);
    return { ...exit, took_ms: Date.now() - began_ms };
  }

  /** SIGSTOP: its connections stay open, it does nothing. */
  suspend(): void {
    this.child.kill("SIGSTOP");
  }

  /** SIGCONT. */
  resume(): void {
    this.child.kill("SIGCONT");
  }

  /** Log lines with that message. */
  logged(message: string): readonly LogLine[] {
    return this.log.filter((line) => line["msg"] === message);
  }

  /** The last lines of its log. */
  tail(lines = 30): string {
    return this.#raw.slice(-lines).join("\n");
  }

  #keep(line: string): void {
    if (this.#raw.length === logLines_max) this.#raw.shift();
    this.#raw.push(line);
    try {
      this.log.push(JSON.parse(line) as LogLine);
    } catch {
      this.log.push({ msg: line });
    }
  }
}
