/** Tab behind `:`: verbs first, then plugins and groups, options, and the few values that are known. Pure. */

import { constants } from 'node:os';
import { EVENT_TYPES } from '../../protocol/control/events.ts';
import { LOG_LEVELS } from '../../protocol/control/logs.ts';
import { PLUGIN_STATES } from '../../protocol/plugin-state.ts';
import { shellWord, splitLine } from '../shell-words.ts';
import { ACTION_KEYS } from './actions.ts';
import type { Desk, VerbHelp } from './desk.ts';
import type { Model } from './model.ts';

export interface Completed {
  readonly text: string;
  /** What could stand there; empty when it is clear. */
  readonly candidates: readonly string[];
}

/** @param text up to where it is typed */
export function complete(text: string, model: Model, desk: Desk): Completed {
  const split = splitLine(text);
  if (!split.ok) return { text, candidates: [] };
  const { words, last, lastAt } = split.value;
  const before = words.slice(0, last === '' ? words.length : -1);
  const known = before[0] === 'toru' ? before.slice(1) : before;
  const fitting = [...new Set(candidatesOf(known, last, model, desk))]
    .filter((word) => word.startsWith(last))
    .sort();
  const [first] = fitting;
  if (first === undefined) return { text, candidates: [] };
  let common = first;
  for (const word of fitting) while (!word.startsWith(common)) common = common.slice(0, -1);
  const isOnly = fitting.length === 1;
  const typed = isOnly ? `${shellWord(common)} ` : common === last ? text.slice(lastAt) : shellWord(common);
  return {
    text: text.slice(0, lastAt) + (common === '' ? '' : typed),
    candidates: isOnly ? [] : fitting,
  };
}

function candidatesOf(before: readonly string[], last: string, model: Model, desk: Desk): readonly string[] {
  const [verb, ...rest] = before;
  const verbs = desk.verbs ?? FALLBACK;
  if (verb === undefined) return [...verbs.flatMap((one) => [first(one.verb), ...one.aliases]), 'quit'];
  if (verb === 'help') return rest.length === 0 ? verbs.map((one) => first(one.verb)) : [];
  const second = rest[0] ?? '';
  const pairs = verbs.filter((one) => one.verb.startsWith(`${verb} `));
  const found =
    pairs.find((one) => one.verb === `${verb} ${second}`) ??
    verbs.find((one) => one.verb === verb || one.aliases.includes(verb));
  const seconds = rest.length === 0 ? pairs.map((one) => one.verb.slice(verb.length + 1)) : [];
  if (found === undefined) return seconds;
  const values = valuesOf(before.at(-1) ?? '', found);
  if (values !== undefined) return values;
  if (last.startsWith('-')) return found.options.map(({ name }) => `--${name}`);
  return [...seconds, ...(found.operands.includes('NAME') ? namesIn(model, rest) : [])];
}

/** Values of the option that stands right before; undefined: none is awaited. */
function valuesOf(word: string, { options }: VerbHelp): readonly string[] | undefined {
  if (!word.startsWith('-')) return undefined;
  const option = options.find(({ name, short }) => word === `--${name}` || word === `-${short}`);
  if (option === undefined || option.value === null) return undefined;
  return VALUES[option.name] ?? [];
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  signal: Object.keys(constants.signals),
  state: PLUGIN_STATES,
  type: [...EVENT_TYPES, 'audit'],
  level: LOG_LEVELS,
  stream: ['stdout', 'stderr'],
  for: ['ready', 'running', 'stopped', 'failed', 'healthy', 'exited'],
};

/** A name is given once. */
function namesIn(model: Model, given: readonly string[]): readonly string[] {
  const groups = [...model.plugins.values()].flatMap(({ plugin }) => plugin.groups.map((name) => `@${name}`));
  return [...model.plugins.keys(), ...groups].filter((name) => !given.includes(name));
}

function first(verb: string): string {
  return verb.split(' ')[0] ?? verb;
}

/** While this toru has not yet said which verbs it has. */
const FALLBACK: readonly VerbHelp[] = Object.values(ACTION_KEYS).map(({ verb, does }) => ({
  verb: first(verb),
  aliases: [],
  kind: 'action',
  operands: 'NAME...',
  does,
  options: [],
}));
