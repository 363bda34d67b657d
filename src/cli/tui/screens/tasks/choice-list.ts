/** A screen that asks torud for a list once, and leads from each line somewhere. */

import type { CallName, ParamsOf } from '../../../../protocol/control/methods.ts';
import type { ErrorBody } from '../../../../protocol/errors.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { type Frame, inRole, type Line, line, span } from '../../frame.ts';
import { call, type Key, type ScreenMessage } from '../../messages.ts';
import type { Context, KeyHelp, Screen, Step } from '../../screen.ts';
import { chooseRow, FIRST_ROW, moveRow, placeIn, type RowCursor } from './row-cursor.ts';

/** What a list is of. */
export interface Choice<Item> {
  readonly title: string;
  readonly tag: string;
  readonly keys: readonly KeyHelp[];
  readonly method: CallName;
  readonly params: ParamsOf<CallName>;
  readonly empty: string;
  itemsOf(result: unknown): readonly Item[];
  keyOf(item: Item): string;
  /** What a filter looks through. */
  wordsOf(item: Item): string;
  headOf(items: readonly Item[], context: Context): Line;
  rowOf(item: Item, items: readonly Item[], context: Context): Line;
  /** Undefined: the key means nothing here. */
  onKey(key: Key, item: Item | undefined, screen: Screen, context: Context): Step | undefined;
  commandOf(item: Item | undefined): readonly string[];
}

interface ChoiceState<Item> {
  /** Undefined: torud has not answered. */
  readonly items: readonly Item[] | undefined;
  readonly failure: ErrorBody | undefined;
  readonly filter: string;
  readonly cursor: RowCursor;
}

export function choiceScreen<Item>(choice: Choice<Item>): Screen {
  return makeScreen(choice, { items: undefined, failure: undefined, filter: '', cursor: FIRST_ROW });
}

function makeScreen<Item>(choice: Choice<Item>, state: ChoiceState<Item>): Screen {
  const { title, tag, keys, method, params } = choice;
  const ask = call(`${tag}/list`, method, params);
  const screen: Screen = {
    title,
    tag,
    keys,
    isTicking: false,
    open: () => ({ screen, effects: [ask] }),
    onKey: (key, context) => onKey(key, choice, state, screen, context),
    onClick: (row, context) => clickedAt(row, choice, state, screen, context),
    onMessage: (message) => onMessage(choice, state, message),
    onPrompt: (_name, text) => ({ screen: makeScreen(choice, { ...state, filter: text ?? '' }) }),
    isApart: true,
    chosen: () => undefined,
    note: () => (state.filter === '' ? '' : `/${sanitiseField(state.filter)}`),
    view: (context) => viewOf(choice, state, context),
    command: (context) => choice.commandOf(chosenOf(choice, state, context)),
    close: () => [],
  };
  return screen;
}

function onMessage<Item>(choice: Choice<Item>, state: ChoiceState<Item>, message: ScreenMessage): Step {
  if (message.type !== 'answer') return { screen: makeScreen(choice, state) };
  const { result } = message;
  const next = result.ok
    ? { ...state, items: choice.itemsOf(result.value), failure: undefined }
    : { ...state, failure: result.failure };
  return { screen: makeScreen(choice, next) };
}

function heightOf({ size }: Context): number {
  return Math.max(1, size.rows - 1);
}

function shownOf<Item>(choice: Choice<Item>, { items = [], filter }: ChoiceState<Item>): readonly Item[] {
  const wanted = filter.toLowerCase();
  return wanted === '' ? items : items.filter((item) => choice.wordsOf(item).toLowerCase().includes(wanted));
}

function chosenOf<Item>(choice: Choice<Item>, state: ChoiceState<Item>, context: Context): Item | undefined {
  const items = shownOf(choice, state);
  const keys = items.map((item) => choice.keyOf(item));
  return items[placeIn(state.cursor, keys, heightOf(context)).at];
}

function onKey<Item>(
  key: Key,
  choice: Choice<Item>,
  state: ChoiceState<Item>,
  screen: Screen,
  context: Context,
): Step | undefined {
  if (key === '/') return { screen, go: { kind: 'prompt', name: 'filter', lead: '/', text: state.filter } };
  if (key === 'escape' && state.filter !== '')
    return { screen: makeScreen(choice, { ...state, filter: '' }) };
  const own = choice.onKey(key, chosenOf(choice, state, context), screen, context);
  if (own !== undefined) return own;
  const keys = shownOf(choice, state).map((item) => choice.keyOf(item));
  const cursor = moveRow(key, state.cursor, keys, heightOf(context));
  return cursor === undefined ? undefined : { screen: makeScreen(choice, { ...state, cursor }) };
}

/** A click on a line chooses it, and opens the chosen one. */
function clickedAt<Item>(
  row: number,
  choice: Choice<Item>,
  state: ChoiceState<Item>,
  screen: Screen,
  context: Context,
): Step | undefined {
  const keys = shownOf(choice, state).map((item) => choice.keyOf(item));
  const height = heightOf(context);
  const { at, top } = placeIn(state.cursor, keys, height);
  const index = row - (context.size.rows - height);
  if (index < 0 || keys[top + index] === undefined) return undefined;
  if (top + index === at) return onKey('enter', choice, state, screen, context);
  const cursor = chooseRow(top + index, state.cursor, keys, height);
  return { screen: makeScreen(choice, { ...state, cursor }) };
}

function viewOf<Item>(choice: Choice<Item>, state: ChoiceState<Item>, context: Context): Frame {
  const items = shownOf(choice, state);
  const height = heightOf(context);
  const keys = items.map((item) => choice.keyOf(item));
  const { at, top } = placeIn(state.cursor, keys, height);
  const head = choice.headOf(items, context);
  if (items.length === 0)
    return [head, line(span(` ${emptyText(choice, state)}`, state.failure ? 'bad' : 'dim'))];
  return [
    head,
    ...items.slice(top, top + height).map((item, index) => {
      const isChosen = top + index === at;
      const lead = isChosen ? `${context.look.signs.cursor} ` : '  ';
      const shown = line(lead, ...choice.rowOf(item, items, context));
      return isChosen ? inRole(shown, 'selected') : shown;
    }),
  ];
}

function emptyText<Item>(choice: Choice<Item>, { failure, items, filter }: ChoiceState<Item>): string {
  if (failure !== undefined)
    return sanitiseField(`${failure.message}${failure.hint === undefined ? '' : `; ${failure.hint}`}`);
  if (items === undefined) return 'asking torud';
  return items.length > 0
    ? `none of ${items.length} has "${sanitiseField(filter)}" in it; esc shows all`
    : choice.empty;
}
