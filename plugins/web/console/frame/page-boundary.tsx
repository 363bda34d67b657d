/** A page that throws, or cannot be loaded, takes nothing else with it. */

import { Component, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { messageOf } from '../../../../src/protocol/result.ts';
import { ErrorCard } from '../parts/error-card.tsx';
import { Page } from '../parts/page.tsx';

export function PageBoundary({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  // Another page is another chance.
  return <Boundary key={pageOf(path)}>{children}</Boundary>;
}

/** Tabs of a plugin are one page. */
function pageOf(path: string): string {
  const [, first = '', id = '', tab] = path.split('/');
  return first === 'plugins' ? `${id} ${tab === 'view'}` : first;
}

class Boundary extends Component<{ readonly children: ReactNode }, { readonly thrown: unknown }> {
  override state = { thrown: undefined };

  static getDerivedStateFromError(thrown: unknown): { readonly thrown: unknown } {
    return { thrown: thrown ?? 'unknown' };
  }

  override render(): ReactNode {
    const { thrown } = this.state;
    if (thrown === undefined) return this.props.children;
    const detail = messageOf(thrown);
    // After an update the files of the version before are gone.
    const hint = 'load the page again; the plugins go on as they are';
    return (
      <Page title="Not shown">
        <ErrorCard
          title="This page cannot be shown"
          problem={{ detail, hint }}
          onRetry={() => location.reload()}
        />
      </Page>
    );
  }
}
