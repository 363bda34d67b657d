/** One crash whole: its cause, what had changed, its last lines. */

import type { CrashListResult, CrashShowResult } from '../../../../protocol/control/crashes.ts';
import type { EventItem } from '../../../../protocol/control/events.ts';
import type { ErrorBody } from '../../../../protocol/errors.ts';
import type { Result } from '../../../../protocol/result.ts';
import type { Key, ScreenMessage } from '../../messages.ts';
import type { Context, Doors, Screen, Step } from '../../screen.ts';
import { capsuleOf } from './crash-capsule.ts';
import { askExport, exportStep } from './crash-export.ts';
import { withChanges } from './crash-marks.ts';
import { askCrash, askCrashes, endBoth, followBoth, isBack } from './crash-questions.ts';
import { scrolled } from './crash-scroll.ts';
import type { CrashState } from './crash-state.ts';
import { crashLayout, crashView } from './crash-view.ts';

export function crashScreen(doors: Doors, id: string, crashId: number): Screen {
  return makeScreen(doors, {
    tag: 'crash',
    id,
    crashId,
    capsule: undefined,
    failure: undefined,
    siblings: [],
    changes: [],
    isCutOff: false,
    top: undefined,
    isWrapped: false,
    filter: '',
    turning: undefined,
  });
}

function makeScreen(doors: Doors, state: CrashState): Screen {
  const screen: Screen = {
    title: `#${state.crashId}`,
    tag: state.tag,
    keys: [
      { keys: 'n p', does: 'older, newer' },
      { keys: '=', does: 'compare' },
      { keys: 'L', does: 'log' },
      { keys: 'w', does: state.isWrapped ? 'cut' : 'wrap' },
      { keys: '/', does: 'filter' },
      { keys: 'E', does: 'export' },
    ],
    moreKeys: [{ keys: 'ctrl-r', does: 'ask torud again' }],
    // The time until the next try.
    isTicking: state.capsule?.crash.verdict === 'restart' && state.siblings[0]?.id === state.crashId,
    open: ({ nowMs }) => asked(doors, { ...state, tag: `crash@${nowMs}` }),
    onKey: (key, context) => onKey(key, doors, screen, state, context),
    onMessage: (message) => onMessage(doors, state, message),
    onModel: (message, before) =>
      isBack(message, before) && (state.isCutOff || state.failure !== undefined)
        ? asked(doors, state)
        : undefined,
    onPrompt: (name, text, isDone) => {
      if (name === 'export') return exportStep(screen, state.crashId, text, isDone);
      return next(doors, { ...state, filter: text ?? '', top: undefined });
    },
    chosen: () => state.capsule?.crash.plugin ?? state.id,
    view: (context) => crashView(state, context),
    command: () => ['crashes', 'show', String(state.crashId)],
    close: () => endBoth(state.tag),
  };
  return screen;
}

function next(doors: Doors, state: CrashState): Step {
  return { screen: makeScreen(doors, state) };
}

/** Everything, from the beginning. */
function asked(doors: Doors, state: CrashState): Step {
  const { tag, id, crashId } = state;
  return {
    screen: makeScreen(doors, { ...state, failure: undefined, isCutOff: false }),
    effects: [
      askCrash(`${tag}/show/${crashId}`, crashId),
      askCrashes(`${tag}/siblings`, id, {}),
      ...followBoth(tag, id),
    ],
  };
}

function onMessage(doors: Doors, state: CrashState, message: ScreenMessage): Step {
  const about = message.tag.slice(state.tag.length + 1);
  if (message.type === 'ended') return next(doors, { ...state, isCutOff: true });
  if (message.type === 'items') {
    const events = message.items.flatMap((item) => (item as EventItem).events);
    if (about === 'changes') return next(doors, { ...state, changes: withChanges(state.changes, events) });
    const isKnown = events.every(({ details }) => state.siblings.some(({ id }) => id === details.crashId));
    const effects = isKnown ? [] : [askCrashes(`${state.tag}/siblings`, state.id, {})];
    return { ...next(doors, state), effects };
  }
  const { result } = message;
  if (about === 'siblings') return onSiblings(doors, state, result);
  // Another one is wanted meanwhile.
  if (about !== `show/${state.crashId}`) return next(doors, state);
  if (!result.ok) return next(doors, { ...state, failure: result.failure });
  const capsule = capsuleOf(result.value as CrashShowResult);
  return next(doors, { ...state, capsule, failure: undefined, top: undefined });
}

function onSiblings(doors: Doors, state: CrashState, result: Result<unknown, ErrorBody>): Step {
  // A plugin that is gone has no name to ask for, and its crashes are kept.
  if (!result.ok && result.failure.code === 'not_found')
    return { ...next(doors, state), effects: [askCrashes(`${state.tag}/siblings`, undefined, {})] };
  const siblings = result.ok
    ? (result.value as CrashListResult).crashes.filter(({ plugin }) => plugin === state.id)
    : state.siblings;
  const known = { ...state, siblings, turning: undefined };
  return state.turning === undefined ? next(doors, known) : turned(doors, known, state.turning);
}

type Way = 'older' | 'newer';

/** To the neighbour, if there is one. */
function turned(doors: Doors, state: CrashState, way: Way): Step {
  const target = neighbour(state, way);
  if (target === undefined) {
    const notice = `#${state.crashId} is the ${way === 'older' ? 'oldest' : 'newest'} crash of ${state.id} that is kept`;
    return { ...next(doors, state), notice };
  }
  return {
    ...next(doors, { ...state, crashId: target, failure: undefined }),
    effects: [askCrash(`${state.tag}/show/${target}`, target)],
  };
}

function neighbour({ siblings, crashId }: CrashState, way: Way): number | undefined {
  return way === 'older'
    ? siblings.find(({ id }) => id < crashId)?.id
    : siblings.findLast(({ id }) => id > crashId)?.id;
}

/** Where no neighbour is known, there may be one by now. */
function turn(doors: Doors, state: CrashState, way: Way): Step {
  if (neighbour(state, way) !== undefined) return turned(doors, state, way);
  const effects = [askCrashes(`${state.tag}/siblings`, state.id, {})];
  return { ...next(doors, { ...state, turning: way }), effects };
}

function onKey(
  key: Key,
  doors: Doors,
  screen: Screen,
  state: CrashState,
  context: Context,
): Step | undefined {
  const { capsule } = state;
  switch (key) {
    case 'n':
      return turn(doors, state, 'older');
    case 'p':
    case 'N':
      return turn(doors, state, 'newer');
    case 'w':
      return next(doors, { ...state, isWrapped: !state.isWrapped, top: undefined });
    case '/':
      return { screen, go: { kind: 'prompt', name: 'lines', lead: '/', text: state.filter } };
    case 'escape':
      return state.filter === '' ? undefined : next(doors, { ...state, filter: '', top: undefined });
    case 'ctrl-r':
      return asked(doors, state);
    case 'E':
      return askExport(screen, state.crashId);
    case 'L':
    case 'l': {
      if (capsule === undefined)
        return { screen, notice: 'the crash is not there, so its log cannot be found' };
      const { plugin, at, runId } = capsule.crash;
      return { screen, go: { kind: 'open', screen: doors.logs([plugin], { at, runId }) } };
    }
    case '=': {
      const other = neighbour(state, 'older');
      if (other === undefined)
        return {
          screen,
          notice: `#${state.crashId} is the first crash of ${state.id} that is kept: there is none before it`,
        };
      return { screen, go: { kind: 'open', screen: doors.compare(state.id, state.crashId, other) } };
    }
    default:
      return onScrollKey(key, doors, state, context);
  }
}

function onScrollKey(key: Key, doors: Doors, state: CrashState, context: Context): Step | undefined {
  const layout = crashLayout(state, context);
  if (layout === undefined) return undefined;
  const { height, top } = layout;
  const most = Math.max(0, layout.scrolled.length - height);
  const to = scrolled(key, top, height, most);
  if (to === undefined) return undefined;
  return next(doors, { ...state, top: Math.max(0, Math.min(most, to)) });
}
