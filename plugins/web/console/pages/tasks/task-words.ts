/** Tasks in words, as the command line has them. */

import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import { formatDuration, formatSpan } from '../../../../../src/cli/output/sizes.ts';
import { commandText } from '../../../../../src/cli/tasks/task-words.ts';

/** Short ones with tenths, long ones with their two largest units. */
export function lastedText(ms: number | null): string {
  if (ms === null) return '';
  return ms < 60_000 ? formatSpan(ms) : formatDuration(ms);
}

/** As much of an id as people tell apart; `toru` takes it as well. */
export function shortId(id: string): string {
  return id.slice(0, 18);
}

export function taskPath(id: string): string {
  return `/tasks/${encodeURIComponent(id)}`;
}

/** Script and arguments as a shell would take them, safe to be shown. */
export function shownCommand(what: Parameters<typeof commandText>[0]): string {
  return sanitise(commandText(what));
}
