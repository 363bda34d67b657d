/** `:` and words: any verb of toru. What needs a terminal becomes the screen, or the loan, that stands for it. */

import { refusalOf } from './actions.ts';
import { doors } from './doors.ts';
import type { Effect } from './messages.ts';
import type { Context, Screen } from './screen.ts';
import { splitLine } from './shell-words.ts';

export interface CommandStep {
  readonly effects?: readonly Effect[];
  readonly notice?: string;
  readonly open?: Screen;
}

export function commandStep(text: string, context: Context): CommandStep {
  const split = splitLine(text);
  if (!split.ok) return { notice: split.failure };
  const words = split.value.words;
  const argv = words[0] === 'toru' ? words.slice(1) : words;
  const [verb] = argv;
  if (verb === undefined) return {};
  if (verb === 'q' || verb === 'q!' || verb === 'quit' || verb === 'exit')
    return { effects: [{ type: 'quit' }] };
  const live = liveStep(verb, argv, context);
  if (live !== undefined) return live;
  if (verb === 'edit' && argv.length === 2) {
    const refusal = refusalOf('admin', context);
    if (refusal !== undefined) return { notice: `${argv.join(' ')}: ${refusal}` };
    return { effects: [{ type: 'edit', plugin: argv[1] ?? '' }] };
  }
  return { effects: [{ type: 'act', argv, isTyped: true }] };
}

/** What goes on for ever is a screen here. */
function liveStep(verb: string, argv: readonly string[], { model }: Context): CommandStep | undefined {
  const has = (letter: string, name: string): boolean =>
    argv.some((word) => word === `--${name}` || new RegExp(`^-[a-z]*${letter}[a-z]*$`).test(word));
  const names = argv.slice(1).filter((word) => model.plugins.has(word));
  switch (verb) {
    case 'top':
      return { notice: 'this is toru top' };
    case 'list':
    case 'ls':
      return has('w', 'watch') ? { notice: 'the list is kept up to date here' } : undefined;
    case 'logs':
      if (!has('f', 'follow')) return undefined;
      return { open: doors.logs(names.length === 0 ? [...model.plugins.keys()] : names) };
    case 'events':
      return has('f', 'follow')
        ? { open: doors.events(names.length === 1 ? names[0] : undefined) }
        : undefined;
    default:
      return undefined;
  }
}
