/** No plugin has this id: what became of it, where somebody knows, and where to go. */

import { Link } from 'wouter';
import { useApi } from '../../api/use-api.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page } from '../../parts/page.tsx';
import { sentence } from '../../parts/sentence.ts';

export function UnknownPlugin({ id }: { readonly id: string }) {
  // Its past is known to torud, which tells it in its refusal.
  const { problem } = useApi(/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id) ? `/plugins/${id}` : null);
  return (
    <Page title="No such plugin">
      <EmptyState title={`There is no plugin “${id}”.`}>
        {problem?.code === 'not_found' && problem.detail !== 'no such plugin' && (
          <p>{sentence(problem.detail)}</p>
        )}
        {problem?.hint !== undefined && <p>{sentence(problem.hint)}</p>}
        <p>
          See <Link href="/plugins">all plugins</Link>, or put it into the plugin folder and run{' '}
          <code>toru scan</code>.
        </p>
      </EmptyState>
    </Page>
  );
}
