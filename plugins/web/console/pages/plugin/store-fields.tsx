/** Inputs of the forms that change a store. */

import { Field } from '../../parts/field.tsx';

interface TextProps {
  readonly value: string;
  onChange(value: string): void;
}

export function ValueField({ value, onChange }: TextProps) {
  return (
    <Field
      label="Value"
      control={(attributes) => (
        <textarea
          {...attributes}
          className="mono"
          rows={10}
          value={value}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    />
  );
}

export interface TtlFieldProps extends TextProps {
  /** It cannot be read as a time. */
  readonly isWrong: boolean;
  /** When the key goes away as it is now. */
  readonly expiresAt?: string | null;
}

const HINT = 'Empty: it stays. Else 90s, 10m, 2h or 7d, then it goes away by itself.';

export function TtlField({ value, onChange, isWrong, expiresAt = null }: TtlFieldProps) {
  const now = expiresAt === null ? '' : ` Now it goes away at ${new Date(expiresAt).toLocaleString()}.`;
  return (
    <Field
      label="Goes away after"
      value={value}
      hint={HINT + now}
      error={isWrong ? 'A number with s, m, h or d, from 1 ms to 366 days.' : undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
