/** Executions of scripts, live: what waits, what runs, what came of the rest. */

import type { Task, TaskWatchItem } from '../../../../protocol/control/tasks.ts';
import { refusalOf } from '../../actions.ts';
import type { FollowEffect, Key, ScreenMessage } from '../../messages.ts';
import type { Context, Doors, KeyHelp, Screen, Step } from '../../screen.ts';
import { cancelStep } from './cancel-step.ts';
import { chooseRow, moveRow, placeIn } from './row-cursor.ts';
import { HELD_TASKS, NEW_TASKS, shownTasks, type TasksState, withItems } from './tasks-state.ts';
import { tasksHeight, tasksNote, tasksView } from './tasks-view.ts';

const KEYS: readonly KeyHelp[] = [
  { keys: '/', does: 'filter' },
  { keys: '!', does: 'failed' },
  { keys: 'enter', does: 'output' },
  { keys: 'x', does: 'cancel' },
  { keys: 'K', does: 'kill' },
  { keys: 'i', does: 'details' },
  { keys: 'a', does: 'quick actions' },
  { keys: 'n', does: 'run a script' },
  { keys: 's', does: 'schedules' },
];

interface Parts {
  readonly doors: Doors;
  readonly screen: Screen;
  readonly state: TasksState;
  readonly context: Context;
}

export function tasksScreen(doors: Doors): Screen {
  return makeScreen(doors, NEW_TASKS);
}

function makeScreen(doors: Doors, state: TasksState): Screen {
  const screen: Screen = {
    title: 'tasks',
    tag: state.tag,
    keys: KEYS,
    isTicking: [...state.tasks.values()].some((task) => task.state === 'running'),
    open: () => ({ screen, effects: [watch(state)] }),
    onKey: (key, context) => onKey(key, { doors, screen, state, context }),
    onClick: (row, context) => clickedAt(row, { doors, screen, state, context }),
    onMessage: (message) => onMessage(doors, state, message),
    onPrompt: (_name, text) => ({ screen: makeScreen(doors, { ...state, filter: text ?? '' }) }),
    isApart: true,
    chosen: () => undefined,
    note: () => tasksNote(state),
    view: (context) => tasksView(state, context),
    command: (context) => {
      const task = chosenTask(state, context);
      return task === undefined ? ['tasks'] : ['task', 'show', task.id];
    },
    close: () => [{ type: 'unfollow', tag: watchTag(state) }],
  };
  return screen;
}

function watchTag({ tag }: TasksState): string {
  return `${tag}/watch`;
}

function watch(state: TasksState): FollowEffect {
  const params = { limit: HELD_TASKS };
  return {
    type: 'follow',
    tag: watchTag(state),
    method: 'task.watch',
    params,
    // A new snapshot takes the place of all that is known.
    resume: () => params,
  };
}

function chosenTask(state: TasksState, context: Context): Task | undefined {
  const tasks = shownTasks(state);
  const keys = tasks.map(({ id }) => id);
  return tasks[placeIn(state.cursor, keys, tasksHeight(context)).at];
}

function onMessage(doors: Doors, state: TasksState, message: ScreenMessage): Step {
  if (message.type === 'items') {
    const next = withItems(state, message.items as readonly TaskWatchItem[]);
    return { screen: makeScreen(doors, next) };
  }
  const failure = message.type === 'ended' ? message.failure : undefined;
  return { screen: makeScreen(doors, { ...state, failure }) };
}

function onKey(key: Key, parts: Parts): Step | undefined {
  const { doors, screen, state, context } = parts;
  const changed = (change: Partial<TasksState>): Step => ({
    screen: makeScreen(doors, { ...state, ...change }),
  });
  switch (key) {
    case '/':
      return { screen, go: { kind: 'prompt', name: 'filter', lead: '/', text: state.filter } };
    case '!':
      return changed({ isTroubleOnly: !state.isTroubleOnly });
    case 'escape': {
      const isAll = state.filter === '' && !state.isTroubleOnly;
      return isAll ? undefined : changed({ filter: '', isTroubleOnly: false });
    }
    case 'a':
      return { screen, go: { kind: 'open', screen: doors.quickActions() } };
    case 'n':
      return { screen, go: { kind: 'open', screen: doors.scripts() } };
    case 's':
      return { screen, go: { kind: 'open', screen: doors.schedules() } };
    case 'enter':
    case 'right':
    case 'i':
    case 'x':
    case 'K':
      return aboutTask(key, parts);
    default: {
      const keys = shownTasks(state).map(({ id }) => id);
      const cursor = moveRow(key, state.cursor, keys, tasksHeight(context));
      return cursor === undefined ? undefined : changed({ cursor });
    }
  }
}

/** Keys about the chosen task, on which the cursor stays from then on. */
function aboutTask(key: Key, parts: Parts): Step {
  const { doors, state, context } = parts;
  const task = chosenTask(state, context);
  if (task === undefined) return { screen: parts.screen, notice: 'there is no task to choose' };
  const screen = makeScreen(doors, { ...state, cursor: { ...state.cursor, chosen: task.id } });
  switch (key) {
    case 'x':
    case 'K': {
      const refusal = refusalOf('operate', context);
      if (refusal !== undefined) return { screen, notice: `cancel: ${refusal}` };
      return cancelStep(screen, task, key === 'K');
    }
    case 'i':
      return { screen, effects: [{ type: 'act', argv: ['task', 'show', task.id], isTyped: true }] };
    default:
      return { screen, go: { kind: 'open', screen: doors.taskOutput(task.id) } };
  }
}

/** A click on a task chooses it, and opens the chosen one. */
function clickedAt(row: number, parts: Parts): Step | undefined {
  const { doors, state, context } = parts;
  const keys = shownTasks(state).map(({ id }) => id);
  const height = tasksHeight(context);
  const { at, top } = placeIn(state.cursor, keys, height);
  const index = row - (context.size.rows - height);
  if (index < 0 || keys[top + index] === undefined) return undefined;
  if (top + index === at) return aboutTask('enter', parts);
  const cursor = chooseRow(top + index, state.cursor, keys, height);
  return { screen: makeScreen(doors, { ...state, cursor }) };
}
