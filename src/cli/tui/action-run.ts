/** Runs `toru` as a child, as a person would: the interface can do nothing that a script cannot. */

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { errnoOf, messageOf } from '../../protocol/result.ts';

/** Of what a command writes, so much is kept. */
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;

export interface RunEnd {
  /** null: it could not be run, or a signal ended it. */
  readonly code: number | null;
  readonly lines: readonly string[];
}

export interface Run {
  /** Undefined: the kernel made no process for it. */
  readonly child: ChildProcess | undefined;
  readonly end: Promise<RunEnd>;
}

export function runToru(toru: readonly [string, ...string[]], argv: readonly string[]): Run {
  const [program, ...first] = toru;
  try {
    return runOf(spawn(program, [...first, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] }));
  } catch (thrown) {
    // What the kernel refuses is thrown at once (execve(2): E2BIG; fork(2): EAGAIN, ENOMEM).
    return { child: undefined, end: Promise.resolve({ code: null, lines: [refusalText(thrown)] }) };
  }
}

function refusalText(thrown: unknown): string {
  const words = REFUSALS[errnoOf(thrown) ?? ''];
  return `toru cannot be run: ${words ?? messageOf(thrown)}`;
}

const REFUSALS: Readonly<Record<string, string>> = {
  E2BIG: 'the command is too long for this system',
  EAGAIN: 'there are too many processes',
  ENOMEM: 'there is not enough memory',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

function runOf(child: ChildProcessByStdio<null, Readable, Readable>): Run {
  let said = '';
  let isCut = false;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      isCut ||= said.length + text.length > MAX_OUTPUT_CHARACTERS;
      if (!isCut) said += text;
    });
  const end = new Promise<RunEnd>((resolve) => {
    child.on('error', (thrown) => resolve({ code: null, lines: [refusalText(thrown)] }));
    child.on('close', (code, signal) => {
      const lines = said.replace(/\n+$/, '').split('\n');
      if (isCut) lines.push('(more was written than is kept here)');
      if (signal !== null) lines.push(`ended by ${signal}`);
      resolve({ code, lines: lines.filter((line, at) => line !== '' || at > 0) });
    });
  });
  return { child, end };
}

/**
 * On the terminal, which is lent for it.
 * @param onChild told of the process once there is one
 * @returns the exit code; null: it could not be run, or a signal ended it
 */
export function runOnTerminal(
  toru: readonly [string, ...string[]],
  argv: readonly string[],
  onChild: (child: ChildProcess) => void,
): Promise<number | null> {
  const [program, ...first] = toru;
  return new Promise((resolve) => {
    try {
      const child = spawn(program, [...first, ...argv], { stdio: 'inherit' });
      child.on('error', () => resolve(null));
      child.on('close', resolve);
      onChild(child);
    } catch (thrown) {
      process.stderr.write(`${refusalText(thrown)}\n`);
      resolve(null);
    }
  });
}
