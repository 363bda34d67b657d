/** What a script is run with: arguments as in a shell, a time limit, a lock. Shared by running and by quick actions. */

import { parseDuration } from '../../../../../src/cli/duration.ts';
import { shellLine, splitLine } from '../../../../../src/cli/shell-words.ts';
import { failure, type Result, success } from '../../../../../src/protocol/result.ts';
import { Field } from '../../parts/field.tsx';

/** As typed. */
export interface RunTexts {
  readonly args: string;
  readonly timeout: string;
  readonly lock: string;
}

export interface RunValues {
  readonly args: readonly string[];
  /** Absent: none. */
  readonly timeoutMs?: number;
  readonly lock?: string;
}

export type RunFaults = Partial<Record<keyof RunTexts, string>>;

export const NO_TEXTS: RunTexts = { args: '', timeout: '', lock: '' };

export function textsOf(values: {
  readonly args: readonly string[];
  readonly timeoutMs: number | null;
  readonly lock: string | null;
}): RunTexts {
  const { args, timeoutMs, lock } = values;
  return {
    args: shellLine(args),
    timeout: timeoutMs === null ? '' : `${timeoutMs / 1000}s`,
    lock: lock ?? '',
  };
}

export function valuesOf(texts: RunTexts): Result<RunValues, RunFaults> {
  const words = splitLine(texts.args);
  const timeoutMs = texts.timeout.trim() === '' ? undefined : parseDuration(texts.timeout);
  const lock = texts.lock.trim();
  const isWrong = texts.timeout.trim() !== '' && (timeoutMs === undefined || timeoutMs < 1);
  if (!words.ok) return failure({ args: `${words.failure}.` });
  if (isWrong) return failure({ timeout: 'A duration is written 90s, 15min or 2h.' });
  return success({
    args: words.value.words,
    ...(timeoutMs === undefined ? {} : { timeoutMs: Math.round(timeoutMs) }),
    ...(lock === '' ? {} : { lock }),
  });
}

export interface RunFieldsProps {
  readonly texts: RunTexts;
  readonly faults: RunFaults;
  onChange(texts: RunTexts): void;
}

export function RunFields({ texts, faults, onChange }: RunFieldsProps) {
  return (
    <>
      <Field
        label="Arguments"
        value={texts.args}
        error={faults.args}
        hint="As in a shell: blanks between them, quotes around what holds blanks."
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange({ ...texts, args: event.target.value })}
      />
      <Field
        label="Time limit"
        value={texts.timeout}
        error={faults.timeout}
        placeholder="none"
        hint="Ends it after this time: 90s, 15min, 2h."
        autoComplete="off"
        onChange={(event) => onChange({ ...texts, timeout: event.target.value })}
      />
      <Field
        label="Lock"
        value={texts.lock}
        error={faults.lock}
        placeholder="none"
        hint="Tasks with the same lock never run together; they wait for each other."
        autoComplete="off"
        onChange={(event) => onChange({ ...texts, lock: event.target.value })}
      />
    </>
  );
}
