/** What the header says of the way to torud, where that is news. Pure. */

import { sanitiseField } from '../output/sanitise.ts';
import { formatSpan } from '../output/sizes.ts';
import { type Span, span } from './frame.ts';
import type { Connection } from './model.ts';

/** Undefined: torud is there, and has been for a while. @param nowMs monotonic */
export function connectionNews(connection: Connection, nowMs: number): Span | undefined {
  switch (connection.kind) {
    case 'connecting':
      return span('connecting', 'busy');
    case 'away': {
      const since = secondsText(nowMs - connection.sinceMs);
      const what = connection.isSilent === true ? 'does not answer' : 'is away';
      return span(`torud ${what} since ${since}`, 'bad');
    }
    case 'connected': {
      const { back, welcome } = connection;
      if (back === undefined) return undefined;
      const awayFor = formatSpan(back.awayMs < 10_000 ? back.awayMs : Math.floor(back.awayMs / 1000) * 1000);
      if (back.wasSilent) return span(`torud answers again; it was silent for ${awayFor}`, 'good');
      const before = versionOf(back.before?.daemon);
      const now = versionOf(welcome.daemon);
      const as = before === now ? '' : ` as ${now}, was ${before}`;
      return span(`torud is back${as}; it was away for ${awayFor}`, 'good');
    }
  }
}

/** In whole seconds, so that it does not flicker. */
function secondsText(ms: number): string {
  return ms < 1000 ? '0 s' : formatSpan(Math.floor(ms / 1000) * 1000);
}

/** `torud/1.2.3` → `1.2.3` */
function versionOf(daemon: string | undefined): string {
  return sanitiseField((daemon ?? 'another').replace(/^torud\//, ''));
}
