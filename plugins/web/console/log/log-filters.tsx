/** What of a log is wanted, chosen by its reader. */

import { useEffect, useState } from 'react';
import { LOG_LEVELS } from '../../../../src/protocol/control/logs.ts';
import { Field } from '../parts/field.tsx';
import type { LogFilter } from './log-filter.ts';

/** Typing goes on for so long before it is searched for, in milliseconds. */
const TYPING_MS = 300;

const AGES: readonly (readonly [label: string, minutes: number])[] = [
  ['from the beginning', 0],
  ['of the last 5 minutes', 5],
  ['of the last hour', 60],
  ['of the last day', 24 * 60],
  ['of the last week', 7 * 24 * 60],
];

export interface LogFiltersProps {
  readonly filter: LogFilter;
  onChange(filter: LogFilter): void;
}

export function LogFilters({ filter, onChange }: LogFiltersProps) {
  const [typed, setTyped] = useState(filter.search);
  const [minutes, setMinutes] = useState(0);
  useEffect(() => {
    if (typed === filter.search) return;
    const timer = setTimeout(() => onChange({ ...filter, search: typed }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, filter, onChange]);
  const setAge = (age: number): void => {
    setMinutes(age);
    const since = age === 0 ? '' : new Date(Date.now() - age * 60_000).toISOString();
    onChange({ ...filter, since });
  };
  return (
    <>
      <Field
        label="Search"
        type="search"
        placeholder="text in messages"
        maxLength={900}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={filter.isPattern}
          onChange={(event) => onChange({ ...filter, isPattern: event.target.checked })}
        />
        regular expression
      </label>
      <LevelField filter={filter} onChange={onChange} />
      <Field
        label="Lines"
        control={(attributes) => (
          <select {...attributes} value={minutes} onChange={(event) => setAge(Number(event.target.value))}>
            {AGES.map(([label, value]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      />
    </>
  );
}

function LevelField({ filter, onChange }: LogFiltersProps) {
  return (
    <Field
      label="Level"
      control={(attributes) => (
        <select
          {...attributes}
          value={filter.level}
          onChange={(event) => onChange({ ...filter, level: event.target.value as LogFilter['level'] })}
        >
          <option value="">all</option>
          {LOG_LEVELS.slice(0, -1).map((level) => (
            <option key={level} value={level}>
              {level === 'emerg' ? level : `${level} and worse`}
            </option>
          ))}
        </select>
      )}
    />
  );
}
