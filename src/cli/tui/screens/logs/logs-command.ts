/** The `toru logs` that shows the same. */

import { lineAt } from './logs-buffer.ts';
import { timeOf } from './logs-line.ts';
import type { LogsState } from './logs-state.ts';

/** Lines before and behind the place are for whoever looks at it. */
const SHOWN_LINES = 50;

/** Words behind `toru`; the shell has still to quote them. */
export function logsCommand({ wants, top, buffer, live }: LogsState): readonly string[] {
  const { ids, level, stream, pattern } = wants;
  const first = top === undefined ? undefined : lineAt(buffer, Math.max(buffer.from, top.at));
  const since = first === undefined ? '' : timeOf(first);
  const place = since === '' ? ['-f', '-n', String(SHOWN_LINES)] : ['--since', since];
  return [
    'logs',
    ...ids,
    ...(live === undefined && since === '' ? [] : place),
    ...(level === undefined ? [] : ['--level', level]),
    ...(stream === undefined ? [] : ['--stream', stream]),
    ...(pattern === undefined ? [] : ['--grep', pattern.text, ...(pattern.ignoresCase ? ['-i'] : [])]),
  ];
}
