/** One plugin: why it is as it is, its settings, what it needs and who needs it, its runs. */

import type { ModelMessage, ScreenMessage } from '../../messages.ts';
import type { Model } from '../../model.ts';
import type { Context, Doors, KeyHelp, Screen, Step } from '../../screen.ts';
import { chosenRow } from './detail-body.ts';
import { staleBy } from './detail-changes.ts';
import { type DetailChange, onDetailClick, onDetailKey } from './detail-keys.ts';
import { answered, ask, askedOnes, type Question } from './detail-questions.ts';
import {
  type DetailState,
  newDetail,
  QUESTIONS_OF,
  type Section,
  tagOf,
  withQuestions,
} from './detail-state.ts';
import { detailView } from './detail-view.ts';

export function detailScreen(doors: Doors, id: string): Screen {
  return makeDetail(doors, newDetail(id));
}

function makeDetail(doors: Doors, state: DetailState): Screen {
  const stepOf = (change: DetailChange | undefined): Step | undefined => {
    if (change === undefined) return undefined;
    const { wanted = [], go, notice } = change;
    return {
      ...asked(doors, { ...state, ...change.state }, wanted),
      ...(go === undefined ? {} : { go }),
      ...(notice === undefined ? {} : { notice }),
    };
  };
  const screen: Screen = {
    title: state.id,
    tag: tagOf(state),
    keys: KEYS[state.section],
    isTicking: state.isInBackoff,
    open: (context) => asked(doors, noticed(state, context), QUESTIONS_OF.why),
    onKey: (key, context) => stepOf(onDetailKey(key, state, doors, context)),
    onClick: (row, context, column) => stepOf(onDetailClick(row, column, state, doors, context)),
    onMessage: (message, context) => onMessage(message, state, doors, context),
    onModel: (message, before, context) => onModel(message, before, state, doors, context),
    onPrompt: () => ({ screen }),
    chosen: () => (state.removedMs === undefined ? state.id : undefined),
    view: (context) => detailView(state, context),
    command: (context) => commandOf(state, context),
    close: () => [],
  };
  return screen;
}

const MOVES: readonly KeyHelp[] = [
  { keys: 'tab 1-4', does: 'section' },
  { keys: 'l', does: 'logs' },
  { keys: 'c', does: 'crashes' },
  { keys: 'v', does: 'events' },
];
const REST: readonly KeyHelp[] = [
  { keys: 'j k', does: 'scroll' },
  { keys: 'esc', does: 'back' },
  { keys: 'ctrl-r', does: 'ask again' },
];

const KEYS: Readonly<Record<Section, readonly KeyHelp[]>> = {
  why: [...MOVES, ...REST],
  settings: [{ keys: 'E', does: 'edit' }, ...MOVES, ...REST],
  dependencies: [{ keys: 'enter', does: 'open' }, ...MOVES, ...REST],
  runs: [{ keys: 'enter', does: 'crash or log' }, ...MOVES, ...REST],
};

function asked(doors: Doors, state: DetailState, names: readonly Question[]): Step {
  const { questions, effects } = ask(state.questions, names, tagOf(state), state.id);
  return { screen: makeDetail(doors, { ...state, questions }), effects };
}

function onMessage(message: ScreenMessage, state: DetailState, doors: Doors, context: Context): Step {
  const tag = tagOf(state);
  if (message.type !== 'answer') return { screen: makeDetail(doors, state) };
  const name = message.tag.slice(tag.length + 1);
  const { questions, effects } = answered(state.questions, name, message.result, tag, state.id);
  return { screen: makeDetail(doors, noticed(withQuestions(state, questions), context)), effects };
}

function onModel(
  message: ModelMessage,
  before: Model,
  state: DetailState,
  doors: Doors,
  context: Context,
): Step | undefined {
  if (message.type === 'connection') {
    // Whatever happened meanwhile was not told.
    return message.connection.kind === 'connected'
      ? asked(doors, state, askedOnes(state.questions))
      : undefined;
  }
  if (message.item.kind === 'usage') return undefined;
  const known = askedOnes(state.questions);
  const stale = staleBy(message.item, state, before).filter((name) => known.includes(name));
  const next = noticed(state, context, before);
  return stale.length === 0 && next === state ? undefined : asked(doors, next, stale);
}

/** What the model says of the plugin: there or removed, in backoff or not. The same state where that is no news. */
function noticed(state: DetailState, { model, wallMs }: Context, before: Model = model): DetailState {
  const plugin = model.plugins.get(state.id)?.plugin;
  const isInBackoff = plugin?.state === 'backoff';
  if (plugin !== undefined) {
    const isSame = state.removedMs === undefined && state.isInBackoff === isInBackoff;
    return isSame ? state : { ...state, removedMs: undefined, isInBackoff };
  }
  const last = before.plugins.get(state.id)?.plugin;
  const isNews = state.removedMs === undefined && (last !== undefined || isUnknown(state));
  if (isNews) return { ...state, removedMs: wallMs, last: last ?? state.last, isInBackoff };
  return state.isInBackoff ? { ...state, isInBackoff } : state;
}

/** torud has no such plugin: it was gone before it was opened. */
function isUnknown({ questions }: DetailState): boolean {
  return questions.why.failure?.code === 'not_found';
}

function commandOf(state: DetailState, context: Context): readonly string[] {
  switch (state.section) {
    case 'why':
      return ['why', state.id];
    case 'settings':
      return ['cat', state.id];
    case 'dependencies': {
      const row = chosenRow(state, context);
      return ['list-dependencies', ...(row?.isReverse === true ? ['--reverse'] : []), state.id];
    }
    case 'runs':
      return ['runs', state.id];
  }
}
