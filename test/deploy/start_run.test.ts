/** `npm start` for real: every process, real trades, real signals. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../support/server_process.ts";

const script = fileURLToPath(new URL("../../deploy/start.ts", import.meta.url));

interface Run {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly port: number;
  readonly text: () => string;
  /** Status, or the signal's name. */
  readonly ended: Promise<number | string>;
}

let run: Run | undefined;

const start = async (...args: readonly string[]): Promise<Run> => {
  const port = await freePort();
  const all = [script, "--nats-port", String(port), "--no-view", ...args];
  const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (text += part));
  const ended = once(child, "close").then(() => child.exitCode ?? child.signalCode ?? "?");
  run = { process: child, port, text: () => text, ended };
  return run;
};

/** Waits for a text in the output; fails with the output when the run ends or 60 s pass first. */
const said = async ({ text, process: child }: Run, words: string): Promise<void> => {
  for (let waited_ms = 0; waited_ms < 60_000 && child.exitCode === null; waited_ms += 50) {
    if (text().includes(words)) return;
    await sleep(50);
  }
  throw new Error(`never said "${words}":\n${text()}`);
};

/** The processes that the run has started. */
const childrenOf = ({ process: { pid } }: Run): readonly { pid: number; args: string }[] =>
  execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .flatMap((line) => {
      const [, child, parent, args = ""] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
      return Number(parent) === pid ? [{ pid: Number(child), args }] : [];
    });

const isAlive = ({ pid }: { readonly pid: number }): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

afterEach(() => {
  run?.process.kill("SIGKILL");
  run = undefined;
});

describe("npm start", () => {
  it("trades on both instruments, ends by itself, and every check holds", async () => {
    const demo = await start("--for", "6s", "--seed", "3");
    const status = await demo.ended;
    const text = demo.text();
    expect({ status, text }).toMatchObject({ status: 0 });
    for (const check of [
      "ok      position = Σ fills, from the journals",
      "ok      fills = the venues' own records",
      "ok      no order is left open at a venue",
      "ok      event feed complete, every order ended",
    ]) {
      expect(text).toContain(check);
    }
    expect(text).toMatch(/SIM[XY] BTC-USDT (buy|sell) +\d+/);
    expect(text).toMatch(/SIM[XY] ETH-USDT (buy|sell) +\d+/);
    expect(Number(/orders \d+ +fills (\d+)/.exec(text)?.[1])).toBeGreaterThan(10);
    expect(text).toContain(`nats -s nats://127.0.0.1:${demo.port} req oms.v1.order.DEMO.hand.h1`);
  }, 120_000);

  it("ends in order on SIGINT", async () => {
    const demo = await start();
    await said(demo, "to try in another terminal");
    demo.process.kill("SIGINT");
    expect({ status: await demo.ended, text: demo.text() }).toMatchObject({ status: 0 });
    expect(demo.text()).toContain("ok      no order is left open at a venue");
  }, 120_000);

  it("leaves no process and no folder behind when it is killed", async () => {
    const demo = await start();
    await said(demo, "to try in another terminal");
    const children = childrenOf(demo);
    // nats-server, two venues, the node, four strategies, the watchdog.
    expect(children).toHaveLength(9);
    const args = children.map((child) => child.args).join("\n");
    const folder = /-c (\S+)\/nats\.conf/.exec(args)?.[1] ?? "";
    expect(existsSync(folder)).toBe(true);
    demo.process.kill("SIGKILL");
    expect(await demo.ended).toBe("SIGKILL");
    for (let waited_ms = 0; waited_ms < 10_000; waited_ms += 100) {
      if (!children.some(isAlive) && !existsSync(folder)) break;
      await sleep(100);
    }
    expect(children.filter(isAlive)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  }, 120_000);

  it("says what is wrong when the port is taken, and starts nothing", async () => {
    const first = await start();
    await said(first, "to try in another terminal");
    const second = spawn(process.execPath, [script, "--nats-port", String(first.port)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let words = "";
    second.stderr.setEncoding("utf8").on("data", (part: string) => (words += part));
    const [status] = (await once(second, "close")) as [number | null];
    expect(status).toBe(1);
    expect(words).toContain(`port ${first.port} is taken`);
    first.process.kill("SIGTERM");
    expect({ status: await first.ended, text: first.text() }).toMatchObject({ status: 0 });
  }, 120_000);
});
