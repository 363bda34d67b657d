/** What stands behind standard output: a terminal, how wide, with colours or without. */

import { fstatSync } from 'node:fs';

export interface Screen {
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  /** Columns of the terminal; undefined when output is no terminal, so that nothing is cut. */
  readonly columns: number | undefined;
}

export function detectScreen(
  color: 'always' | 'never' | 'auto',
  env: Readonly<Record<string, string | undefined>>,
): Screen {
  const isTerminal = isTerminalDescriptor(1);
  const isColourWanted = isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  return {
    isTerminal,
    hasColour: color === 'always' || (color === 'auto' && isColourWanted),
    columns: isTerminal ? terminalColumns(env.COLUMNS) : undefined,
  };
}

/** isatty(3). The cheap look comes first: without a character device node:tty is never loaded. */
export function isTerminalDescriptor(descriptor: 0 | 1 | 2): boolean {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false;
  } catch {
    // A closed descriptor is no terminal.
    return false;
  }
  if (descriptor === 0) return process.stdin.isTTY === true;
  return (descriptor === 1 ? process.stdout : process.stderr).isTTY === true;
}

function terminalColumns(fromEnvironment: string | undefined): number {
  const asked = Number(fromEnvironment);
  return Number.isInteger(asked) && asked > 0 ? asked : process.stdout.columns || 80;
}
