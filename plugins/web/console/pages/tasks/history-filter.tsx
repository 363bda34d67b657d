/** Which tasks of the history are wanted. */

import { shellLine } from '../../../../../src/cli/shell-words.ts';
import type { ScriptListResult, TaskState } from '../../../../../src/protocol/control/tasks.ts';
import { useApi } from '../../api/use-api.ts';
import { SelectField } from '../../parts/select-field.tsx';

export interface HistoryFilter {
  readonly states: readonly TaskState[];
  /** Empty: of all scripts. */
  readonly script: string;
  readonly since: Since;
  /** RFC 3339, made when it was chosen, so that pages fit together; empty: from the beginning. */
  readonly sinceAt: string;
}

type Since = '' | '1h' | 'today' | 'yesterday' | '7d';

export const EVERYTHING: HistoryFilter = { states: [], script: '', since: '', sinceAt: '' };

const STATE_CHOICES: readonly (readonly [label: string, states: readonly TaskState[]])[] = [
  ['all', []],
  ['failed or lost', ['failed', 'lost']],
  ['done', ['done']],
  ['cancelled', ['cancelled']],
  ['running or queued', ['running', 'queued']],
];

const SINCE_CHOICES: readonly (readonly [since: Since, label: string, words: string])[] = [
  ['', 'ever', ''],
  ['1h', 'the last hour', '1 hour ago'],
  ['today', 'today', 'today'],
  ['yesterday', 'yesterday', 'yesterday'],
  ['7d', 'the last 7 days', '7 days ago'],
];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function startOf(since: Since): string {
  const midnight = new Date().setHours(0, 0, 0, 0);
  switch (since) {
    case '':
      return '';
    case '1h':
      return new Date(Date.now() - HOUR_MS).toISOString();
    case 'today':
      return new Date(midnight).toISOString();
    case 'yesterday':
      return new Date(new Date(midnight - DAY_MS / 2).setHours(0, 0, 0, 0)).toISOString();
    case '7d':
      return new Date(Date.now() - 7 * DAY_MS).toISOString();
    default:
      return since satisfies never;
  }
}

/** Below /api. */
export function historyPath(filter: HistoryFilter, limit: number, before: string | undefined): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (filter.states.length > 0) query.set('state', filter.states.join(','));
  if (filter.script !== '') query.set('script', filter.script);
  if (filter.sinceAt !== '') query.set('since', filter.sinceAt);
  if (before !== undefined) query.set('before', before);
  return `/tasks?${query}`;
}

export function historyCommand({ states, script, since }: HistoryFilter): string {
  const words = SINCE_CHOICES.find(([one]) => one === since)?.[2] ?? '';
  return shellLine([
    'toru',
    'tasks',
    ...states.flatMap((state) => ['--state', state]),
    ...(script === '' ? [] : ['--script', script]),
    ...(words === '' ? [] : ['--since', words]),
  ]);
}

export interface FilterBarProps {
  readonly filter: HistoryFilter;
  onChange(filter: HistoryFilter): void;
}

export function FilterBar({ filter, onChange }: FilterBarProps) {
  const { data } = useApi<ScriptListResult>('/scripts');
  const scripts = new Set((data?.scripts ?? []).map(({ name }) => name));
  if (filter.script !== '') scripts.add(filter.script);
  return (
    <search className="filter-bar" aria-label="Filter the history">
      <SelectField
        label="State"
        value={filter.states.join(',')}
        options={STATE_CHOICES.map(([label, states]) => [states.join(','), label] as const)}
        onChange={(key) =>
          onChange({
            ...filter,
            states: STATE_CHOICES.find(([, states]) => states.join(',') === key)?.[1] ?? [],
          })
        }
      />
      <SelectField
        label="Script"
        value={filter.script}
        options={[['', 'all'], ...[...scripts].sort().map((name) => [name, name] as const)]}
        onChange={(script) => onChange({ ...filter, script })}
      />
      <SelectField
        label="Since"
        value={filter.since}
        options={SINCE_CHOICES.map(([since, label]) => [since, label] as const)}
        onChange={(since) => onChange({ ...filter, since, sinceAt: startOf(since) })}
      />
    </search>
  );
}
