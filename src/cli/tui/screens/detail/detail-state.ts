/** What the detail screen is: which plugin, which section, where in it, and what torud said. Pure. */

import type { PluginStatus } from '../../../../protocol/control/plugins.ts';
import type { Model } from '../../model.ts';
import type { Context } from '../../screen.ts';
import { NOTHING_ASKED, type Question, type Questions } from './detail-questions.ts';

export const SECTIONS = ['why', 'settings', 'dependencies', 'runs'] as const;
export type Section = (typeof SECTIONS)[number];

/** Where one is in a section: the line at its top, and the chosen row where rows are chosen. */
export interface Place {
  readonly top: number;
  readonly at: number;
}

export interface DetailState {
  readonly id: string;
  readonly section: Section;
  readonly places: Readonly<Record<Section, Place>>;
  readonly questions: Questions;
  /** As it was known last, once it is removed. */
  readonly last: PluginStatus | undefined;
  /** When it was removed, by the wall clock; undefined: it is there. */
  readonly removedMs: number | undefined;
  /** A backoff counts down. */
  readonly isInBackoff: boolean;
}

const START: Place = { top: 0, at: 0 };

export function newDetail(id: string): DetailState {
  return {
    id,
    section: 'why',
    places: { why: START, settings: START, dependencies: START, runs: START },
    questions: NOTHING_ASKED,
    last: undefined,
    removedMs: undefined,
    isInBackoff: false,
  };
}

/** The cursor stays on its run when newer ones come above it; on the newest it stays on the newest. */
export function withQuestions(state: DetailState, questions: Questions): DetailState {
  const place = state.places.runs;
  const chosen = state.questions.runs.value?.runs[place.at]?.id;
  const at = questions.runs.value?.runs.findIndex(({ id }) => id === chosen) ?? -1;
  if (place.at === 0 || at <= place.at) return { ...state, questions };
  const runs = { at, top: place.top === 0 ? 0 : place.top + at - place.at };
  return { ...state, questions, places: { ...state.places, runs } };
}

export function tagOf({ id }: Pick<DetailState, 'id'>): string {
  return `detail ${id}`;
}

/** What a section tells of. */
export const QUESTIONS_OF: Readonly<Record<Section, readonly Question[]>> = {
  why: ['why', 'show'],
  settings: ['show'],
  dependencies: ['needs', 'neededBy'],
  runs: ['runs', 'crashes'],
};

/** The plugin as it is known now, or was last. */
export function pluginOf(state: DetailState, model: Model): PluginStatus | undefined {
  return model.plugins.get(state.id)?.plugin ?? state.last ?? state.questions.why.value?.plugin;
}

/** What is known of another plugin, now. */
export function liveOf(id: string, { model }: Context): PluginStatus | undefined {
  return model.plugins.get(id)?.plugin;
}
