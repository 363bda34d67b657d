/** Making findings: one line each, with what mends it. */

import type { Finding } from '../protocol/programs.ts';
import type { View } from './view.ts';

/** One subject's look at the installation. What it throws is reported as a failure of the check itself. */
export type Check = (view: View) => readonly Finding[] | Promise<readonly Finding[]>;

export function ok(name: string, detail: string): Finding {
  return { name, result: 'ok', detail: oneLine(detail), mend: null };
}

export function warn(name: string, detail: string, mend: string): Finding {
  return { name, result: 'warn', detail: oneLine(detail), mend: oneLine(mend) };
}

export function fail(name: string, detail: string, mend: string): Finding {
  return { name, result: 'fail', detail: oneLine(detail), mend: oneLine(mend) };
}

/** Not looked at, and why. */
export function skip(name: string, detail: string, mend: string | null = null): Finding {
  return { name, result: 'skip', detail: oneLine(detail), mend };
}

/** The caller may not look. */
export function notPermitted(name: string, path: string): Finding {
  return skip(name, `not permitted to look at ${path}`, 'run "toru doctor" as root, or as the user of torud');
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}
