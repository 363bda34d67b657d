/** What a writer itself says of one of its runs; the layout is `struct record` of writer.c. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

export interface RunOfWriter {
  readonly runId: number;
  /** Whole lines that write(2) took. */
  readonly lines: number;
  readonly pid: number;
  /** `living`: nobody told it to end and it did not crash. */
  readonly ending: 'living' | 'exited' | 'signalled' | 'stopped';
  readonly code: number | null;
  readonly signal: string | null;
  /** It has seen that it is to be quiet. */
  readonly isQuiet: boolean;
}

const ENDINGS = ['living', 'exited', 'signalled', 'stopped'] as const;
const RECORD_BYTES = 24;

/** All runs of a writer, oldest first. */
export function runsOfWriter(dataFolder: string): readonly RunOfWriter[] {
  if (!existsSync(dataFolder)) return [];
  return readdirSync(dataFolder)
    .filter((name) => name.startsWith('run-'))
    .flatMap((name) => readRun(join(dataFolder, name), Number(name.slice('run-'.length))))
    .sort((one, other) => one.runId - other.runId);
}

/** Run ids of processes that found another one of their plugin alive. */
export function doubledRuns(dataFolder: string): readonly string[] {
  return readdirSync(dataFolder).filter((name) => name.startsWith('double-'));
}

function readRun(file: string, runId: number): readonly RunOfWriter[] {
  const bytes = readFileSync(file);
  // It is just being made.
  if (bytes.length < RECORD_BYTES) return [];
  const ending = ENDINGS[bytes.readUInt32LE(12)] ?? 'living';
  const value = bytes.readUInt32LE(16);
  return [
    {
      runId,
      lines: Number(bytes.readBigUInt64LE(0)),
      pid: bytes.readUInt32LE(8),
      ending,
      code: ending === 'exited' ? value : ending === 'stopped' ? 0 : null,
      signal: ending === 'signalled' ? signalName(value) : null,
      isQuiet: bytes.readUInt32LE(20) === 1,
    },
  ];
}

function signalName(number: number): string {
  const named = Object.entries(constants.signals).find(([, value]) => value === number);
  return named?.[0] ?? String(number);
}
