/** Commands that were typed and take something down or away: they are asked about first, as the keys are. Pure. */

import type { Role } from '../../protocol/control/envelope.ts';
import type { CallName } from '../../protocol/control/methods.ts';
import type { OptionSpec } from '../command.ts';
import { signalName } from '../commands/kill.ts';
import { type TypedWords, typedWords } from './typed-words.ts';

/** A question of which torud says what it would do. */
export interface PlanQuestion {
  readonly method: CallName;
  /** Without `dryRun`. */
  readonly params: object;
}

export interface TypedQuestion {
  readonly verb: string;
  readonly argv: readonly string[];
  /** As they were typed: names, patterns, groups. */
  readonly plugins: readonly string[];
  readonly needs: Role;
  /** Undefined: there is nothing that torud could be asked. */
  readonly plan: PlanQuestion | undefined;
  /** What the plan does not say. */
  readonly note: string | undefined;
}

interface AskedVerb {
  readonly needs: Role;
  readonly options: readonly OptionSpec[];
  /** Its parameters are a selection of plugins, and what `more` makes of the options. */
  readonly method?: CallName;
  readonly more?: (words: TypedWords) => object;
  readonly note?: string;
}

const flag = (name: string): OptionSpec => ({ name, does: '' });
const valued = (name: string, short?: string): OptionSpec => ({
  ...flag(name),
  value: 'VALUE',
  ...(short === undefined ? {} : { short }),
});

const DRY_RUN = 'dry-run';
const COMMON = ['changed', 'wait', DRY_RUN].map(flag);
const NOT_SAID = 'torud does not say beforehand what that changes; with --dry-run it does nothing but tell';

const ASKED: Readonly<Record<string, AskedVerb>> = {
  stop: { needs: 'operate', options: COMMON, method: 'plugin.stop' },
  restart: { needs: 'operate', options: COMMON, method: 'plugin.restart' },
  'try-restart': { needs: 'operate', options: COMMON, method: 'plugin.tryRestart' },
  reload: {
    needs: 'operate',
    options: [flag('force'), ...COMMON],
    method: 'plugin.reload',
    more: ({ options }) => (options.has('force') ? { force: true } : {}),
  },
  disable: {
    needs: 'operate',
    options: [flag('no-stop'), ...COMMON],
    method: 'plugin.disable',
    more: ({ options }) => ({ now: !options.has('no-stop') }),
  },
  kill: {
    needs: 'operate',
    options: [valued('signal', 's'), ...COMMON],
    method: 'plugin.kill',
    more: (words) => ({ signal: signalOf(words) }),
  },
  remove: {
    needs: 'admin',
    options: [flag('purge'), ...COMMON],
    method: 'plugin.remove',
    more: ({ options }) => (options.has('purge') ? { purge: true } : {}),
  },
  install: { needs: 'admin', options: [valued('rollback'), flag('restart'), ...COMMON], note: NOT_SAID },
  edit: { needs: 'admin', options: [valued('file'), ...COMMON], note: NOT_SAID },
  'kv delete': { needs: 'operate', options: COMMON, note: 'what the key holds is gone then' },
  'task cancel': {
    needs: 'operate',
    options: [flag('force'), ...COMMON],
    note: 'what the script was doing is left half done',
  },
  'actions remove': { needs: 'admin', options: COMMON, note: 'what it says is gone then' },
  'daemon stop': { needs: 'admin', options: [flag('keep-plugins'), ...COMMON] },
  'daemon upgrade': {
    needs: 'admin',
    options: COMMON,
    note: 'torud is replaced by the version that is installed; plugins go on running',
  },
};

/** Undefined: it is done at once, for it reads, starts, or is refused by `toru` itself. */
export function typedQuestion(argv: readonly string[]): TypedQuestion | undefined {
  const words = typedWords(argv, (verb) => askedVerb(verb)?.options ?? []);
  const { verb, operands, options } = words;
  const asked = askedVerb(verb);
  if (asked === undefined || options.has(DRY_RUN) || options.has('help')) return undefined;
  const question = { verb, argv, plugins: operands, needs: asked.needs, plan: undefined, note: asked.note };
  // Of a torud that is not this one, or with words that are not understood here.
  const isOpaque = words.unknown.length > 0 || operands.includes('-');
  if (isOpaque || options.has('root') || options.has('system')) return question;
  if (verb === 'daemon stop') return daemonStop(question, options.has('keep-plugins'));
  if (asked.method === undefined) return question;
  const isAll = options.has('all');
  // It is refused: there is nothing to be asked about.
  if (isAll === operands.length > 0) return undefined;
  const params = {
    ...(isAll ? { all: true } : { names: operands }),
    ...(options.has('allow-none') ? { allowNone: true } : {}),
    ...asked.more?.(words),
  };
  return {
    ...question,
    argv: verb === 'kill' ? withSignal(words, argv) : argv,
    plan: { method: asked.method, params },
  };
}

function askedVerb(verb: string): AskedVerb | undefined {
  return Object.hasOwn(ASKED, verb) ? ASKED[verb] : undefined;
}

function daemonStop(question: TypedQuestion, keepsPlugins: boolean): TypedQuestion {
  if (keepsPlugins)
    return { ...question, note: 'torud ends; plugins go on running, and the next torud takes them over' };
  const plan = { method: 'plugin.stop', params: { all: true } } as const;
  return { ...question, plan, note: 'then torud itself ends' };
}

function signalOf({ options }: TypedWords): string {
  const given = options.get('signal');
  const known = signalName(typeof given === 'string' ? given : 'SIGTERM');
  return known.ok ? known.value : String(given);
}

/** In the form in which another signal can be chosen, where nothing else was said. */
function withSignal(words: TypedWords, argv: readonly string[]): readonly string[] {
  const isPlain = [...words.options.keys()].every((name) => name === 'signal');
  return isPlain ? ['kill', '-s', signalOf(words), ...words.operands] : argv;
}
