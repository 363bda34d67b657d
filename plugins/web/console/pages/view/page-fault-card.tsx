/** What is wrong with a plugin's page, and what one can do. */

import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Plugin } from '../../api/answer-types.ts';
import { Button } from '../../parts/button.tsx';
import { sentence } from '../../parts/sentence.ts';
import { faultPlace, faultTitle, type PageFault } from './page-fault.ts';

export interface PageFaultCardProps {
  readonly fault: PageFault;
  readonly plugin: Plugin;
  readonly onRetry: () => void;
  readonly more?: ReactNode;
}

export function PageFaultCard({ fault, plugin, onRetry, more }: PageFaultCardProps) {
  const { times = 1 } = fault;
  const place = faultPlace(fault);
  return (
    <div className="error-card" role="alert">
      <p className="error-title">{faultTitle(fault)}</p>
      <p>
        {plugin.name}: {fault.thrown === undefined ? sentence(fault.text) : fault.text}
      </p>
      {times > 1 && <p>{times} errors so far; this is the last one.</p>}
      <p className="dim">
        {fault.stage === 'fetch'
          ? 'The plugin itself may be well: '
          : 'This is a fault of the plugin’s page; the plugin itself may be well: '}
        <Link href={`/plugins/${plugin.id}`}>see {plugin.id}</Link>.
      </p>
      {place !== '' && (
        <details>
          <summary>For its author</summary>
          <pre className="page-fault-place">{place}</pre>
        </details>
      )}
      <div className="page-fault-actions">
        <Button onClick={onRetry}>Open it again</Button>
        {more}
      </div>
    </div>
  );
}
