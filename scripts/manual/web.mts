/** Tables of the HTTP module: the verbs of `toru web`, its exit codes, and its settings. */

import { EXIT_CODES, VERBS } from '../../plugins/web/command/words.ts';
import { VARIABLES, type Variable } from '../../plugins/web/variables.ts';
import { bold, literal, plain, sentence, term } from './roff.mts';

export function webVerbs(): string {
  return Object.entries(VERBS)
    .map(([name, { form, does }]) =>
      term(`${bold(name)}${form === '' ? '' : ` ${literal(form.replaceAll('…', '...'))}`}`, sentence(does)),
    )
    .join('\n');
}

export function webExitCodes(): string {
  return Object.entries(EXIT_CODES)
    .map(([code, means]) => term(bold(code), sentence(means)))
    .join('\n');
}

export function webSettings(): string {
  return Object.entries(VARIABLES)
    .map(([name, { builtIn, does }]: [string, Variable]) =>
      term(
        bold(name),
        `${sentence(does)}${builtIn === undefined ? '' : plain(` Built-in value: ${builtIn}.`)}`,
      ),
    )
    .join('\n');
}
