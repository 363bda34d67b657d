/** One of several, with its label. */

import type { ReactNode } from 'react';
import { Field } from './field.tsx';

export interface SelectFieldProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, text: string])[];
  onChange(value: Value): void;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
}

export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const { label, value, options, onChange, hint, error } = props;
  return (
    <Field
      label={label}
      hint={hint}
      error={error}
      control={(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.target.value as Value)}>
          {options.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
      )}
    />
  );
}
