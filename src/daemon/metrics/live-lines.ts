/** How many lines a live run has written, as the last line of its log says. Only a shim that has ended tells it itself. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';

/** What is read of a log's end: more than what follows the message of a line. */
const TAIL_BYTES = 512;
/** The end of a log line (ARCHITECTURE.md, "Log lines"): only the shim writes what is not escaped. */
const LAST_KEYS = /,"seq":(\d{1,15}),"run":(\d{1,15})(?:,"(?:cut|lost)":(?:true|\d+))*\}$/;

/**
 * The sequence number of the last whole line of a run: lines over both streams, lost ones included. Undefined when the
 * log's newest file has none of that run: it has written nothing yet, or nothing since the rotation.
 */
export function lastSequence(logFile: string, runId: number): number | undefined {
  const newest = sequenceIn(logFile, runId);
  // Rotated a moment ago.
  return newest ?? sequenceIn(`${logFile}.1`, runId);
}

function sequenceIn(file: string, runId: number): number | undefined {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
  try {
    return readTail(fd, fstatSync(fd).size, runId);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function readTail(fd: number, size: number, runId: number): number | undefined {
  const length = Math.min(size, TAIL_BYTES);
  const buffer = Buffer.alloc(length);
  const read = readSync(fd, buffer, 0, length, size - length);
  const end = buffer.lastIndexOf(0x0a, read - 1);
  if (end === -1) return undefined;
  const found = LAST_KEYS.exec(buffer.toString('latin1', 0, end));
  return found !== null && Number(found[2]) === runId ? Number(found[1]) : undefined;
}
