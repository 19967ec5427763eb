/**
 * Reads a recording from its compressed file, in pieces, so that the process stays responsive.
 *
 * Owns: file reading and decompression.
 * Never: looks into a record; `recording.ts` does.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextLoopTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { InstrumentSpec } from "./instrument_spec.ts";
import { RecordingError, RecordingParser } from "./recording.ts";
import type { Recording } from "./recording.ts";

const decompress = promisify(gunzip);
const linesPerPiece = 1_000;
const recordingBytesMax = 256 * 1_024 * 1_024;

/** Loads the recording of one instrument from `folder`. Rejects with `RecordingError`. */
export const loadRecording = async (
  folder: string,
  spec: InstrumentSpec,
  withTickers = false,
): Promise<Recording> => {
  const file = join(folder, spec.recordingFile);
  let bytes: Buffer;
  try {
    bytes = await decompress(await readFile(file), { maxOutputLength: recordingBytesMax });
  } catch (cause) {
    throw new RecordingError(`cannot read ${file}`, { cause });
  }
  const parser = new RecordingParser(spec, withTickers);
  let lines = 0;
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    if (end > start) parser.line(bytes.toString("latin1", start, end));
    start = end + 1;
    lines += 1;
    if (lines % linesPerPiece === 0) await nextLoopTurn();
  }
  return parser.finish();
};
