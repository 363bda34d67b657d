/** `:` and words: any verb of toru. What needs a terminal becomes the screen, or the loan, that stands for it. */

import { splitLine } from '../shell-words.ts';
import { refusalOf } from './actions.ts';
import { actText } from './command-text.ts';
import { liveStep } from './live-command.ts';
import type { Effect } from './messages.ts';
import type { Context, Screen } from './screen.ts';
import { type TypedQuestion, typedQuestion } from './typed-question.ts';

export interface CommandStep {
  readonly effects?: readonly Effect[];
  readonly notice?: string;
  readonly open?: Screen;
  /** To be asked first. */
  readonly ask?: TypedQuestion;
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
  const live = liveStep(argv, context);
  if (live !== undefined) return live;
  if (verb === 'edit' && argv.length === 2) {
    const refusal = refusalOf('admin', context);
    if (refusal !== undefined) return { notice: `${argv.join(' ')}: ${refusal}` };
    return { effects: [{ type: 'edit', plugin: argv[1] ?? '' }] };
  }
  const ask = typedQuestion(argv);
  if (ask === undefined) return { effects: [{ type: 'act', argv, isTyped: true }] };
  const refusal = refusalOf(ask.needs, context);
  return refusal === undefined ? { ask } : { notice: `${actText(argv)}: ${refusal}` };
}
