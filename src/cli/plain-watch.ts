/** `toru top` on a terminal that can move no cursor: the list once, then one line for each change. Not one control code. */

import { listParams, listTable } from './commands/list.ts';
import { followFeed, readFeeds } from './event-feeds.ts';
import { eventLine } from './event-text.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import { writeFollow, writeNote } from './output/sink.ts';
import { formatTable } from './output/table.ts';
import type { Session } from './session.ts';

/** Terminals of which nothing is known, by their names in terminfo(5). */
const PLAIN_TERMINALS: ReadonlySet<string> = new Set(['', 'dumb', 'unknown']);

export function isPlainTerminal(term = ''): boolean {
  return PLAIN_TERMINALS.has(term);
}

/** Until Ctrl-C. */
export async function runPlainWatch(session: Session): Promise<Answer> {
  const params = listParams(session);
  if (!params.ok) return failed(params.failure);
  const { timeoutMs } = session.globals;
  const past = await readFeeds(session, ['event.read'], { ...session.selection, limit: 1 });
  if (!past.ok) return failed(past.failure);
  const after = { ...session.selection, afterId: past.value.lastIds.get('event.read') ?? 0 };
  const listed = Promise.withResolvers<void>();
  // Subscribed before the list is read, so that nothing is missed in between.
  const followed = followFeed(session, 'event.read', after, after, async (events) => {
    await listed.promise;
    await writeFollow(events.map((event) => `${eventLine(event, session)}\n`).join(''));
  });
  const result = await session.client.call('plugin.listCompact', params.value, timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { rows, errors } = result.value;
  if (errors.length > 0) return failed(...errors);
  await writeFollow(listText(rows, session));
  if (!session.globals.isQuiet)
    await writeNote('toru: this terminal shows no live view; what changes follows, until Ctrl-C\n');
  listed.resolve();
  const outcome = await followed;
  return outcome.ok ? {} : failed(outcome.failure);
}

function listText(rows: Parameters<typeof listTable>[0], session: Session): string {
  if (rows.length === 0) return 'no plugins\n';
  const { screen, globals } = session;
  const style = { hasLegend: globals.hasLegend, hasColour: false, width: screen.columns };
  return `${formatTable(listTable(rows), style).join('\n')}\n`;
}
