/** One line of text that is typed at the bottom: a filter, a search, a command. */

import type { Key } from './messages.ts';
import type { Context } from './screen.ts';

export interface Prompt {
  readonly name: string;
  /** What stands before the text: `/`, `:`. */
  readonly lead: string;
  readonly text: string;
  /** Where the next character goes. */
  readonly at: number;
}

/** Takes a key: another prompt, or its end. Keys as in readline(3). */
export function promptKey(prompt: Prompt, key: Key, context: Context): Prompt | 'done' | 'cancelled' {
  const { text, at } = prompt;
  switch (key) {
    case 'enter':
      return 'done';
    case 'escape':
    case 'ctrl-g':
      return 'cancelled';
    case 'backspace':
      if (text === '') return 'cancelled';
      return {
        ...prompt,
        text: text.slice(0, Math.max(0, at - 1)) + text.slice(at),
        at: Math.max(0, at - 1),
      };
    case 'delete':
    case 'ctrl-d':
      return { ...prompt, text: text.slice(0, at) + text.slice(at + 1) };
    case 'left':
    case 'ctrl-b':
      return { ...prompt, at: Math.max(0, at - 1) };
    case 'right':
    case 'ctrl-f':
      return { ...prompt, at: Math.min(text.length, at + 1) };
    case 'home':
    case 'ctrl-a':
      return { ...prompt, at: 0 };
    case 'end':
    case 'ctrl-e':
      return { ...prompt, at: text.length };
    case 'ctrl-u':
      return { ...prompt, text: text.slice(at), at: 0 };
    case 'ctrl-k':
      return { ...prompt, text: text.slice(0, at) };
    case 'ctrl-w': {
      const kept = text.slice(0, at).replace(/\S+\s*$/, '');
      return { ...prompt, text: kept + text.slice(at), at: kept.length };
    }
    case 'tab':
      return prompt.name === 'command' ? completed(prompt, context) : prompt;
    default:
      if ([...key].length !== 1) return prompt;
      return { ...prompt, text: text.slice(0, at) + key + text.slice(at), at: at + key.length };
  }
}

/** The longest beginning that all ids which fit have in common. */
function completed(prompt: Prompt, { model }: Context): Prompt {
  const word = /\S*$/.exec(prompt.text)?.[0] ?? '';
  const fitting = [...model.plugins.keys()].filter((id) => id.startsWith(word));
  const [first] = fitting;
  if (first === undefined) return prompt;
  let common = first;
  for (const id of fitting) while (!id.startsWith(common)) common = common.slice(0, -1);
  const ending = fitting.length === 1 ? ' ' : '';
  const text = `${prompt.text.slice(0, prompt.text.length - word.length)}${common}${ending}`;
  return { ...prompt, text, at: text.length };
}
