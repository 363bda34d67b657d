/** One thing that is known of something, in a `dl` of class `facts`. */

import type { ReactNode } from 'react';

export interface FactProps {
  readonly name: string;
  /** It may be long: a row of its own. */
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

export function Fact({ name, isWide = false, children }: FactProps) {
  return (
    <div className={isWide ? 'fact fact-wide' : 'fact'}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
