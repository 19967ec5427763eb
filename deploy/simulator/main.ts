/**
 * Process entry of an exchange simulator.
 *
 *   node deploy/simulator/main.ts --venue SIMX --port 0 --seed 1 --speed 1 --latency constant:1ms
 *     --instruments BTC-USDT,ETH-USDT --maker-bps 1 --taker-bps 2 [--data FOLDER]
 *     [--scenario FILE] [--state FILE --restart-as same|new] [--reuse-ids] [--exit-with-parent]
 *
 * Prints `{"listening":{"venue":…,"port":…}}` on standard output when ready, and nothing else
 * there. Reasons of disconnects go to standard error, one JSON object a line. SIGTERM and SIGINT
 * end it with status 0; wrong arguments or data end it with status 2.
 *
 * Owns: the process: arguments, signals, standard streams, exit status.
 */
import { fileURLToPath } from "node:url";
import { loadRecording } from "./recording_file.ts";
import { RecordingError } from "./recording.ts";
import { parseSettings, SettingsError } from "./settings.ts";
import { playScenario, readScenario, ScenarioError } from "./scenario.ts";
import { StateFile, StateFileError } from "./state_file.ts";
import { Venue } from "./venue.ts";
import { systemClock } from "./venue_clock.ts";
import { VenueServer } from "./venue_server.ts";

const bundledData = fileURLToPath(new URL("../data", import.meta.url));

const complain = (entry: Readonly<Record<string, string>>): void => {
  process.stderr.write(`${JSON.stringify(entry)}\n`);
};

const run = async (): Promise<void> => {
  const settings = parseSettings(process.argv.slice(2));
  const folder = settings.dataFolder ?? bundledData;
  const recordings = await Promise.all(
    settings.instruments.map((spec) => loadRecording(folder, spec)),
  );
  const clock = systemClock();
  const scenario =
    settings.scenarioFile === undefined ? undefined : readScenario(settings.scenarioFile);
  const stateFile =
    settings.stateFile === undefined ? undefined : new StateFile(settings.stateFile);
  const venue = new Venue(settings, recordings, clock, stateFile);
  const server = new VenueServer(venue, (reason) => {
    complain({ venue: settings.venue, event: "disconnect", reason });
  });
  const port = await server.listen();
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    venue.stop();
    void server.close().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (settings.exitWithParent) {
    process.stdin.on("end", stop).on("error", stop).resume();
  }
  venue.start();
  if (scenario !== undefined) playScenario(scenario, server.operator, clock);
  const ready = { listening: { venue: settings.venue, port } };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
};

// A reader that went away must not end the venue: its clients are on TCP.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

run().catch((error: unknown) => {
  const ours = [SettingsError, RecordingError, ScenarioError, StateFileError];
  const isOurs = ours.some((kind) => error instanceof kind);
  const reason = error instanceof Error ? (isOurs ? error.message : error.stack) : undefined;
  complain({ event: "cannot start", reason: reason ?? "unknown" });
  process.exit(isOurs ? 2 : 1);
});
