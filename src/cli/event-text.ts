/** Lifecycle events and entries of the audit as text. */

import { actorText, reasonText } from './actor-text.ts';
import type { Occurrence } from './event-feeds.ts';
import { sanitiseField } from './output/sanitise.ts';
import { formatClock, formatDateTime } from './output/sizes.ts';
import type { Cell, Table } from './output/table.ts';
import { ABSENT } from './output/table.ts';
import type { Session } from './session.ts';

const PLUGIN_WIDTH = 16;
const TYPE_WIDTH = 10;

export function eventTable(found: readonly Occurrence[]): Table {
  return {
    columns: ['ID', 'AT', 'PLUGIN', 'TYPE', 'BY', 'REASON'].map((title) =>
      title === 'ID' ? { title, align: 'right' } : { title },
    ),
    rows: found.map(eventRow),
  };
}

function eventRow(event: Occurrence): (Cell | string)[] {
  return [
    String(event.id),
    { text: formatDateTime(event.at), plain: event.at },
    event.plugin ?? ABSENT,
    event.type,
    actorText(event.actor) || ABSENT,
    event.reason,
  ];
}

/** One event of a follow, in the format that was asked for; without newline. */
export function eventLine(event: Occurrence, session: Session): string {
  switch (session.globals.format) {
    case 'json':
    case 'json-lines':
      return JSON.stringify(event);
    case 'value':
      return String(event.id);
    case 'plain':
      return eventRow(event)
        .map((cell) => sanitiseField(typeof cell === 'string' ? cell : (cell.plain ?? cell.text)))
        .join('\t');
    default: {
      // An entry of the audit without a plugin may be about several.
      const about = event.plugin ?? (event.type === 'audit' ? ABSENT : 'torud');
      const plugin = about.padEnd(PLUGIN_WIDTH);
      const text = `${plugin} ${event.type.padEnd(TYPE_WIDTH)} ${reasonText(event.reason, event.actor)}`;
      return `${formatClock(event.at, Date.now())} ${sanitiseField(text)}`;
    }
  }
}
