/** The container of a plugin's page, and above it what is wrong with the page. */

import { useRef } from 'react';
import type { Plugin } from '../../api/answer-types.ts';
import { Button } from '../../parts/button.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageFaultCard } from './page-fault-card.tsx';
import { usePluginPage } from './use-plugin-page.ts';
import './view.css';

export function PluginFrame({ plugin }: { readonly plugin: Plugin }) {
  const frame = useRef<HTMLDivElement>(null);
  const { state, again, putAway } = usePluginPage(plugin, frame);
  return (
    <>
      {state.kind === 'loading' && <Loading what={`Opening the page of ${plugin.name}`} />}
      {state.kind === 'fault' && <PageFaultCard fault={state.fault} plugin={plugin} onRetry={again} />}
      {state.kind === 'open' && state.fault !== undefined && (
        <PageFaultCard
          fault={state.fault}
          plugin={plugin}
          onRetry={again}
          more={<Button onClick={putAway}>Put this away</Button>}
        />
      )}
      <div ref={frame} className="plugin-frame" hidden={state.kind === 'fault'} />
    </>
  );
}
