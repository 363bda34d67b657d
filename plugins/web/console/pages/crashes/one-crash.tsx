/** /crashes/NUMBER: leads to the page of the plugin that crashed, where all of it is shown. */

import { Link, Redirect } from 'wouter';
import type { CrashListResult } from '../../../../../src/protocol/control/crashes.ts';
import { useApi } from '../../api/use-api.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';

export function OneCrash({ number }: { readonly number: string }) {
  const id = /^[1-9]\d{0,14}$/.test(number) ? Number(number) : undefined;
  // Ids count over all plugins: the newest one before the next.
  const { data, problem, reload } = useApi<CrashListResult>(
    id === undefined ? null : `/crashes?limit=1&beforeId=${id + 1}`,
  );
  const crash = data?.crashes[0];
  if (crash !== undefined && crash.id === id) {
    return <Redirect to={`/plugins/${encodeURIComponent(crash.plugin)}/crashes/${id}`} replace />;
  }
  return (
    <Page title={`Crash ${number}`}>
      {problem !== undefined ? (
        <ErrorCard problem={problem} title="The crash cannot be shown" onRetry={() => void reload()} />
      ) : id !== undefined && data === undefined ? (
        <Loading />
      ) : (
        <EmptyState title={`There is no crash ${number}.`}>
          <p>
            Old ones are not kept for ever. <Link href="/crashes">All crashes</Link>
          </p>
        </EmptyState>
      )}
    </Page>
  );
}
