/** Every log line of a plugin that is kept, rotated and compressed files included, and what is wrong with them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { RunOfWriter } from './run-record.ts';

interface KeptLine {
  readonly seq: number;
  readonly run: number;
  readonly stream: string;
  readonly message: string;
}

export interface KeptLog {
  readonly lines: number;
  readonly files: number;
  readonly faults: readonly string[];
}

/** Holds the log of a writer against what the writer says that it wrote. */
export function checkLog(logFolder: string, id: string, runs: readonly RunOfWriter[]): KeptLog {
  const files = filesOf(logFolder, id);
  const faults: string[] = [];
  const counts = new Map<number, number>();
  let lines = 0;
  let lastRun = 0;
  for (const file of files) {
    for (const line of linesOf(join(logFolder, file))) {
      lines += 1;
      const before = counts.get(line.run) ?? 0;
      counts.set(line.run, before + 1);
      if (line.run < lastRun) faults.push(`${file}: a line of run ${line.run} after run ${lastRun}`);
      lastRun = line.run;
      const isNext = line.seq === before + 1 && line.message.startsWith(`line ${before + 1} `);
      if (!isNext)
        faults.push(`${file}: run ${line.run}: line ${before + 1} expected, ${JSON.stringify(line)} found`);
      if (faults.length > 10) return { lines, files: files.length, faults };
    }
  }
  for (const run of runs) {
    const kept = counts.get(run.runId) ?? 0;
    if (kept !== run.lines) faults.push(`${id}: run ${run.runId} wrote ${run.lines} lines, ${kept} are kept`);
    counts.delete(run.runId);
  }
  for (const [run, kept] of counts) faults.push(`${id}: ${kept} lines of run ${run}, which no writer knows`);
  return { lines, files: files.length, faults };
}

/** Oldest first. */
function filesOf(logFolder: string, id: string): readonly string[] {
  return readdirSync(logFolder)
    .filter((name) => name === `${id}.log` || name.startsWith(`${id}.log.`))
    .sort((one, other) => ageOf(other) - ageOf(one));
}

function ageOf(name: string): number {
  return Number(/\.log\.(\d+)(\.gz)?$/.exec(name)?.[1] ?? 0);
}

function linesOf(file: string): readonly KeptLine[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as KeptLine);
}
