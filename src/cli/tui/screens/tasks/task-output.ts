/** The output of one task, live: scrolled and searched as in less, followed at its end. */

import type { ResultOf } from '../../../../protocol/control/methods.ts';
import type { Task, TaskOutputItem } from '../../../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../../../protocol/errors.ts';
import { refusalOf } from '../../actions.ts';
import { call, type FollowEffect, type Key, type ScreenMessage } from '../../messages.ts';
import { pageStep } from '../../page-step.ts';
import type { Context, KeyHelp, Screen, Step } from '../../screen.ts';
import { nextFound } from '../output-search.ts';
import { cancelStep } from './cancel-step.ts';
import { NO_LINES, type TaskLines, withOutput } from './task-lines.ts';
import { outputHeight, taskOutputView } from './task-output-view.ts';

/** Of a long output the end is read; `toru task logs` has all of it. */
const TAIL_BYTES = 1024 * 1024;
const SIDE_STEP = 8;

const KEYS: readonly KeyHelp[] = [
  { keys: 'esc', does: 'back' },
  { keys: '/', does: 'search' },
  { keys: 'n N', does: 'next' },
  { keys: 'x', does: 'cancel' },
  { keys: 'K', does: 'kill' },
  { keys: 'G', does: 'follow' },
  { keys: 'space b', does: 'page' },
  { keys: 'left right', does: 'to the side' },
  { keys: 'i', does: 'details' },
];

export interface TaskOutputState {
  readonly id: string;
  readonly tag: string;
  /** Undefined until torud has said what it is. */
  readonly task: Task | undefined;
  readonly output: TaskLines;
  /** The first line that is shown; undefined: the end is followed. */
  readonly top: number | undefined;
  readonly left: number;
  /** '': nothing is searched for. */
  readonly words: string;
  /** The line that was found last. */
  readonly found: number | undefined;
  readonly failure: ErrorBody | undefined;
}

export function taskOutputScreen(id: string): Screen {
  return makeScreen({
    id,
    tag: `task-${id}`,
    task: undefined,
    output: NO_LINES,
    top: undefined,
    left: 0,
    words: '',
    found: undefined,
    failure: undefined,
  });
}

function makeScreen(state: TaskOutputState): Screen {
  const { tag, task, id } = state;
  const screen: Screen = {
    title: task === undefined ? 'task' : `task ${task.script}`,
    tag,
    keys: KEYS,
    isTicking: task?.state === 'running',
    open: () => ({ screen, effects: [askTask(state), followOutput(state)] }),
    onKey: (key, context) => onKey(key, screen, state, context),
    onMessage: (message) => onMessage(state, message),
    onPrompt: (_name, text, isDone, context) => {
      if (text === undefined || !isDone) return { screen };
      const from = { ...state, words: text === '' ? state.words : text, found: undefined };
      return searched(from, false, context);
    },
    isApart: true,
    chosen: () => undefined,
    view: (context) => taskOutputView(state, context),
    command: () => ['task', 'logs', ...(task?.endedAt === null ? ['-f'] : []), id],
    close: () => [{ type: 'unfollow', tag: `${tag}/output` }],
  };
  return screen;
}

function askTask({ tag, id }: TaskOutputState) {
  return call(`${tag}/task`, 'task.show', { id });
}

function followOutput({ tag, id }: TaskOutputState): FollowEffect {
  const first = { id, follow: true, tailBytes: TAIL_BYTES };
  return {
    type: 'follow',
    tag: `${tag}/output`,
    method: 'task.output',
    params: first,
    resume: (last) => {
      const item = last as TaskOutputItem | undefined;
      return item === undefined || item.kind === 'task' ? first : { id, follow: true, from: item.next };
    },
  };
}

function onMessage(state: TaskOutputState, message: ScreenMessage): Step {
  if (message.type === 'items') return { screen: makeScreen(withItems(state, message.items)) };
  if (message.type === 'ended') {
    if (message.failure !== undefined) return { screen: makeScreen({ ...state, failure: message.failure }) };
    return { screen: makeScreen(state), effects: [askTask(state)] };
  }
  if (!message.result.ok) return { screen: makeScreen({ ...state, failure: message.result.failure }) };
  const { task } = message.result.value as ResultOf<'task.show'>;
  return { screen: makeScreen({ ...state, task, failure: undefined }) };
}

function withItems(state: TaskOutputState, given: readonly unknown[]): TaskOutputState {
  const items = given as readonly TaskOutputItem[];
  const told = items.findLast((item) => item.kind === 'task');
  const output = withOutput(state.output, items);
  // Lines that were let go move what is looked at.
  const gone = output.dropped - state.output.dropped;
  return {
    ...state,
    output,
    task: told?.kind === 'task' ? told.task : state.task,
    top: state.top === undefined ? undefined : Math.max(0, state.top - gone),
    found: state.found === undefined ? undefined : state.found - gone,
    failure: undefined,
  };
}

function onKey(key: Key, screen: Screen, state: TaskOutputState, context: Context): Step | undefined {
  const { task } = state;
  const at = (change: Partial<TaskOutputState>): Step => ({ screen: makeScreen({ ...state, ...change }) });
  switch (key) {
    case '/':
      return { screen, go: { kind: 'prompt', name: 'task-search', lead: '/', text: '' } };
    case 'n':
    case 'N':
      if (state.words === '') return { screen, notice: 'nothing is searched for: / begins' };
      return searched(state, key === 'N', context);
    case 'x':
    case 'K': {
      const refusal = refusalOf('operate', context);
      if (refusal !== undefined) return { screen, notice: `cancel: ${refusal}` };
      if (task === undefined) return { screen, notice: 'wait: torud has not yet said what this is' };
      return cancelStep(screen, task, key === 'K');
    }
    case 'i':
      return { screen, effects: [{ type: 'act', argv: ['task', 'show', state.id], isTyped: true }] };
    case 'right':
      return at({ left: state.left + SIDE_STEP });
    case 'left':
      return state.left === 0 ? undefined : at({ left: Math.max(0, state.left - SIDE_STEP) });
    default: {
      const top = movedTop(key, state, context);
      return top === undefined ? undefined : at({ top: top === 'end' ? undefined : top });
    }
  }
}

/** `end`: followed. */
function movedTop(key: Key, state: TaskOutputState, context: Context): number | 'end' | undefined {
  const height = outputHeight(context);
  if (key === 'F') return 'end';
  const step = key === 'b' || key === 'ctrl-b' ? -height : key === 'ctrl-f' ? height : pageStep(key, height);
  if (step === undefined) return undefined;
  const most = Math.max(0, state.output.lines.length - height);
  const to = (state.top ?? most) + step;
  return to > most || to === Number.POSITIVE_INFINITY ? 'end' : Math.max(0, Math.min(most, to));
}

/** What was found comes to the top, as in less, and into sight at the side. */
function searched(state: TaskOutputState, isBackward: boolean, context: Context): Step {
  const { words, left, output } = state;
  const screen = makeScreen(state);
  if (words === '') return { screen };
  const height = outputHeight(context);
  const most = Math.max(0, output.lines.length - height);
  const top = state.top ?? most;
  const isSeen = state.found !== undefined && state.found >= top && state.found < top + height;
  const from = isSeen && state.found !== undefined ? state.found : isBackward ? top : top - 1;
  const texts = output.lines.map(({ text }) => text);
  // The end is followed: what is looked for stands above it most often.
  const next =
    nextFound(texts, words, from, isBackward) ??
    (state.found === undefined ? nextFound(texts, words, top, true) : undefined);
  if (next === undefined) {
    const way = state.found === undefined ? '' : isBackward ? ' above' : ' below';
    return { screen, notice: `no line${way} has "${words}"` };
  }
  const end = next.column + words.length;
  const isBeside = next.column >= left && end < left + context.size.columns;
  const side = isBeside ? left : Math.max(0, end + SIDE_STEP - context.size.columns);
  return { screen: makeScreen({ ...state, top: Math.min(most, next.at), left: side, found: next.at }) };
}
