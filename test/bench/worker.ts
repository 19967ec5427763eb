/**
 * A process of the benchmark that does jobs for it: started, asked over IPC, ended.
 *
 * Owns: the child process and the questions that wait for its answers. Both ends are of this source
 * tree and of one commit, so a worker's jobs are a type that both import; nothing is checked at run
 * time. A worker that dies fails every question, and with it the run.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a worker can do: job names, each with one argument and a result that IPC can carry. */
export type Jobs = Readonly<Record<string, (input: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly job: string;
  readonly input: unknown;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly fault?: string;
}

/** A running worker. */
export interface Worker<J extends Jobs> {
  readonly pid: number;
  /** Has a job done. */
  readonly ask: <K extends keyof J & string>(
    job: K,
    input: Parameters<J[K]>[0],
  ) => Promise<Awaited<ReturnType<J[K]>>>;
  /** Ends the process and waits for its end. */
  readonly end: () => Promise<void>;
}

const end_ms_max = 5_000;

/** Starts the worker whose source is `script`, a file beside this one. */
export const startWorker = <J extends Jobs>(
  script: string,
  nodeArguments: readonly string[] = [],
): Worker<J> => {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(path, [], { execArgv: [...nodeArguments], serialization: "advanced" });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot run ${script}`);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      const reason = new Error(`${script} ended with ${signal ?? code}`);
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
      resolve();
    });
  });
  child.on("message", (message) => {
    const { id, result, fault } = message as Answer;
    const question = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) question?.resolve(result);
    else question?.reject(new Error(`${script}: ${fault}`));
  });
  return {
    pid,
    ask: (job, input) => {
      asked += 1;
      const question: Question = { id: asked, job, input };
      const answer = Promise.withResolvers<unknown>();
      waiting.set(asked, answer);
      child.send(question);
      // The type of a job's result, as both ends have it from the same declaration.
      return answer.promise as ReturnType<Worker<J>["ask"]> as never;
    },
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (child.connected) child.disconnect();
      const killer = setTimeout(() => child.kill("SIGKILL"), end_ms_max);
      await ended;
      clearTimeout(killer);
    },
  };
};

/** The worker's side: does jobs one after the other until the parent is gone. */
export const serveJobs = (jobs: Jobs, close: () => Promise<void> = async () => {}): void => {
  let last: Promise<void> = Promise.resolve();
  process.on("message", (message) => {
    const { id, job, input } = message as Question;
    last = last.then(async () => {
      process.send?.(await answer(id, async () => jobs[job]?.(input as never)));
    });
  });
  process.once("disconnect", () => {
    void close().finally(() => process.exit(0));
  });
};

const answer = async (id: number, run: () => Promise<unknown>): Promise<Answer> => {
  try {
    return { id, result: await run() };
  } catch (error) {
    return { id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};
