/**
 * One real nats-server process of a test: started, killed, suspended, and never left behind.
 *
 * A watchdog shell holds a pipe to this process and kills the server when the pipe closes. It
 * covers every way in which a test process can end, SIGKILL too, when no exit handler runs.
 *
 * Owns: the process, its watchdog, its configuration file and its log.
 * Never: decides when the server is ready (the launchers do), or kills a process id that it does
 * not know to be its own child.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requireNatsServer } from "../../deploy/setup/nats_server_binary.mjs";

const STOP_MS_MAX = 10_000;
const SUSPEND_POLL_MS = 2;
const LOG_LINES_MAX = 20;

/** Below the range from which the system takes client ports: nobody grabs one while we restart. */
const PORT_MIN = 10_000;
const PORT_MAX = 30_000;

let binaryPath: string | undefined;

/** The nats-server binary, looked up once per test process. */
function natsServerPath(): string {
  binaryPath ??= requireNatsServer().path;
  return binaryPath;
}

/**
 * True when no thread of the process runs any more. A signal takes effect some time after it was
 * sent, and until then the server would still answer.
 */
function isSuspended(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).every((task) => {
      const stat = readFileSync(join(tasks, task, "stat"), "utf8");
      // The state follows the program's name, which is in brackets and may hold anything.
      return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
    });
  } catch {
    // A thread ended while we looked: something still ran.
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  probe.listen({ port, host: "127.0.0.1", exclusive: true });
  try {
    await once(probe, "listening");
  } catch {
    return false;
  }
  probe.close();
  await once(probe, "close");
  return true;
}

/** A loopback port nobody listens on just now; the caller retries when somebody was quicker. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (await isFree(port)) return port;
  }
}

/** A new folder for one server; removed with `removeWorkDir`. */
export function makeWorkDir(): string {
  return mkdtempSync(join(tmpdir(), "natoms-nats-"));
}

/** Removes what `makeWorkDir` made. */
export function removeWorkDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Kills the server and removes its folder once its standard input closes: once we are gone. */
function startWatchdog(serverPid: number, workDir: string): ChildProcess {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null; sleep 0.2; rm -rf "$2"';
  const watchdog = spawn("/bin/sh", ["-c", script, "sh", String(serverPid), workDir], {
    stdio: ["pipe", "ignore", "ignore"],
    // Its own process group: Ctrl-C must reach the tests first, the watchdog cleans up after them.
    detached: true,
  });
  watchdog.unref();
  return watchdog;
}

/** A nats-server process that can be started and ended any number of times on the same config. */
export class ServerProcess {
  readonly #workDir: string;
  readonly #configFile: string;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  #watchdog: ChildProcess | undefined;

  constructor(workDir: string, config: string) {
    this.#workDir = workDir;
    this.#configFile = join(workDir, "nats.conf");
    this.#logFile = join(workDir, "nats.log");
    writeFileSync(this.#configFile, config);
  }

  /** Process id of the running server. Throws when it does not run. */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error("the nats-server is not running");
    return pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Spawns the server; whether it accepts requests yet is another question. */
  start(): void {
    if (this.#child !== undefined) throw new Error("the nats-server is running already");
    const log = openSync(this.#logFile, "a");
    const child = spawn(natsServerPath(), ["-c", this.#configFile], {
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const { pid } = child;
    if (pid === undefined) throw new Error(`cannot run ${natsServerPath()}`);
    const watchdog = startWatchdog(pid, this.#workDir);
    child.unref();
    child.once("exit", () => {
      watchdog.kill("SIGKILL");
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    this.#watchdog = watchdog;
  }

  /** Stops the server's execution and waits until every thread of it stands still. */
  async suspend(): Promise<void> {
    process.kill(this.pid, "SIGSTOP");
    while (!isSuspended(this.pid)) await sleep(SUSPEND_POLL_MS);
  }

  /** Lets a suspended server go on. */
  resume(): void {
    process.kill(this.pid, "SIGCONT");
  }

  /** Ends the server with the signal and waits for its end; too slow a server is killed. */
  async end(name: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.ref();
    const ended = once(child, "exit");
    child.kill("SIGCONT");
    child.kill(name);
    const killer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    await ended;
    clearTimeout(killer);
    this.#watchdog?.kill("SIGKILL");
  }

  /** The last lines of the server's log, for error messages. */
  logTail(): string {
    if (!existsSync(this.#logFile)) return "";
    const lines = readFileSync(this.#logFile, "utf8").trimEnd().split("\n");
    return lines.slice(-LOG_LINES_MAX).join("\n");
  }
}
