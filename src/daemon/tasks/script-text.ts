/** What the first lines of a script say: what it is about, and which interpreter it wants (execve(2)). */

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';
import { oneLine } from '../base/one-line.ts';

/** A description further down than this is none. */
const HEAD_BYTES = 4096;
const MAX_DESCRIPTION = 200;
const COMMENT = /^\s*(?:#+|\/\/+|--+|;+)\s*(.*)$/;
/** Comments for editors and checkers, not for people. */
const FOR_TOOLS = /^(?:-\*-.*-\*-|vim?:|ex:|shellcheck\b|!|coding[:=])/;

/** The first comment line, without its sign; empty when there is none, or when the file is no text. */
export function describeScript(path: string): string {
  const head = readHead(path);
  if (head.includes('\0') || head.startsWith('\x7fELF')) return '';
  const lines = head.split('\n');
  for (const line of lines.slice(head.startsWith('#!') ? 1 : 0)) {
    const comment = COMMENT.exec(line)?.[1]?.trim() ?? '';
    if (/[\p{L}\p{N}]/u.test(comment) && !FOR_TOOLS.test(comment)) return oneLine(comment, MAX_DESCRIPTION);
  }
  return '';
}

/** The interpreter that the first line names, as it stands there; undefined without one. */
export function interpreterOf(path: string): string | undefined {
  const [first = ''] = readHead(path).split('\n', 1);
  // The kernel takes the word up to a space or tab, and no other blank: a carriage return is part of it.
  return /^#![ \t]*([^ \t]+)/.exec(first)?.[1];
}

/** Empty when it cannot be read. */
function readHead(path: string): string {
  let descriptor: number;
  try {
    // O_NONBLOCK: a FIFO of that name must not hold the daemon.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return '';
  }
  try {
    const room = Buffer.alloc(HEAD_BYTES);
    return room.toString('utf8', 0, readSync(descriptor, room, 0, HEAD_BYTES, 0));
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return '';
  } finally {
    closeSync(descriptor);
  }
}
