/** What `toru wait --for` can wait for, as pure functions over a plugin's status. */

import type { PluginStatus } from '../protocol/control/plugins.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import { STATES_WITH_PROCESS } from '../protocol/plugin-state.ts';
import type { Result } from '../protocol/result.ts';
import { failure, success } from '../protocol/result.ts';
import { nearestHint } from './nearest.ts';
import { regexOption } from './option-values.ts';

/** `never`: no waiting helps, a person has to do something first. */
export type Verdict = 'yes' | 'no' | 'never';

export interface Condition {
  /** As it was typed. */
  readonly text: string;
  /** Of `log~RE` alone: true once a message matched, from then on the condition holds. */
  readonly pattern?: RegExp;
  /** @param firstRunId the run that was there when the waiting began; null: none */
  readonly judge: (plugin: PluginStatus, hasMatched: boolean, firstRunId?: number | null) => Verdict;
}

/** Conditions without a value. */
export const CONDITION_WORDS = ['ready', 'running', 'stopped', 'failed', 'healthy', 'exited'] as const;
type Word = (typeof CONDITION_WORDS)[number];

/** Reads one `--for`. */
export function parseCondition(text: string): Result<Condition, ErrorBody> {
  const word = CONDITION_WORDS.find((one) => one === text);
  if (word !== undefined) return success({ text, judge: (plugin) => judgeWord(word, plugin) });
  const exit = /^exit=(\d{1,3})$/.exec(text);
  if (exit !== null) {
    const code = Number(exit[1]);
    return success({ text, judge: (plugin, _, firstRunId) => yes(hasEndedWith(code, plugin, firstRunId)) });
  }
  const restarts = /^restarts<(\d{1,9})$/.exec(text);
  if (restarts !== null) {
    const bound = Number(restarts[1]);
    return success({ text, judge: (plugin) => (plugin.restarts < bound ? 'yes' : 'no') });
  }
  if (text.startsWith('log~')) {
    const pattern = regexOption(text.slice('log~'.length), 'u', 'for');
    if (!pattern.ok) return pattern;
    return success({
      text,
      pattern: pattern.value,
      judge: (_plugin, hasMatched) => (hasMatched ? 'yes' : 'no'),
    });
  }
  const hint =
    nearestHint(text, CONDITION_WORDS) ??
    `it is one of ${CONDITION_WORDS.join(', ')}, exit=N, log~REGEX, restarts<N`;
  return failure(errorBody('usage', `--for: unknown condition "${text}"`, { hint }));
}

function judgeWord(word: Word, plugin: PluginStatus): Verdict {
  switch (word) {
    case 'ready':
    case 'running':
      if (plugin.state === 'running') return 'yes';
      return isGivenUp(plugin) ? 'never' : 'no';
    case 'healthy':
      if (plugin.state === 'running' && plugin.health === 'healthy') return 'yes';
      return isGivenUp(plugin) ? 'never' : 'no';
    case 'stopped':
      return yes(plugin.state === 'stopped' || plugin.state === 'exited' || plugin.state === 'failed');
    case 'failed':
      return yes(plugin.state === 'failed');
    case 'exited':
      return yes(plugin.lastExit !== null && !STATES_WITH_PROCESS.has(plugin.state));
    default:
      return word satisfies never;
  }
}

/** The end of a run before the one that was waited for does not count; a run that is already replaced does. */
function hasEndedWith(code: number, plugin: PluginStatus, firstRunId: number | null | undefined): boolean {
  const { lastExit, state } = plugin;
  if (lastExit?.code !== code) return false;
  if (!STATES_WITH_PROCESS.has(state)) return true;
  return typeof firstRunId === 'number' && lastExit.runId >= firstRunId;
}

/** Nothing but a person makes it run again. */
function isGivenUp(plugin: PluginStatus): boolean {
  return plugin.state === 'failed' || plugin.state === 'invalid';
}

function yes(holds: boolean): Verdict {
  return holds ? 'yes' : 'no';
}
