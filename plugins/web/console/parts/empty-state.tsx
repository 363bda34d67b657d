/** Nothing to show, and what to do about it. */

import type { ReactNode } from 'react';
import { sanitise } from '../../../../src/cli/output/sanitise.ts';

export function EmptyState({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{sanitise(title)}</p>
      {children === undefined ? null : <div className="empty-more">{children}</div>}
    </div>
  );
}
