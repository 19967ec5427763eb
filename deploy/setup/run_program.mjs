/**
 * Runs an outside program for set-up and returns what it printed.
 *
 * Owns: the form of the error when a program is missing or fails.
 * Never: goes through a shell, or lets the program read the terminal.
 */
import { spawn } from "node:child_process";

const ERROR_LINES_MAX = 3;

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} its standard output
 * @throws {Error} naming the program and the last lines of its error output
 */
export function runProgram(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => (err += text));
    child.on("error", (error) => reject(new Error(`cannot run ${program}: ${error.message}`)));
    child.on("close", (status) => {
      if (status === 0) return resolve(out);
      const lines = err.trim().split("\n").slice(-ERROR_LINES_MAX).join(" | ");
      reject(new Error(`${program} ${args[0] ?? ""} ended with ${status}: ${lines}`));
    });
  });
}
