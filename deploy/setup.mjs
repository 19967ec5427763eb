/**
 * Makes a fresh checkout able to run: installs the packages and finds or fetches nats-server.
 *
 * The npm `pre` hooks call it before every start, test and bench, so the usual run finds nothing to
 * do and ends in well under 150 ms. It runs on the Node the user has (20 or newer) and therefore
 * imports nothing but Node's own modules; everything after it runs on the pinned Node 24.
 *
 * Owns: the order of the steps and the one lock under which anything is changed.
 * Never: writes outside the project folder, needs root, or asks a question.
 *
 * Settings (environment)
 *   NATOMS_NATS_URL          use this running server; nothing local is looked for
 *   NATOMS_NATS_SERVER       use this nats-server binary
 *   NATOMS_NATS_SERVER_FROM  `path`, `go` or `apt`: take nats-server only from there
 */
import { installHint, isServerGiven, lookUpNatsServer } from "./setup/nats_server_binary.mjs";
import { withSetupLock } from "./setup/setup_lock.mjs";
import { packagesAreStale } from "./setup/package_stamp.mjs";

/** Says in one line on stderr what is going on; stdout belongs to the command that follows. */
function say(/** @type {string} */ line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** Does whatever is missing; a second caller waits for the first and then finds it done. */
async function setUpWhatIsMissing() {
  await withSetupLock(say, async () => {
    if (packagesAreStale()) {
      const { installPackages } = await import("./setup/install_packages.mjs");
      installPackages(say);
    }
    if (!isServerGiven() && lookUpNatsServer() === undefined) {
      const { installNatsServer } = await import("./setup/install_nats_server.mjs");
      const failures = await installNatsServer(say);
      if (lookUpNatsServer() === undefined) throw new Error(installHint(failures));
    }
  });
}

try {
  if (packagesAreStale() || (!isServerGiven() && lookUpNatsServer() === undefined)) {
    await setUpWhatIsMissing();
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
