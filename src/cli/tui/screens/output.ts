/** What a command has said, whole: scrolled in both directions, as in less. */

import { sanitiseField } from '../../output/sanitise.ts';
import { commandText } from '../command-text.ts';
import { type Frame, type Line, line, span } from '../frame.ts';
import type { Key } from '../messages.ts';
import type { Context, Screen } from '../screen.ts';

export interface Output {
  readonly title: string;
  /** The words behind `toru` that say the same. */
  readonly argv: readonly string[];
  /** Not sanitised. */
  readonly lines: readonly string[];
  /** null: it did not end by itself. */
  readonly code: number | null;
}

interface Place {
  readonly top: number;
  readonly left: number;
}

/** Columns that one key moves to the side. */
const SIDE_STEP = 8;

/** @param tag unique among the open screens */
export function outputScreen(output: Output, tag: string, place: Place = { top: 0, left: 0 }): Screen {
  const screen: Screen = {
    title: output.title,
    tag,
    keys: [
      { keys: 'esc', does: 'back' },
      { keys: 'j k', does: 'scroll' },
      { keys: 'space b', does: 'page' },
      { keys: 'left right', does: 'to the side' },
      { keys: 'g G', does: 'first, last' },
    ],
    isTicking: false,
    open: () => ({ screen }),
    onKey: (key, context) => {
      if (key === 'enter' && output.lines.length <= context.size.rows)
        return { screen, go: { kind: 'back' } };
      const next = moved(key, place, output, context);
      return next === undefined ? undefined : { screen: outputScreen(output, tag, next) };
    },
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => undefined,
    view: (context) => viewOf(output, place, context),
    command: () => output.argv,
    close: () => [],
  };
  return screen;
}

function moved(key: Key, place: Place, output: Output, context: Context): Place | undefined {
  const height = bodyHeight(context);
  const most = Math.max(0, output.lines.length - height);
  const to = (top: number): Place => ({ ...place, top: Math.max(0, Math.min(most, top)) });
  switch (key) {
    case 'j':
    case 'down':
    case 'enter':
      return to(place.top + 1);
    case 'k':
    case 'up':
      return to(place.top - 1);
    case ' ':
    case 'f':
    case 'ctrl-f':
    case 'pagedown':
      return to(place.top + height);
    case 'b':
    case 'ctrl-b':
    case 'pageup':
      return to(place.top - height);
    case 'ctrl-d':
      return to(place.top + Math.ceil(height / 2));
    case 'ctrl-u':
      return to(place.top - Math.ceil(height / 2));
    case 'g':
    case 'home':
      return to(0);
    case 'G':
    case 'end':
      return to(most);
    case 'right':
      return { ...place, left: place.left + SIDE_STEP };
    case 'left':
      return { ...place, left: Math.max(0, place.left - SIDE_STEP) };
    default:
      return undefined;
  }
}

/** The first line says how it ended. */
function bodyHeight({ size }: Context): number {
  return Math.max(1, size.rows - 1);
}

function viewOf({ argv, lines, code }: Output, { top, left }: Place, context: Context): Frame {
  const height = bodyHeight(context);
  const end = code === null ? 'did not end by itself' : `exit ${code}`;
  const last = Math.min(lines.length, top + height);
  const where = lines.length > height ? `  ${top + 1}-${last} of ${lines.length}` : '';
  const head: Line = line(
    span(` ${commandText(context.model, argv)}`, 'strong'),
    span(`  ${end}`, code === 0 ? 'dim' : 'bad'),
    span(where, 'dim'),
  );
  if (lines.length === 0) return [head, line(span(' It has said nothing.', 'dim'))];
  return [
    head,
    ...lines.slice(top, top + height).map((one) => line(` ${sanitiseField(expanded(one)).slice(left)}`)),
  ];
}

/** Tabs every eight columns, as a terminal has them. */
function expanded(text: string): string {
  if (!text.includes('\t')) return text;
  let shown = '';
  for (const character of text) {
    if (character === '\t') shown += ' '.repeat(8 - (shown.length % 8));
    else shown += character;
  }
  return shown;
}
