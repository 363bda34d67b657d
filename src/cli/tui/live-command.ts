/** Typed commands that go on for ever: each is a screen here, which shows the same, or is refused in one line. */

import { LOG_LEVELS } from '../../protocol/control/logs.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { OptionSpec } from '../command.ts';
import { nearest } from '../nearest.ts';
import type { CommandStep } from './command-line.ts';
import { doors } from './doors.ts';
import type { Model } from './model.ts';
import type { Context, LogFilter } from './screen.ts';
import { kindOfTypes } from './screens/events/event-feeds.ts';
import { logPattern } from './screens/logs/logs-pattern.ts';
import { type TypedWords, typedWords } from './typed-words.ts';

const FOLLOW: OptionSpec = { name: 'follow', short: 'f', does: '' };
const LINES: OptionSpec = { name: 'lines', short: 'n', value: 'N', does: '' };

const OPTIONS: Readonly<Record<string, readonly OptionSpec[]>> = {
  logs: [
    FOLLOW,
    LINES,
    { name: 'ignore-case', short: 'i', does: '' },
    ...['since', 'until', 'grep', 'level', 'stream', 'run'].map((name) => ({ name, value: 'V', does: '' })),
    ...['supervisor', 'strict', 'fail-empty'].map((name) => ({ name, does: '' })),
  ],
  events: [
    FOLLOW,
    LINES,
    ...['type', 'since'].map((name) => ({ name, value: 'V', does: '' })),
    ...['strict', 'fail-empty'].map((name) => ({ name, does: '' })),
  ],
  list: [{ name: 'watch', short: 'w', does: '' }],
  tasks: [FOLLOW, LINES],
  'task logs': [FOLLOW],
};

/** What a screen has anyway, or what is about the terminal alone. */
const NEEDLESS = ['follow', 'lines', 'all', 'allow-none', 'no-pager', 'no-legend', 'quiet', 'color'];
const ELSEWHERE = 'leave out -f, or run it in a shell';

/** Undefined: it comes to an end by itself. */
export function liveStep(argv: readonly string[], { model }: Context): CommandStep | undefined {
  const words = typedWords(argv, (verb) => OPTIONS[verb === 'ls' ? 'list' : verb] ?? []);
  const { verb, options, unknown } = words;
  if (options.has('help')) return undefined;
  if (verb === 'top') return { notice: 'this is toru top' };
  if (verb === 'list' || verb === 'ls')
    return options.has('watch') ? { notice: 'the list is kept up to date here' } : undefined;
  if (options.has('follow') && unknown.length === 0) {
    const [id] = words.operands;
    if (verb === 'tasks') return { open: doors.tasks() };
    if (verb === 'task logs' && id !== undefined && id !== '-1') return { open: doors.taskOutput(id) };
  }
  if (!options.has('follow') || (verb !== 'logs' && verb !== 'events')) return undefined;
  const [wrong] = unknown;
  if (wrong !== undefined) return { notice: `${verb}: unknown option "${wrong}"` };
  const ids = idsOf(words, model);
  if (!ids.ok) return { notice: `${verb}: ${ids.failure}` };
  return verb === 'logs' ? logsStep(words, ids.value) : eventsStep(words, ids.value);
}

function logsStep(words: TypedWords, ids: readonly string[]): CommandStep {
  const { options } = words;
  const filter = filterOf(options);
  if (!filter.ok) return { notice: `logs: ${filter.failure}` };
  const foreign = foreignOption(words, ['level', 'stream', 'grep', 'ignore-case']);
  return foreign === undefined ? { open: doors.logs(ids, undefined, filter.value) } : { notice: foreign };
}

function eventsStep(words: TypedWords, ids: readonly string[]): CommandStep {
  const foreign = foreignOption(words, ['type']);
  if (foreign !== undefined) return { notice: foreign };
  if (ids.length > 1) return { notice: `events -f: only of one plugin or of all here: ${ELSEWHERE}` };
  const types = words.options.get('type');
  const kind = kindOfTypes(typeof types === 'string' ? types.split(',') : []);
  if (kind === undefined) return { notice: `events -f --type ${types}: not as a screen: ${ELSEWHERE}` };
  return { open: doors.events(ids[0], kind.word) };
}

function foreignOption({ verb, options }: TypedWords, held: readonly string[]): string | undefined {
  const foreign = [...options.keys()].find((name) => !held.includes(name) && !NEEDLESS.includes(name));
  return foreign === undefined ? undefined : `${verb} -f --${foreign}: not as a screen: ${ELSEWHERE}`;
}

function filterOf(options: TypedWords['options']): Result<LogFilter, string> {
  const { level, stream, grep } = Object.fromEntries(options);
  const knownLevel = LOG_LEVELS.find((one) => one === level);
  if (level !== undefined && knownLevel === undefined)
    return failure(`unknown level "${level}" (it is one of ${LOG_LEVELS.join(', ')})`);
  if (stream !== undefined && stream !== 'stdout' && stream !== 'stderr')
    return failure(`unknown stream "${stream}" (it is one of stdout, stderr)`);
  const pattern = typeof grep === 'string' ? logPattern(grep, options.has('ignore-case')) : undefined;
  if (pattern?.ok === false) return failure(`--grep: ${pattern.failure}`);
  return success({
    ...(knownLevel === undefined ? {} : { level: knownLevel }),
    ...(stream === undefined ? {} : { stream }),
    ...(pattern === undefined ? {} : { pattern: pattern.value }),
  });
}

/** Names, patterns and groups, as torud takes them. Empty: of all. */
function idsOf({ operands, options }: TypedWords, { plugins }: Model): Result<readonly string[], string> {
  if (operands.length === 0) return success([]);
  if (options.has('all')) return failure('give names or --all, not both');
  const known = [...plugins.keys()];
  const found = new Set<string>();
  for (const name of operands) {
    const isGroup = name.startsWith('@');
    const matches = isGroup
      ? known.filter((id) => plugins.get(id)?.plugin.groups.includes(name.slice(1)))
      : /[*?[]/.test(name)
        ? known.filter((id) => globOf(name).test(id))
        : known.filter((id) => id === name);
    if (matches.length === 0) return failure(absence(name, known));
    for (const id of matches) found.add(id);
  }
  return success([...found]);
}

function absence(name: string, known: readonly string[]): string {
  if (name.startsWith('@')) return `no plugin is in the group "${name}"`;
  if (/[*?[]/.test(name)) return `no plugin matches "${name}"`;
  const near = nearest(name, known);
  return `there is no plugin "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

/** `*` any text, `?` one character, `[a-z]` one of, `[!a-z]` none of. */
function globOf(pattern: string): RegExp {
  const source = pattern.replace(/\*+|\?|\[([^\]]+)\]|[\s\S]/g, (part, set: string | undefined) => {
    if (part.startsWith('*')) return '.*';
    if (part === '?') return '.';
    if (set === undefined) return part.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
    const isNot = set.startsWith('!') && set.length > 1;
    return `[${isNot ? '^' : ''}${set.slice(isNot ? 1 : 0).replace(/[\\^[\]]/g, '\\$&')}]`;
  });
  try {
    return new RegExp(`^${source}$`);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return /(?!)/;
    throw thrown;
  }
}
