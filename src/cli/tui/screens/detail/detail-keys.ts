/** What keys do on the detail screen. Pure. */

import type { Key } from '../../messages.ts';
import { pageStep } from '../../page-step.ts';
import type { Context, Doors, Navigation, Screen } from '../../screen.ts';
import { bodyOf, chosenRow, placeIn } from './detail-body.ts';
import { askedOnes, type Question } from './detail-questions.ts';
import { crashOf, runsOf } from './detail-runs.ts';
import { type DetailState, liveOf, QUESTIONS_OF, SECTIONS, type Section } from './detail-state.ts';
import { bodyHeight, targetAt } from './detail-view.ts';

export interface DetailChange {
  readonly state?: Partial<DetailState>;
  /** What is to be asked. */
  readonly wanted?: readonly Question[];
  readonly go?: Navigation;
  readonly notice?: string;
}

/** Undefined: the key means nothing of its own here. */
export function onDetailKey(
  key: Key,
  state: DetailState,
  doors: Doors,
  context: Context,
): DetailChange | undefined {
  const index = SECTIONS.indexOf(state.section);
  switch (key) {
    case '1':
    case '2':
    case '3':
    case '4':
      return opened(SECTIONS[Number(key) - 1], state);
    case 'tab':
      return opened(SECTIONS[(index + 1) % SECTIONS.length], state);
    case 'shift-tab':
      return opened(SECTIONS[(index + SECTIONS.length - 1) % SECTIONS.length], state);
    case 'l':
      return open(doors.logs([state.id]));
    case 'c':
      return open(doors.crashes(state.id));
    case 'v':
      return open(doors.events(state.id));
    case 'ctrl-r':
      return { wanted: askedOnes(state.questions) };
    case 'enter':
    case 'right':
      return onEnter(state, doors, context);
    default:
      return moved(key, state, context);
  }
}

/** On a section's name: opens that; on a row: chooses it, or opens what is chosen. */
export function onDetailClick(
  row: number,
  column: number,
  state: DetailState,
  doors: Doors,
  context: Context,
): DetailChange | undefined {
  const target = targetAt(row, column, state, context);
  if (target === undefined) return undefined;
  if ('section' in target) return opened(SECTIONS[target.section], state);
  const body = bodyOf(state, context);
  const place = placeIn(body, state.places[state.section], bodyHeight(body, state, context));
  if (target.row === place.at) return onEnter(state, doors, context);
  return { state: { places: { ...state.places, [state.section]: { ...place, at: target.row } } } };
}

function opened(section: Section | undefined, state: DetailState): DetailChange {
  if (section === undefined) return {};
  const known = askedOnes(state.questions);
  return { state: { section }, wanted: QUESTIONS_OF[section].filter((name) => !known.includes(name)) };
}

function open(screen: Screen): DetailChange {
  return { go: { kind: 'open', screen } };
}

function onEnter(state: DetailState, doors: Doors, context: Context): DetailChange {
  if (state.section === 'dependencies') {
    const row = chosenRow(state, context);
    if (row === undefined) return {};
    const { plugin } = row.node;
    if (plugin === state.id) return { notice: `${plugin} is the one that is shown` };
    return (liveOf(plugin, context) ?? row.node).state === null
      ? { notice: `${plugin} is not installed` }
      : open(doors.detail(plugin));
  }
  if (state.section === 'runs') {
    const runs = runsOf(state);
    const run = runs[Math.min(state.places.runs.at, runs.length - 1)];
    if (run === undefined) return {};
    const crash = crashOf(run, state);
    if (crash !== undefined) return open(doors.crash(state.id, crash.id));
    return open(doors.logs([state.id], { at: run.startedAt, runId: run.id, isBeginning: true }));
  }
  return {};
}

/** Keys of less and vim: the cursor where rows are chosen, else the lines. */
function moved(key: Key, state: DetailState, context: Context): DetailChange | undefined {
  const body = bodyOf(state, context);
  const height = bodyHeight(body, state, context);
  const step = pageStep(key === 'ctrl-f' ? 'pagedown' : key === 'ctrl-b' ? 'pageup' : key, height);
  if (step === undefined) return undefined;
  const place = placeIn(body, state.places[state.section], height);
  const length = body.rows === 0 ? body.length : body.rows;
  const bounded = (from: number): number => Math.max(0, Math.min(length - 1, from + step));
  const to = body.rows === 0 ? { ...place, top: bounded(place.top) } : { ...place, at: bounded(place.at) };
  return { state: { places: { ...state.places, [state.section]: placeIn(body, to, height) } } };
}
