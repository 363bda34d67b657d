/** The lines at the bottom: the keys that matter here, and what is typed, said, or to be had by a script. Pure. */

import { sanitiseField } from '../output/sanitise.ts';
import { widthOf } from '../output/width.ts';
import { ACTION_KEYS, refusalOf } from './actions.ts';
import type { App } from './app.ts';
import { commandText } from './command-text.ts';
import { type Frame, type Line, line, lineWidth, type Span, span, spread } from './frame.ts';
import type { Context, KeyHelp, Screen } from './screen.ts';
import { characterEnd } from './text-cursor.ts';

/** So many keys of the screen stand before those that act. */
const FIRST_KEYS = 5;
const ACTIONS_SHOWN = 5;

export function footer(app: App, screen: Screen, context: Context): Frame {
  const rule = line(span(context.look.signs.rule.repeat(context.size.columns), 'dim'));
  return [rule, keysLine(screen, context), lastLine(app, screen, context)];
}

/** As many keys as there is room for, the most important first; `?` tells of the others. */
function keysLine(screen: Screen, context: Context): Line {
  const help = keySpans({ keys: '?', does: 'help' }, true);
  const spans: Span[] = [span(' ')];
  let left = context.size.columns - 1 - lineWidth(help);
  for (const { key, isAllowed } of keysOf(screen, context)) {
    const made = keySpans(key, isAllowed);
    left -= lineWidth(made);
    if (left < 0) break;
    spans.push(...made);
  }
  return line(...spans, ...help);
}

interface ShownKey {
  readonly key: KeyHelp;
  readonly isAllowed: boolean;
}

function keysOf(screen: Screen, context: Context): readonly ShownKey[] {
  const own = screen.keys.filter(({ keys }) => keys !== '?').map((key) => ({ key, isAllowed: true }));
  if (screen.chosen(context) === undefined) return own;
  const actions = Object.values(ACTION_KEYS)
    .slice(0, ACTIONS_SHOWN)
    .map((key) => ({ key, isAllowed: refusalOf(key.needs, context) === undefined }));
  return [...own.slice(0, FIRST_KEYS), ...actions, ...own.slice(FIRST_KEYS)];
}

function keySpans({ keys, does }: KeyHelp, isAllowed: boolean): readonly Span[] {
  return [span(keys, isAllowed ? 'key' : 'dim'), span(` ${does}  `, 'dim')];
}

/** What is typed, or said, or the command that does the same. */
function lastLine(app: App, screen: Screen, context: Context): Line {
  const { prompt, notice } = app;
  const { columns } = context.size;
  if (prompt !== undefined) return promptLine(prompt.lead, prompt.text, prompt.at, columns);
  if (notice !== undefined) return line(span(` ${sanitiseField(notice)}`, 'accent'));
  const words = commandText(app.model, app.confirm?.argv ?? screen.command(context));
  const unrecorded = app.desk?.unrecorded === undefined ? [] : [span('not recorded  ', 'bad')];
  return spread(line(span(` $ ${words}`, 'dim')), line(...unrecorded, span('y copy ', 'dim')), columns);
}

/** The end that is typed at stays to be seen. */
function promptLine(lead: string, text: string, at: number, columns: number): Line {
  const room = Math.max(1, columns - lead.length - 3);
  let from = Math.max(0, at - room);
  while (from < at && widthOf(text.slice(from, at)) > room) from = characterEnd(text, from);
  const end = characterEnd(text, at);
  const under = end === at ? ' ' : text.slice(at, end);
  return line(` ${lead}${text.slice(from, at)}`, span(under, 'selected'), text.slice(end));
}
