/** Words that were typed behind `:`, taken apart as the parser of `toru` does it. Pure. */

import { GLOBAL_OPTIONS, type OptionSpec } from '../command.ts';

export interface TypedWords {
  /** One word, or two: `daemon stop`. Empty: there is none. */
  readonly verb: string;
  readonly operands: readonly string[];
  /** By long name; of several the last. */
  readonly options: ReadonlyMap<string, string | true>;
  /** Options that the verb does not have, as they were typed. */
  readonly unknown: readonly string[];
}

/** Verbs that are two words. */
const GROUPS: ReadonlySet<string> = new Set(['daemon', 'kv', 'task', 'actions']);

/** As kill(1) takes a signal: `-9`, `-HUP`. */
const SIGNAL = /^-(\d{1,2}|[A-Z][A-Z0-9+-]+)$/;

/** @param specsOf options of a verb beside those that every verb has */
export function typedWords(
  argv: readonly string[],
  specsOf: (verb: string) => readonly OptionSpec[],
): TypedWords {
  const words = [...argv];
  const operands: string[] = [];
  const options = new Map<string, string | true>();
  const unknown: string[] = [];
  let verb = '';
  const find = (matches: (spec: OptionSpec) => boolean): OptionSpec | undefined =>
    specsOf(verb).find(matches) ?? GLOBAL_OPTIONS.find(matches);
  const take = (spec: OptionSpec, rest: string | undefined): void => {
    options.set(spec.name, spec.value === undefined ? true : (rest ?? words.shift() ?? ''));
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') {
      operands.push(...words.splice(0));
    } else if (word.startsWith('--')) {
      const [name = '', ...rest] = word.slice(2).split('=');
      const spec = find((one) => one.name === name);
      if (spec === undefined) unknown.push(word);
      else take(spec, rest.length === 0 ? undefined : rest.join('='));
    } else if (verb === 'kill' && SIGNAL.test(word)) {
      options.set('signal', word.slice(1));
    } else if (word.startsWith('-') && word !== '-') {
      for (let at = 1; at < word.length; at += 1) {
        const spec = find((one) => one.short === word[at]);
        if (spec === undefined) unknown.push(`-${word[at]}`);
        else take(spec, word.slice(at + 1) || undefined);
        if (spec?.value !== undefined) break;
      }
    } else if (verb === '' || (GROUPS.has(verb) && operands.length === 0)) {
      verb = verb === '' ? word : `${verb} ${word}`;
    } else operands.push(word);
  }
  return { verb, operands, options, unknown };
}
