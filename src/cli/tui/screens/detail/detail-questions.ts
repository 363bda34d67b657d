/** What the detail screen asks torud, and what it was told. Pure. */

import type { CrashListResult } from '../../../../protocol/control/crashes.ts';
import type { DependencyTreeResult } from '../../../../protocol/control/dependencies.ts';
import type { ShowResult, WhyResult } from '../../../../protocol/control/plugins.ts';
import type { RunListResult } from '../../../../protocol/control/runs.ts';
import type { ErrorBody } from '../../../../protocol/errors.ts';
import type { Result } from '../../../../protocol/result.ts';
import { type CallEffect, call } from '../../messages.ts';

interface Answers {
  readonly why: WhyResult;
  readonly show: ShowResult;
  readonly needs: DependencyTreeResult;
  readonly neededBy: DependencyTreeResult;
  readonly runs: RunListResult;
  readonly crashes: CrashListResult;
}

export type Question = keyof Answers;

export interface Asked<Value> {
  /** The last answer, also while it is asked again and when that fails; undefined: there was none yet. */
  readonly value: Value | undefined;
  readonly failure: ErrorBody | undefined;
  /** `asking-again`: what was asked is out of date already, so that it is asked once more after the answer. */
  readonly progress: 'idle' | 'asking' | 'asking-again';
}

export type Questions = { readonly [Name in Question]: Asked<Answers[Name]> };

export interface Asking {
  readonly questions: Questions;
  readonly effects: readonly CallEffect[];
}

const UNASKED = { value: undefined, failure: undefined, progress: 'idle' } as const;

export const NOTHING_ASKED: Questions = {
  why: UNASKED,
  show: UNASKED,
  needs: UNASKED,
  neededBy: UNASKED,
  runs: UNASKED,
  crashes: UNASKED,
};

/** Runs that are shown; `toru runs -n` has the rest. */
export const MAX_RUNS = 200;

/** One question of a kind is on its way at a time, however often something changes meanwhile. */
export function ask(questions: Questions, names: readonly Question[], tag: string, id: string): Asking {
  let next = questions;
  const effects: CallEffect[] = [];
  for (const name of new Set(names)) {
    const isIdle = next[name].progress === 'idle';
    next = { ...next, [name]: { ...next[name], progress: isIdle ? 'asking' : 'asking-again' } };
    if (isIdle) effects.push(callOf(name, tag, id));
  }
  return { questions: next, effects };
}

/** The answer to the question whose name is the end of its tag. */
export function answered(
  questions: Questions,
  name: string,
  result: Result<unknown, ErrorBody>,
  tag: string,
  id: string,
): Asking {
  if (!isQuestion(name)) return { questions, effects: [] };
  const asked = questions[name];
  const told = result.ok
    ? { value: result.value, failure: undefined }
    : { value: asked.value, failure: result.failure };
  const next: Questions = { ...questions, [name]: { ...told, progress: 'idle' } };
  return asked.progress === 'asking-again' ? ask(next, [name], tag, id) : { questions: next, effects: [] };
}

/** Those that were asked before. */
export function askedOnes(questions: Questions): readonly Question[] {
  return QUESTIONS.filter((name) => {
    const { value, failure, progress } = questions[name];
    return value !== undefined || failure !== undefined || progress !== 'idle';
  });
}

const QUESTIONS = Object.keys(NOTHING_ASKED) as readonly Question[];

function isQuestion(name: string): name is Question {
  return Object.hasOwn(NOTHING_ASKED, name);
}

function callOf(name: Question, of: string, plugin: string): CallEffect {
  const tag = `${of}/${name}`;
  switch (name) {
    case 'why':
      return call(tag, 'plugin.why', { plugin });
    case 'show':
      return call(tag, 'plugin.show', { plugin });
    case 'needs':
      return call(tag, 'plugin.dependencies', { plugin });
    case 'neededBy':
      return call(tag, 'plugin.dependencies', { plugin, reverse: true });
    case 'runs':
      return call(tag, 'run.list', { plugin, limit: MAX_RUNS });
    case 'crashes':
      return call(tag, 'crash.list', { names: [plugin], limit: MAX_RUNS });
  }
}
