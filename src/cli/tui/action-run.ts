/** Runs `toru` as a child, as a person would: the interface can do nothing that a script cannot. */

import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../../protocol/result.ts';

/** Of what a command writes, so much is kept. */
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;

export interface RunEnd {
  /** null: it could not be run, or a signal ended it. */
  readonly code: number | null;
  readonly lines: readonly string[];
}

export interface Run {
  readonly child: ChildProcess;
  readonly end: Promise<RunEnd>;
}

export function runToru(toru: readonly [string, ...string[]], argv: readonly string[]): Run {
  const [program, ...first] = toru;
  const child = spawn(program, [...first, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let isCut = false;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      isCut ||= said.length + text.length > MAX_OUTPUT_CHARACTERS;
      if (!isCut) said += text;
    });
  const end = new Promise<RunEnd>((resolve) => {
    child.on('error', (thrown) =>
      resolve({ code: null, lines: [`toru cannot be run: ${messageOf(thrown)}`] }),
    );
    child.on('close', (code, signal) => {
      const lines = said.replace(/\n+$/, '').split('\n');
      if (isCut) lines.push('(more was written than is kept here)');
      if (signal !== null) lines.push(`ended by ${signal}`);
      resolve({ code, lines: lines.filter((line, at) => line !== '' || at > 0) });
    });
  });
  return { child, end };
}

/** On the terminal, which is lent for it. @returns the exit code; null: it could not be run, or a signal ended it */
export function runOnTerminal(
  toru: readonly [string, ...string[]],
  argv: readonly string[],
): Promise<number | null> {
  const [program, ...first] = toru;
  return new Promise((resolve) => {
    const child = spawn(program, [...first, ...argv], { stdio: 'inherit' });
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
}
