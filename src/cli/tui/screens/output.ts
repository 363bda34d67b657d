/** What a command has said, whole: scrolled in both directions, as in less. */

import { commandText } from '../command-text.ts';
import { type Frame, type Line, line, span } from '../frame.ts';
import type { Key } from '../messages.ts';
import type { Context, Screen, Step } from '../screen.ts';
import { markedLine, nextFound, shownText } from './output-search.ts';

export interface Output {
  readonly title: string;
  /** The words behind `toru` that say the same. */
  readonly argv: readonly string[];
  /** Not sanitised. */
  readonly lines: readonly string[];
  /** null: it did not end by itself. */
  readonly code: number | null;
  /** Stands in the place of the command and its end. */
  readonly head?: string;
}

interface Place {
  readonly top: number;
  readonly left: number;
  /** '': nothing is searched for. */
  readonly words: string;
  /** The line that was found last. */
  readonly found: number | undefined;
}

const START: Place = { top: 0, left: 0, words: '', found: undefined };

/** Columns that one key moves to the side. */
const SIDE_STEP = 8;

/** @param tag unique among the open screens */
export function outputScreen(output: Output, tag: string, place: Place = START): Screen {
  const at = (next: Place): Step => ({ screen: outputScreen(output, tag, next) });
  const found: Search = (from, isBackward, context) => {
    const next = searched(from, isBackward, output, context);
    if (next !== undefined) return at(next);
    const way = isBackward ? 'above' : from.found === undefined && from.top === 0 ? '' : 'below';
    return { ...at(from), notice: `no line ${way}${way === '' ? '' : ' '}has "${from.words}"` };
  };
  const screen: Screen = {
    title: output.title,
    tag,
    keys: [
      { keys: 'esc', does: 'back' },
      { keys: 'j k', does: 'scroll' },
      { keys: 'space b', does: 'page' },
      { keys: '/', does: 'search' },
      { keys: 'n N', does: 'next' },
      { keys: 'left right', does: 'to the side' },
      { keys: 'g G', does: 'first, last' },
    ],
    isTicking: false,
    open: () => ({ screen }),
    onKey: (key, context) => {
      if (key === 'enter' && output.lines.length <= context.size.rows)
        return { screen, go: { kind: 'back' } };
      const step = searchKey(key, screen, place, found);
      if (step !== undefined) return step(context);
      const next = moved(key, place, output, context);
      return next === undefined ? undefined : at(next);
    },
    onMessage: () => ({ screen }),
    onPrompt: (_name, text, isDone, context) => {
      if (text === undefined || !isDone) return { screen };
      return found({ ...place, words: text === '' ? place.words : text, found: undefined }, false, context);
    },
    isApart: true,
    chosen: () => undefined,
    view: (context) => viewOf(output, place, context),
    command: () => output.argv,
    close: () => [],
  };
  return screen;
}

type Search = (from: Place, isBackward: boolean, context: Context) => Step;

/** Undefined: no key of searching. */
function searchKey(
  key: Key,
  screen: Screen,
  place: Place,
  search: Search,
): ((context: Context) => Step) | undefined {
  if (key === '/')
    return () => ({ screen, go: { kind: 'prompt', name: 'output-search', lead: '/', text: '' } });
  if (key !== 'n' && key !== 'N') return undefined;
  if (place.words === '') return () => ({ screen, notice: 'nothing is searched for: / begins' });
  return (context) => search(place, key === 'N', context);
}

/** What was found comes to the top, as in less, and into sight at the side. */
function searched(place: Place, isBackward: boolean, output: Output, context: Context): Place | undefined {
  if (place.words === '') return place;
  const height = bodyHeight(context);
  const { found, top } = place;
  const isSeen = found !== undefined && found >= top && found < top + height;
  const from = isSeen ? found : isBackward ? top : top - 1;
  const next = nextFound(output.lines, place.words, from, isBackward);
  if (next === undefined) return undefined;
  const most = Math.max(0, output.lines.length - height);
  const end = next.column + place.words.length;
  const isBeside = next.column >= place.left && end < place.left + context.size.columns;
  const left = isBeside ? place.left : Math.max(0, end + SIDE_STEP - context.size.columns);
  return { ...place, top: Math.min(most, next.at), left, found: next.at };
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

function viewOf(
  { argv, lines, code, head: told }: Output,
  { top, left, words }: Place,
  context: Context,
): Frame {
  const height = bodyHeight(context);
  const end = code === null ? 'did not end by itself' : `exit ${code}`;
  const last = Math.min(lines.length, top + height);
  const where = lines.length > height ? `  ${top + 1}-${last} of ${lines.length}` : '';
  const head: Line = line(
    span(` ${told ?? commandText(context.model, argv)}`, 'strong'),
    span(told === undefined ? `  ${end}` : '', code === 0 ? 'dim' : 'bad'),
    span(where, 'dim'),
  );
  if (lines.length === 0) return [head, line(span(' It has said nothing.', 'dim'))];
  return [head, ...lines.slice(top, top + height).map((one) => markedLine(shownText(one), words, left))];
}
