/** Two crashes held against each other: how they ended, what they were, what they said last. */

import type { CrashShowResult } from '../../../../protocol/control/crashes.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { type Frame, line, span } from '../../frame.ts';
import type { Effect, Key, ScreenMessage } from '../../messages.ts';
import type { Context, Doors, Screen, Step } from '../../screen.ts';
import { type Comparison, comparisonOf } from './compare-facts.ts';
import { comparisonRows } from './compare-view.ts';
import { type Capsule, capsuleOf } from './crash-capsule.ts';
import { askCrash, isBack } from './crash-questions.ts';
import { scrolled } from './crash-scroll.ts';

interface CompareState {
  readonly tag: string;
  readonly id: string;
  readonly crashIds: readonly [older: number, newer: number];
  readonly capsules: ReadonlyMap<number, Capsule>;
  readonly comparison: Comparison | undefined;
  /** Of one of them, in words. */
  readonly failure: string | undefined;
  readonly top: number;
  readonly isShort: boolean;
}

export function compareScreen(doors: Doors, id: string, crashId: number, otherCrashId: number): Screen {
  return makeScreen(doors, {
    tag: 'compare',
    id,
    crashIds: crashId <= otherCrashId ? [crashId, otherCrashId] : [otherCrashId, crashId],
    capsules: new Map(),
    comparison: undefined,
    failure: undefined,
    top: 0,
    isShort: false,
  });
}

function makeScreen(doors: Doors, state: CompareState): Screen {
  const [older, newer] = state.crashIds;
  const screen: Screen = {
    title: `#${older} = #${newer}`,
    tag: state.tag,
    keys: [
      { keys: 'o', does: state.isShort ? 'show all' : 'only what differs' },
      { keys: '1 2', does: 'open the older, the newer' },
      { keys: 'L', does: 'log around the newer' },
    ],
    moreKeys: [{ keys: 'ctrl-r', does: 'ask torud again' }],
    isTicking: false,
    open: ({ nowMs }) => asked(doors, { ...state, tag: `compare@${nowMs}` }),
    onKey: (key, context) => onKey(key, doors, screen, state, context),
    onMessage: (message) => onMessage(doors, state, message),
    onModel: (message, before) =>
      isBack(message, before) && state.failure !== undefined ? asked(doors, state) : undefined,
    onPrompt: () => ({ screen }),
    chosen: () => state.id,
    view: (context) => viewOf(state, context),
    command: () => ['crashes', 'diff', String(older), String(newer)],
    close: () => [],
  };
  return screen;
}

function asked(doors: Doors, state: CompareState): Step {
  const effects: readonly Effect[] = state.crashIds.map((id) => askCrash(`${state.tag}/${id}`, id));
  return { screen: makeScreen(doors, { ...state, failure: undefined }), effects };
}

function onMessage(doors: Doors, state: CompareState, message: ScreenMessage): Step {
  if (message.type !== 'answer') return { screen: makeScreen(doors, state) };
  const crashId = Number(message.tag.slice(state.tag.length + 1));
  const { result } = message;
  if (!result.ok) {
    const lost = result.failure.code === 'not_found';
    const failure = lost
      ? `#${crashId} is not kept any more, so there is nothing to compare`
      : result.failure.message;
    return { screen: makeScreen(doors, { ...state, failure }) };
  }
  const capsules = new Map(state.capsules).set(crashId, capsuleOf(result.value as CrashShowResult));
  const [older, newer] = state.crashIds.map((id) => capsules.get(id));
  const comparison =
    older === undefined || newer === undefined ? state.comparison : comparisonOf(older, newer);
  return { screen: makeScreen(doors, { ...state, capsules, comparison }) };
}

function rowsOf(state: CompareState, { look, size }: Context): Frame {
  const { comparison, isShort } = state;
  return comparison === undefined ? [] : comparisonRows(comparison, { look, columns: size.columns, isShort });
}

function viewOf(state: CompareState, context: Context): Frame {
  if (state.failure !== undefined)
    return [
      line(span(`  ${sanitiseField(state.failure)}`, 'bad')),
      line(span('  ctrl-r asks again, esc goes back.', 'dim')),
    ];
  if (state.comparison === undefined) return [line(span('  asking torud for both crashes…', 'dim'))];
  const rows = rowsOf(state, context);
  const top = topOf(state.top, rows, context);
  return rows.slice(top, top + context.size.rows);
}

function topOf(top: number, rows: Frame, { size }: Context): number {
  return Math.max(0, Math.min(top, rows.length - size.rows));
}

function onKey(
  key: Key,
  doors: Doors,
  screen: Screen,
  state: CompareState,
  context: Context,
): Step | undefined {
  const next = (change: Partial<CompareState>): Step => ({
    screen: makeScreen(doors, { ...state, ...change }),
  });
  const [older, newer] = state.crashIds;
  const plugin = (crashId: number): string => state.capsules.get(crashId)?.crash.plugin ?? state.id;
  const show = (crashId: number): Step => ({
    screen,
    go: { kind: 'open', screen: doors.crash(plugin(crashId), crashId) },
  });
  switch (key) {
    case 'o':
      return next({ isShort: !state.isShort, top: 0 });
    case '1':
      return show(older);
    case '2':
    case 'enter':
      return show(newer);
    case 'L':
    case 'l': {
      const crash = state.capsules.get(newer)?.crash;
      if (crash === undefined)
        return { screen, notice: 'the crash is not there, so its log cannot be found' };
      const place = { at: crash.at, runId: crash.runId };
      return { screen, go: { kind: 'open', screen: doors.logs([crash.plugin], place) } };
    }
    case '=':
      return { screen, go: { kind: 'back' } };
    case 'ctrl-r':
      return asked(doors, state);
    default: {
      const rows = rowsOf(state, context);
      const to = scrolled(key, topOf(state.top, rows, context), context.size.rows, rows.length);
      return to === undefined ? undefined : next({ top: topOf(to, rows, context) });
    }
  }
}
