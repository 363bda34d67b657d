/** What a word of a command line can be, worked out from the declaration of its verb; the three scripts are made of it. */

import { constants } from 'node:os';
import { SUPERVISOR_LEVELS } from '../../protocol/control/daemon.ts';
import { EVENT_TYPES } from '../../protocol/control/events.ts';
import { LOG_LEVELS } from '../../protocol/control/logs.ts';
import { TASK_STATES } from '../../protocol/control/tasks.ts';
import { PLUGIN_STATES } from '../../protocol/plugin-state.ts';
import type { Command, OptionSpec } from '../command.ts';
import { GLOBAL_OPTIONS } from '../command.ts';
import { CLEARABLE } from '../commands/actions-set.ts';
import { CONDITION_WORDS } from '../conditions.ts';
import { FORMATS } from '../globals.ts';

/** What torud is asked for while a word is completed; see answer.ts. */
export type Question =
  | 'names'
  | 'selection'
  | 'crashes'
  | 'keys'
  | 'scripts'
  | 'tasks'
  | 'live-tasks'
  | 'actions';

export type Source =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'files' | 'folders' | 'nothing' };

/** A verb as completion sees it: `help` is one as well, though it is no command. */
export interface Completed {
  /** One word, or two. */
  readonly verb: string;
  readonly aliases: readonly string[];
  readonly does: string;
  readonly options: readonly OptionSpec[];
  /** By place; the last one stands for all that follow when `isOpenEnded`. */
  readonly operands: readonly Source[];
  readonly isOpenEnded: boolean;
  readonly formats: readonly string[];
}

const NOTHING: Source = { kind: 'nothing' };

/** Values of options whose name says what they are, whichever verb has them. */
const VALUES: Readonly<Record<string, (command: Completed) => Source>> = {
  root: () => ({ kind: 'folders' }),
  output: ({ formats }) => words([...FORMATS, ...formats]),
  color: () => words(['always', 'never', 'auto']),
  state: ({ verb }) => words(verb === 'tasks' ? TASK_STATES : PLUGIN_STATES),
  script: () => ask('scripts'),
  clear: () => words(CLEARABLE),
  type: () => words([...EVENT_TYPES, 'audit', 'all']),
  signal: () => words(Object.keys(constants.signals).map((name) => name.slice('SIG'.length))),
  level: () => words(LOG_LEVELS),
  for: () => words([...CONDITION_WORDS, 'exit=', 'log~', 'restarts<']),
  stream: () => words(['stdout', 'stderr']),
  run: () => words(['-1']),
  // Names of other things than plugins.
  case: () => NOTHING,
};

/** Every verb that can be typed. Aliases stand beside what they stand for. */
export function completedVerbs(commands: readonly Command[]): readonly Completed[] {
  const own = commands.map(completed);
  const topics = [...new Set(commands.map(({ verb }) => verb.split(' ')[0] ?? '')), 'exit-codes'];
  const help: Completed = {
    verb: 'help',
    aliases: [],
    does: 'help for a verb, or the list of exit codes',
    options: [],
    operands: [words(topics)],
    isOpenEnded: false,
    formats: [],
  };
  return [...own, help];
}

/** Second words of `kv get` and the like, by the first one. */
export function groupsOf(verbs: readonly Completed[]): ReadonlyMap<string, readonly Completed[]> {
  const groups = new Map<string, Completed[]>();
  for (const one of verbs) {
    const [first = '', second] = one.verb.split(' ');
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), one]);
  }
  return groups;
}

/** First words, each once, with what they do. */
export function firstWords(
  verbs: readonly Completed[],
): readonly { readonly word: string; readonly does: string }[] {
  const found = new Map<string, string>();
  const groups = groupsOf(verbs);
  for (const { verb, does } of verbs) {
    const [first = '', second] = verb.split(' ');
    if (second === undefined) found.set(first, does);
    else if (!found.has(first)) {
      const seconds = groups.get(first)?.map((one) => one.verb.slice(first.length + 1)) ?? [];
      found.set(first, seconds.join(', '));
    }
  }
  for (const { aliases, does } of verbs) for (const alias of aliases) found.set(alias, does);
  return [...found].map(([word, does]) => ({ word, does }));
}

/** Options that may be given with a verb, its own first. */
export function optionsOf(verb: Completed): readonly OptionSpec[] {
  const own = new Set(verb.options.map(({ name }) => name));
  return [...verb.options, ...GLOBAL_OPTIONS.filter(({ name }) => !own.has(name))];
}

/** What the value of an option can be; undefined for a switch. */
export function optionValue(verb: Completed, spec: OptionSpec): Source | undefined {
  if (spec.value === undefined) return undefined;
  return VALUES[spec.name]?.(verb) ?? placeholder(spec.value, verb.verb) ?? NOTHING;
}

function completed(command: Command): Completed {
  const { verb, does, options, formats } = command;
  const places = command.operands.split(' ').filter((place) => place !== '' && place !== '[--');
  const operands = places.map((place): Source => {
    if (command.takesNames) return ask('selection');
    return placeholder(place.replace(/^\[|\]$|\.\.\./g, ''), verb) ?? NOTHING;
  });
  const isOpenEnded = command.maxOperands > places.length;
  return {
    verb,
    aliases: command.aliases ?? [],
    does,
    options,
    operands,
    isOpenEnded,
    formats: formats ?? [],
  };
}

/** By how the usage line calls it; undefined: nobody can know. */
function placeholder(text: string, verb: string): Source | undefined {
  if (/^[a-z-]+(\|[a-z-]+)+$/.test(text)) return words(text.split('|'));
  const [first = ''] = text.split('|');
  if (first === 'NAME' || first === 'PLUGIN') return ask('names');
  // Elsewhere a key is one of a setting.
  if ((first === 'KEY' || first === 'PREFIX') && verb.startsWith('kv ')) return ask('keys');
  if (first === 'ID' && verb.startsWith('task ')) return ask(verb === 'task cancel' ? 'live-tasks' : 'tasks');
  if (first === 'ID' || first === 'OTHER') return ask('crashes');
  if (first === 'SCRIPT') return ask('scripts');
  if (first === 'ACTION') return ask('actions');
  if (first === 'LEVEL') return words(SUPERVISOR_LEVELS);
  if (/^(DIR|FOLDER)$/.test(first)) return { kind: 'folders' };
  if (/^(PATH|FILE|TARBALL|ARG)$/.test(first)) return { kind: 'files' };
  return undefined;
}

function ask(question: Question): Source {
  return { kind: 'ask', question };
}

function words(list: readonly string[]): Source {
  return { kind: 'words', words: list };
}
