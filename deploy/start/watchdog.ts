/**
 * Makes sure that no process and no folder of a run outlives it, however the run ends.
 *
 * A small shell holds a pipe to us and a list of process ids; when the pipe closes, because we are
 * done or because we were killed, it kills what is still on the list and removes the folder.
 *
 * Owns: that shell. Never: kills an id that was taken off the list when its process ended.
 */
import { spawn } from "node:child_process";

/** The list of what must not outlive us. */
export interface Watchdog {
  readonly add: (pid: number) => void;
  readonly remove: (pid: number) => void;
  /** Kills what is left and removes the folder, by closing the pipe. */
  readonly close: () => void;
}

const script = `
pids=" "
while read -r word pid; do
  case $word in
    add) pids="$pids$pid " ;;
    remove) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
[ -z "$1" ] || { sleep 0.2; rm -rf "$1"; }
`;

/** Starts watching; `folder` is removed at the end unless it is undefined. */
export const startWatchdog = (folder: string | undefined): Watchdog => {
  const shell = spawn("/bin/sh", ["-c", script, "sh", folder ?? ""], {
    stdio: ["pipe", "ignore", "ignore"],
    // Its own process group: Ctrl-C is for us, it cleans up after us.
    detached: true,
  });
  shell.unref();
  const tell = (line: string): void => {
    if (shell.stdin.writable) shell.stdin.write(`${line}\n`);
  };
  shell.stdin.on("error", () => undefined);
  return {
    add: (pid) => tell(`add ${pid}`),
    remove: (pid) => tell(`remove ${pid}`),
    close: () => shell.stdin.end(),
  };
};
