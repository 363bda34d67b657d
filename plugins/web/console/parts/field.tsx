/** One input with its label, a hint below it, and what is wrong with it. */

import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

/** For the control itself. */
export interface FieldAttributes {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

export interface FieldProps
  extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'className' | 'children'> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  /** Another control than an `input`: a `select`, a `textarea`. */
  readonly control?: (attributes: FieldAttributes) => ReactNode;
}

export function Field({ label, hint, error, control, ...input }: FieldProps) {
  const id = useId();
  const described = [error === undefined ? '' : `${id}-error`, hint === undefined ? '' : `${id}-hint`];
  const attributes: FieldAttributes = {
    id,
    'aria-describedby': described.filter((one) => one !== '').join(' ') || undefined,
    'aria-invalid': error === undefined ? undefined : true,
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {control === undefined ? <input {...input} {...attributes} /> : control(attributes)}
      {error === undefined ? null : (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint === undefined ? null : (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
