/** One line of text that is typed at the bottom: a filter, a search, a command. */

import { type Desk, NEW_DESK } from './desk.ts';
import type { Key } from './messages.ts';
import type { Model } from './model.ts';
import { complete } from './prompt-completion.ts';
import type { Context } from './screen.ts';
import { characterBefore, characterEnd } from './text-cursor.ts';

/** Far more than a person types, and far less than a command may have (execve(2)). In UTF-16 units. */
export const MAX_TYPED = 4_096;

export interface Prompt {
  readonly name: string;
  /** What stands before the text: `/`, `:`. */
  readonly lead: string;
  readonly text: string;
  /** Where the next character goes. */
  readonly at: number;
  /** More was typed than is taken: what stands here is not what was meant. */
  readonly isCut?: boolean;
  /** What tab has found, where that is not clear. */
  readonly candidates?: readonly string[];
  /** Tab was pressed before it was known which verbs there are. */
  readonly awaitsVerbs?: boolean;
  /** Lines back in the history; absent: what is typed now. */
  readonly back?: number;
  /** What was typed before the history was looked at. */
  readonly draft?: string;
}

/** Takes a key: another prompt, or its end. Keys as in readline(3). */
export function promptKey(
  { candidates: _old, awaitsVerbs: _asked, ...prompt }: Prompt,
  key: Key,
  context: Context,
  desk: Desk = NEW_DESK,
): Prompt | 'done' | 'cancelled' {
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
        text: text.slice(0, characterBefore(text, at)) + text.slice(at),
        at: characterBefore(text, at),
      };
    case 'delete':
    case 'ctrl-d':
      return { ...prompt, text: text.slice(0, at) + text.slice(characterEnd(text, at)) };
    case 'left':
    case 'ctrl-b':
      return { ...prompt, at: characterBefore(text, at) };
    case 'right':
    case 'ctrl-f':
      return { ...prompt, at: characterEnd(text, at) };
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
      return prompt.name === 'command' ? completed(prompt, context.model, desk) : prompt;
    case 'up':
    case 'ctrl-p':
      return fromHistory(prompt, 1, desk);
    case 'down':
    case 'ctrl-n':
      return fromHistory(prompt, -1, desk);
    default:
      if ([...key].length !== 1) return prompt;
      if (text.length + key.length > MAX_TYPED) return { ...prompt, isCut: true };
      return {
        ...prompt,
        // All of what was too long is gone.
        ...(text === '' ? { isCut: false } : {}),
        text: text.slice(0, at) + key + text.slice(at),
        at: at + key.length,
      };
  }
}

/** What stands before the cursor is completed; what stands behind it stays. */
export function completed(prompt: Prompt, model: Model, desk: Desk): Prompt {
  const { text, candidates } = complete(prompt.text.slice(0, prompt.at), model, desk);
  const { awaitsVerbs: _asked, ...rest } = prompt;
  const awaitsVerbs = desk.verbs === undefined ? { awaitsVerbs: true } : {};
  const next = { ...rest, text: text + prompt.text.slice(prompt.at), at: text.length, ...awaitsVerbs };
  return candidates.length === 0 ? next : { ...next, candidates };
}

/** A line that was typed before; only commands have a history. */
function fromHistory(prompt: Prompt, step: number, { history }: Desk): Prompt {
  if (prompt.name !== 'command') return prompt;
  const was = prompt.back ?? 0;
  const back = Math.max(0, Math.min(history.length, was + step));
  if (back === was) return prompt;
  const draft = was === 0 ? prompt.text : (prompt.draft ?? '');
  const text = back === 0 ? draft : (history.at(-back) ?? '');
  return { ...prompt, text, at: text.length, back, draft };
}
