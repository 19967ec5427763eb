/**
 * Process entry of `npm start`: the whole of natoms on one machine, trading on recorded markets.
 *
 *   npm start -- [--for 30s] [--nats-port N] [--seed N] [--speed X] [--no-view] [--keep]
 *
 * Ctrl-C ends it in order with a summary; a second Ctrl-C kills everything at once. Status 0: every
 * check at the end holds and no process died. 1: not so. 2: wrong arguments. 130: killed.
 *
 * Owns: arguments, signals, exit status.
 */
import { performance } from "node:perf_hooks";
import { runDemo } from "./start/demo.ts";
import { StartOptionError, parseStartOptions } from "./start/start_options.ts";
import type { StartOptions } from "./start/start_options.ts";

/** npm passes a Ctrl-C on that the terminal has sent us already; only a later one counts. */
const secondSignal_ms_min = 500;

const readOptions = (): StartOptions => {
  try {
    return parseStartOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof StartOptionError)) throw error;
    process[error.help ? "stdout" : "stderr"].write(`${error.message}\n`);
    process.exit(error.help ? 0 : 2);
  }
};

const options = readOptions();
const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
let killAll: () => void = () => undefined;
let asked_ms: number | undefined;
const onSignal = (): void => {
  if (asked_ms === undefined) {
    asked_ms = performance.now();
    ask();
    return;
  }
  if (performance.now() - asked_ms < secondSignal_ms_min) return;
  killAll();
  process.exit(130);
};
process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
// The terminal may be gone before we are done.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

const natsUrl = process.env["NATOMS_NATS_URL"] ?? "";
try {
  process.exitCode = await runDemo(options, {
    asked,
    print: (line) => process.stdout.write(`${line}\n`),
    onStarted: (kill) => {
      killAll = kill;
    },
    natsUrl: natsUrl === "" ? undefined : natsUrl,
  });
} catch (error) {
  process.stderr.write(`cannot run: ${error instanceof Error ? error.message : String(error)}\n`);
  // Connections to what has just been killed would go on trying.
  process.exit(1);
}
