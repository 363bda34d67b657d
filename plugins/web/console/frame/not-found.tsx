/** No page has this address. */

import { Link } from 'wouter';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';

export function NotFound() {
  return (
    <Page title="Not found">
      <EmptyState title="There is nothing here.">
        <Link href="/plugins">All plugins</Link>
      </EmptyState>
    </Page>
  );
}
