/**
 * The file of a durable venue: lines are appended before what they say is sent.
 *
 * It survives the end of the process, not of the machine: nothing is synced to the disk.
 *
 * Owns: the open file. A last line that a kill has cut off is taken away when it is opened; any
 * other line that cannot be read is an error.
 */
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { Result, Schema } from "effect";
import { StateRecord } from "./state_record.ts";

/** A state file that is not one. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
}

const decode = Schema.decodeUnknownResult(StateRecord);

const readRecord = (line: string, lineNo: number): StateRecord => {
  try {
    const decoded = decode(JSON.parse(line));
    if (Result.isSuccess(decoded)) return decoded.success;
    throw new StateFileError(`line ${lineNo}: ${decoded.failure.message.slice(0, 200)}`);
  } catch (cause) {
    if (cause instanceof StateFileError) throw cause;
    throw new StateFileError(`line ${lineNo} is no JSON`, { cause });
  }
};

/** An append-only file of records. */
export class StateFile {
  /** What it held when it was opened. */
  readonly records: readonly StateRecord[];
  readonly #handle: number;

  /** Opens or creates the file. Throws `StateFileError`, or what the file system says. */
  constructor(path: string) {
    this.#handle = openSync(path, "a+");
    const content = readFileSync(path);
    const whole_bytes = content.lastIndexOf(0x0a) + 1;
    if (whole_bytes < content.length) truncateSync(path, whole_bytes);
    const lines = content.subarray(0, whole_bytes).toString("utf8").split("\n").slice(0, -1);
    this.records = lines.map((line, index) => readRecord(line, index + 1));
  }

  /** Writes a record behind the others. */
  append(record: StateRecord): void {
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.#handle, bytes, written);
    }
  }

  /** Closes it. */
  close(): void {
    closeSync(this.#handle);
  }
}
