/** A button with a word on it. */

import type { ButtonHTMLAttributes } from 'react';

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> {
  /** `primary`: the one that the page is for. `danger`: takes something away. `quiet`: one of many in a row. */
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  /** What it was pressed for goes on: it takes no second press, and stays where the focus is. */
  readonly isBusy?: boolean;
}

export function Button({ kind = 'plain', isBusy = false, type = 'button', onClick, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={`button button-${kind}`}
      aria-busy={isBusy || undefined}
      aria-disabled={isBusy || undefined}
      onClick={(event) => {
        if (isBusy) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
